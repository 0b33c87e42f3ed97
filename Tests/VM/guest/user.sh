#!/bin/sh
# As an ordinary user with a lingering, delegating user manager, from a login session's own scope.
set -eu
. "$(dirname "$0")/check.sh"
units() { systemctl --user list-units --all --no-legend 'sandbox*' | wc -l; }

probe run cat /proc/self/cgroup
ok "without limits there is no group" says '^path $'
ok "and the process stays where it was" says '^0::/user.slice/user-1000.slice/session-'

WHO="launcher" MANAGER="--driver automatic"
. "$(dirname "$0")/limits.sh"
# shellcheck disable=SC2034  # limits.sh reads both
WHO="engine" MANAGER="--driver systemd"
. "$(dirname "$0")/limits.sh"

probe run --driver systemd --id show --keep "$OUT.r" --path 'app.slice:probe:show' --resources \
  '{"memory":{"limit":67108864,"reservation":33554432},"cpu":{"shares":512,"quota":25000,"cpus":"0"},"pids":{"limit":33}}' \
  --annotation "org.systemd.property.TimeoutStopSec=uint64 7" --annotation "org.systemd.property.Documentation=['man:x(1)']"
ok "a slice, a prefix and a name are taken" says '/user@1000.service/app.slice/probe-show.scope$'
systemctl --user show probe-show.scope >"$OUT"
for line in MemoryMax=67108864 MemoryLow=33554432 CPUWeight=59 CPUQuotaPerSecUSec=250ms AllowedCPUs=0 TasksMax=33 \
  Delegate=yes TimeoutStopUSec=7s 'Documentation="man:x(1)"' CollectMode=inactive-or-failed; do
  ok "systemd knows $line" says "^$(echo "$line" | sed 's/[()]/\\&/g')\$"
done
probe update "$OUT.r" '{"pids":{"limit":44}}'
systemctl --user show -p TasksMax probe-show.scope >"$OUT"
ok "and learns of an update" says '^TasksMax=44$'
probe kill "$OUT.r"; probe remove "$OUT.r"
ok "the unit can be removed" status 0
ok "and is gone" within 5 test "$(systemctl --user show -p LoadState probe-show.scope)" = LoadState=not-found

probe run --resources '{"hugepageLimits":[{"pageSize":"2MB","limit":2097152}]}' true
ok "a limit that is not delegated is an error" status 125
ok "which names the property and the mend" complains 'hugepageLimits.*hugetlb.*run it as root'
XDG_RUNTIME_DIR=/nowhere DBUS_SESSION_BUS_ADDRESS='' probe run --resources '{"pids":{"limit":9}}' true
ok "so is one without a manager or a group" status 125
ok "with its mend" complains 'enable-linger'
XDG_RUNTIME_DIR=/nowhere DBUS_SESSION_BUS_ADDRESS='' probe run --always true
ok "without limits such a user goes without a group" status 0
socket=$XDG_RUNTIME_DIR/systemd/private
XDG_RUNTIME_DIR=/nowhere DBUS_SESSION_BUS_ADDRESS="unix:path=$socket" \
  probe run --resources '{"pids":{"limit":9}}' true
ok "the manager's own socket serves where there is no session bus" status 0
probe run --driver systemd --path 'no slice:x:y' true
ok "a wrong slice is an error" status 125

n=0 failed=0
while [ $n -lt "${RUNS:-200}" ]; do
  "$PROBE" run --resources '{"memory":{"limit":33554432},"pids":{"limit":20}}' true >"$OUT" 2>"$ERR" || failed=$((failed + 1))
  n=$((n + 1))
done
ok "$n runs in a row succeed" same "$failed" 0
echo "# $(grep ^times "$OUT")"
ok "leave no unit" within 10 test "$(units)" -eq 0
ok "and no group" same "$(find /sys/fs/cgroup -name '*probe*' ! -name '*modprobe*')" ""
finish
