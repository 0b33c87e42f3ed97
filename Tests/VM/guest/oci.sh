#!/bin/sh
# Limits and the verbs about them as an engine calls them, through each cgroup manager that the caller has.
set -eu
. "$(dirname "$0")/check.sh"
SANDBOX=$(realpath "$(dirname "$0")")/sandbox
work=$(mktemp -d)
for folder in bin dev proc tmp; do mkdir -p "$work/root/$folder"; done
cp /bin/busybox "$work/root/bin/"
for name in sh sleep tail test true; do ln -s busybox "$work/root/bin/$name"; done
user='' unprivileged=''
if [ "$(id -u)" -ne 0 ]; then
  user='{"type":"user"},'
  unprivileged="\"uidMappings\":[{\"containerID\":0,\"hostID\":$(id -u),\"size\":1}],
    \"gidMappings\":[{\"containerID\":0,\"hostID\":$(id -g),\"size\":1}],"
fi
config() {  # config PATH RESOURCES SCRIPT: writes the bundle
  cat >"$work/config.json" <<JSON
{"ociVersion":"1.3.0","root":{"path":"root"},
 "process":{"user":{"uid":0,"gid":0},"args":["sh","-c","$3"],"env":["PATH=/bin"],"cwd":"/"},
 "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
 "linux":{"cgroupsPath":"$1",$unprivileged "resources":$2,
  "namespaces":[$user{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"cgroup"}]}}
JSON
}
oci() {
  STATUS=0
  # shellcheck disable=SC2086  # options, if any
  "$SANDBOX" oci --root "$work/state" $MANAGER "$@" </dev/null >"$OUT" 2>"$ERR" || STATUS=$?
}
start() { config "$@"; rm -f "$work/root/go"; oci run --detach --bundle "$work" web; }
group() {  # the container's folder in the hierarchy that counts for the limits
  oci state web
  file=/proc/$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$OUT")/cgroup
  case $(stat -f -c %T /sys/fs/cgroup) in
    cgroup2fs) echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "$file")" ;;
    *) echo "/sys/fs/cgroup/$1$(sed -n "s/^[0-9]*:\([^:]*,\)*$1\(,[^:]*\)*://p" "$file")" ;;
  esac
}
first() { for file in "$@"; do [ ! -e "$file" ] || { cat "$file"; return; }; done; }
processes() { oci ps --format json web; tr -cd ',' <"$OUT" | wc -c; }
used() { oci events --stats web; sed -n 's/.*"usage":{"total":\([0-9]*\).*/\1/p' "$OUT"; }
is() { oci state web; says "\"status\": *\"$1\""; }
left() { find /sys/fs/cgroup -name '*oci-test*'; }

verbs() {  # verbs MANAGER PATH: everything under one manager, whose containers are at PATH
  MANAGER=$1 where=$2 WHO="oci $1 $2"
  config "$where" '{"memory":{"limit":33554432,"swap":33554432}}' 'tail /dev/zero'
  oci run --bundle "$work" web
  ok "$WHO: a hog is ended at its limit" status 137

  start "$where" '{"memory":{"limit":33554432,"swap":33554432}}' \
    'until test -e /go; do sleep 0.1; done; tail /dev/zero; exec sleep 600'
  "$SANDBOX" oci --root "$work/state" events --interval 300ms web >"$work/events" 2>&1 &
  watcher=$!
  ok "$WHO: events tells figures" within 20 grep -q '"type":"stats"' "$work/events"
  : >"$work/root/go"
  ok "$WHO: and of a process that was ended for want of memory" within 20 grep -q '{"type":"oom","id":"web"}' "$work/events"
  oci delete --force web
  ok "$WHO: delete" status 0
  wait $watcher || true

  start "$where" '{"pids":{"limit":12}}' \
    "sh -c 'n=0; while test \$n -lt 20; do sleep 30 & n=\$((n + 1)); done'; exec sleep 30"
  sleep 1
  ok "$WHO: a fork bomb stops at its limit" between "$(processes)" 7 11
  oci kill --all web KILL
  ok "$WHO: kill --all" status 0
  ok "$WHO: leaves nobody" within 10 is stopped
  oci delete web
  ok "$WHO: an ended one is deleted" status 0

  start "$where" '{"cpu":{"quota":30000,"period":100000},"memory":{"limit":67108864}}' 'while :; do :; done'
  ok "$WHO: a busy loop gets its 30 percent" between "$(share 300 used)" 285 315
  oci pause web
  ok "$WHO: pause" is paused
  before=$(used)
  sleep 0.3
  ok "$WHO: a paused loop stands still" same "$(used)" "$before"
  oci exec web true
  ok "$WHO: and takes no further process" complains 'paused'
  oci update --memory 96M --pids-limit 40 web
  ok "$WHO: update, of a paused one" status 0
  ok "$WHO: it is still paused" is paused
  oci resume web
  sleep 0.5
  ok "$WHO: resume" test "$(used)" -gt "$before"
  memory=$(group memory) pids=$(group pids)
  ok "$WHO: the new limits are in force" same \
    "$(first "$memory/memory.max" "$memory/memory.limit_in_bytes") $(first "$pids/pids.max")" "100663296 40"
  oci update --cpu-quota 60000 web
  ok "$WHO: the loop gets more" between "$(share 600 used)" 570 630
  oci exec web sh -c 'test -e /proc/1/cgroup'
  ok "$WHO: exec" status 0
  oci update --memory 4096 web
  ok "$WHO: a limit below what is used, or of 4 KiB, does not hang" test "$STATUS" -le 1
  oci delete --force web
  ok "$WHO: a running one is deleted" status 0

  n=0 failed=0
  config "$where" '{"memory":{"limit":33554432},"pids":{"limit":20}}' true
  while [ $n -lt "$((${RUNS:-200} / 4))" ]; do
    oci run --bundle "$work" web
    [ "$STATUS" -eq 0 ] || failed=$((failed + 1))
    n=$((n + 1))
  done
  ok "$WHO: $n runs in a row succeed" same "$failed" 0
  ok "$WHO: and leave no group" same "$(left)" ""
}

if [ "$(id -u)" -eq 0 ]; then
  verbs --systemd-cgroup :oci-test:web
  verbs '' /oci-test-files
  units() { systemctl list-units --all --no-legend '*oci-test*'; }
else
  verbs --systemd-cgroup user.slice:oci-test:web
  units() { systemctl --user list-units --all --no-legend '*oci-test*'; }
  MANAGER=''
  config /oci-test-files '{"pids":{"limit":9}}' true
  oci run --bundle "$work" web
  ok "oci: a user's limits without systemd's help are an error" status 1
  ok "oci: with its mend" complains 'hint: '
fi
none() { [ -z "$(units)" ]; }
ok "oci: no unit is left" within 10 none
rm -rf "$work"
finish
