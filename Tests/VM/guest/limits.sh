# Limits hold: what every user and every manager must pass. Sourced; $MANAGER are the probe's options for it.

hog="x = bytearray(256 << 20)"
probe run $MANAGER --resources '{"memory":{"limit":33554432}}' -- python3 -c "$hog"
ok "$WHO: a hog is killed at its memory limit" status 137
if [ "$MANAGER" != "--driver systemd" ]; then # an engine's scope is gone with its last process, figures and all
  ok "$WHO: the kill is counted" says '^oom [1-9]'
  ok "$WHO: the peak is the limit" between "$(field peak)" 33000000 33554432
fi

probe run $MANAGER --keep "$OUT.r" --resources '{"pids":{"limit":12}}' -- \
  sh -c 'for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 30 & done; sleep 30'
ok "$WHO: a group is left for later verbs" status 0
sleep 1.5
probe pids "$OUT.r"
ok "$WHO: a fork bomb stops at its limit" between "$(wc -w <"$OUT")" 8 12
probe kill "$OUT.r"
probe pids "$OUT.r"
ok "$WHO: kill leaves nobody" same "$(cat "$OUT")" ""
probe remove "$OUT.r"
ok "$WHO: remove succeeds" status 0

probe run $MANAGER --keep "$OUT.r" --resources '{"cpu":{"quota":30000,"period":100000}}' -- \
  sh -c 'while :; do :; done'
group=$(path_of)
sleep 0.5
used() { probe stats "$OUT.r"; sed -n 's/.*"usage":{"total":\([0-9]*\).*/\1/p' "$OUT"; }
ok "$WHO: a busy loop gets its 30 percent" between "$(share 300 used)" 285 315

probe freeze "$OUT.r"
probe frozen "$OUT.r"
ok "$WHO: freeze" says true
before=$(used)
sleep 0.3
ok "$WHO: a frozen loop stands still" same "$(used)" "$before"
probe thaw "$OUT.r"
sleep 0.5
ok "$WHO: a thawed one goes on" test "$(used)" -gt "$before"
probe update "$OUT.r" '{"memory":{"limit":50331648},"pids":{"limit":40}}'
ok "$WHO: update" same "$STATUS $(cat "$group/memory.max" "$group/pids.max" | tr '\n' ' ')" "0 50331648 40 "
probe join "$OUT.r" "$(head -n 1 "$group/cgroup.procs")" cat /proc/self/cgroup
ok "$WHO: a second process joins" same "/sys/fs/cgroup$(cut -d: -f3- "$OUT")" "$group"
probe freeze "$OUT.r"
probe kill "$OUT.r"
ok "$WHO: a frozen group is killed" status 0
probe remove "$OUT.r"
ok "$WHO: nothing is left" within 5 test ! -e "$group"
