#!/bin/sh
# As root on pure cgroup v2.
set -eu
. "$(dirname "$0")/check.sh"

WHO="root files" MANAGER="--driver files --always"
. "$(dirname "$0")/limits.sh"
# shellcheck disable=SC2034  # limits.sh reads both
WHO="root engine" MANAGER="--driver systemd"
. "$(dirname "$0")/limits.sh"

deny='{"devices":[{"allow":false,"access":"rwm"}]}'
kmsg='{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}'
zero='{"devices":[{"allow":true,"access":"rwm"},{"allow":false,"type":"c","major":1,"minor":11,"access":"w"}]}'
for driver in files systemd; do
  probe run --driver $driver --keep "$OUT.r" --path "$([ $driver = files ] && echo /a/b/dev || echo :probe:dev)" \
    --resources "$deny"
  init=$(field pid)
  can() { probe join "$OUT.r" "$init" sh -c "$1"; [ "$STATUS" -eq 0 ]; }
  cannot() { ! can "$1"; }
  ok "$driver: usual devices work" can 'exec 3<>/dev/null 4</dev/urandom 5<>/dev/ptmx'
  ok "$driver: others do not" cannot 'exec 3</dev/kmsg'
  ok "$driver: nodes may be made" can 'mknod /tmp/node c 1 11 && rm /tmp/node'
  probe update "$OUT.r" "$kmsg"
  ok "$driver: an update allows one" can 'exec 3</dev/kmsg'
  ok "$driver: for reading" cannot 'exec 3>/dev/kmsg'
  probe update "$OUT.r" "$zero"
  ok "$driver: a rule takes writing out of all" cannot 'exec 3>/dev/kmsg'
  ok "$driver: and leaves reading" can 'exec 3</dev/kmsg'
  probe update "$OUT.r" "$deny"
  ok "$driver: an update denies it again" cannot 'exec 3</dev/kmsg'
  probe kill "$OUT.r"; probe remove "$OUT.r"
  ok "$driver: the group goes" status 0
done
rmdir /sys/fs/cgroup/a/b /sys/fs/cgroup/a

probe run --driver files --path /probe-io --resources \
  '{"blockIO":{"throttleReadBpsDevice":[{"major":254,"minor":0,"rate":1048576}]},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"unified":{"memory.high":"40000000"}}' \
  -- sh -c 'cd /sys/fs/cgroup/probe-io; cat io.max hugetlb.2MB.max memory.high'
ok "io, huge pages and unified are written" same "$(head -n 3 "$OUT" | tr '\n' ' ')" \
  "254:0 rbps=1048576 wbps=max riops=max wiops=max 4194304 39997440 "
probe run --driver files --path /probe-x --resources '{"unified":{"no.such":"1"}}' true
ok "an unknown file of unified is an error" complains 'linux.resources.unified\["no.such"\]'
ok "which leaves no group" test ! -e /sys/fs/cgroup/probe-x
probe run --driver systemd --path ':probe:big' --resources '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' true
ok "systemd's scope gets controllers systemd does not know" status 0

# A group given to a user, without any service manager in reach.
echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/given
chown dev /sys/fs/cgroup/given /sys/fs/cgroup/given/cgroup.procs /sys/fs/cgroup/given/cgroup.subtree_control
cp "$PROBE" /tmp/cgroup-probe && chmod 755 /tmp/cgroup-probe
sh -c 'echo $$ >/sys/fs/cgroup/given/cgroup.procs; exec setpriv --reuid dev --regid dev --clear-groups env -i PATH="$PATH" \
  /tmp/cgroup-probe run --driver files --resources "{\"memory\":{\"limit\":33554432}}" -- python3 -c "$1"' sh "$hog" \
  >"$OUT" 2>"$ERR" || true
ok "a given group is used, and its limit holds" says '^status 137'
ok "below the user's own" says '^path /sys/fs/cgroup/given/probe-'
ok "nothing but the emptied leaf is left" same "$(find /sys/fs/cgroup/given -mindepth 1 -type d)" /sys/fs/cgroup/given/sandbox-host
rmdir /sys/fs/cgroup/given/sandbox-host /sys/fs/cgroup/given

ok "no unit is left" within 10 test "$(systemctl list-units --all --no-legend 'sandbox*' 'probe*' | wc -l)" -eq 0
ok "no group is left" same "$(find /sys/fs/cgroup -name '*probe*' ! -name '*modprobe*')" ""
finish
