#!/bin/sh
# As root on systemd's hybrid hierarchy: version 1 controllers, and a version 2 tree without any.
set -eu
. "$(dirname "$0")/check.sh"
deny='{"memory":{"limit":33554432},"pids":{"limit":12},"devices":[{"allow":false,"access":"rwm"}]}'

for driver in files systemd automatic; do
  probe run --driver $driver --always --resources "$deny" -- python3 -c "x = bytearray(256 << 20)"
  ok "$driver: a hog is killed at its memory limit" status 137
  probe run --driver $driver --always --keep "$OUT.r" --resources "$deny" -- sleep 100
  ok "$driver: a group in every hierarchy" test "$(sed -n 's/^path //p' "$OUT" | wc -w)" -gt 8
  groups=$(sed -n 's/^path //p' "$OUT")
  init=$(field pid)
  can() { probe join "$OUT.r" "$init" sh -c "$1"; [ "$STATUS" -eq 0 ]; }
  cannot() { ! can "$1"; }
  systemctl daemon-reload
  ok "$driver: usual devices work, after a reload too" can 'exec 3<>/dev/null 4</dev/urandom 5<>/dev/ptmx'
  ok "$driver: others do not" cannot 'exec 3</dev/kmsg'
  probe update "$OUT.r" '{"memory":{"limit":67108864}}'
  systemctl daemon-reload
  memory=$(echo "$groups" | tr ' ' '\n' | grep '^/sys/fs/cgroup/memory/')
  ok "$driver: an update stays after a reload" same "$(cat "$memory/memory.limit_in_bytes")" 67108864
  probe freeze "$OUT.r"
  probe kill "$OUT.r"
  ok "$driver: a frozen group is killed" status 0
  probe remove "$OUT.r"
  ok "$driver: and removed" status 0
  left=$(for group in $groups; do ls -d "$group" 2>/dev/null || true; done)
  ok "$driver: nothing is left" same "$left" ""
done
ok "no unit is left" within 10 test "$(systemctl list-units --all --no-legend 'sandbox*' | wc -l)" -eq 0
finish
