#!/bin/sh
# `sandbox run` on systemd's hybrid hierarchy: limits for root alone, through version 1.
set -eu
. "$(dirname "$0")/check.sh"
SANDBOX=$(realpath "$(dirname "$0")")/sandbox
run() { STATUS=0; "$@" >"$OUT" 2>"$ERR" || STATUS=$?; }

run "$SANDBOX" run --no-project --memory 64m -- python3 -c 'x = bytearray(256 << 20)'
ok "v1: a hog is ended at its limit" status 137
ok "v1: the last line says so" complains 'at the limit of 64 MiB'
run "$SANDBOX" run --no-project --pids 8 -- sh -c 'for n in 1 2 3 4 5 6 7 8 9 10; do sleep 2 & done; wait'
ok "v1: a fork bomb stops at the limit" complains 'out of processes'
"$SANDBOX" run --no-project --cpus 0.3 -- timeout 60 sh -c 'while :; do :; done' &
launcher=$!
group() { find /sys/fs/cgroup/cpu,cpuacct/ -name 'sandbox-run-*'; }
there() { [ -n "$(group)" ]; }
ok "v1: a run has a group" within 10 there
used() { cat "$(group)/cpuacct.usage"; }
sleep 1
ok "v1: a busy loop gets its 30 percent" between "$(share 300 used)" 285 315
kill $launcher
wait $launcher || true
run "$SANDBOX" run --no-project --limit memory.high=9M -- true
ok "v1: files of v2 are an error" status 125
run "$SANDBOX" run --no-project --limit memory.limit_in_bytes=64M -- python3 -c 'x = bytearray(256 << 20)'
ok "v1: its own files are limits" complains 'at the limit of 64 MiB'
cp "$SANDBOX" /tmp/sandbox && chmod 755 /tmp/sandbox
run setpriv --reuid dev --regid dev --init-groups env -i PATH="$PATH" HOME=/home/dev \
  /tmp/sandbox run --no-project --memory 64m -- true
ok "v1: an ordinary user's limit is an error" status 125
ok "v1: with its mend" complains 'hint: .*systemd.unified_cgroup_hierarchy=1'
ok "v1: no group is left" same "$(find /sys/fs/cgroup -name 'sandbox*')" ""
finish
