#!/bin/sh
# `sandbox run` as an ordinary user, from a login session's own scope: limits come from the user's service manager.
set -eu
. "$(dirname "$0")/check.sh"
units() { systemctl --user list-units --all --no-legend 'sandbox*' | wc -l; }

WHO="sandbox run"
. "$(dirname "$0")/run-limits.sh"

run --memory 64m --description -- true
ok "an option that is none is an error" status 125
run -- sh -c 'cat /proc/self/cgroup'
ok "without limits the group is the caller's" says '^0::/\.\./|^0::/$'
run --limit hugetlb.2MB.max=0 -- true
ok "a limit that systemd passes on to nobody is an error" status 125
ok "with its option and its mend" complains '--limit hugetlb.2MB.max: .*hint: '
(unset DBUS_SESSION_BUS_ADDRESS && XDG_RUNTIME_DIR=/nowhere && export XDG_RUNTIME_DIR && run --pids 9 -- true &&
  echo "$STATUS" >"$OUT.s")
ok "so is one without a manager" same "$(cat "$OUT.s")" 125
ok "whose mend is the manager" complains 'hint: .*enable-linger'

start=$(date +%s%N) n=0
while [ $n -lt 20 ]; do run -- true; n=$((n + 1)); done
middle=$(date +%s%N) n=0
while [ $n -lt 20 ]; do run --pids 50 -- true; n=$((n + 1)); done
echo "# a run: $(((middle - start) / 20000)) us; with a scope from the service manager: $((($(date +%s%N) - middle) / 20000)) us"

n=0 failed=0
while [ $n -lt "${RUNS:-200}" ]; do
  run --memory 64m --pids 20 -- true
  [ "$STATUS" -eq 0 ] || failed=$((failed + 1))
  n=$((n + 1))
done
ok "$n limited runs in a row succeed" same "$failed" 0
ok "and leave no unit" within 10 test "$(units)" -eq 0
ok "and no group" same "$(find /sys/fs/cgroup -name 'sandbox*')" ""

"$SANDBOX" run --no-project --pids 50 -- sleep 100 &
killed=$!
there() { find /sys/fs/cgroup -path '*/sandbox-run-*/container' | grep -q .; }
ok "a run has a scope" within 10 there
kill -9 $killed
gone() { [ -z "$(find /sys/fs/cgroup -name 'sandbox*')" ]; }
ok "a killed supervisor takes its scope along" within 10 gone
finish
