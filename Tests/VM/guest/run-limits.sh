# Limits of `sandbox run` on cgroup v2 hold, whoever sets them. Sourced.
SANDBOX=$(realpath "$(dirname "$0")")/sandbox
run() { STATUS=0; "$SANDBOX" run --no-project "$@" >"$OUT" 2>"$ERR" || STATUS=$?; }
lines() { tr '\n' ' ' <"$OUT"; }
hog="x = bytearray(256 << 20)"

run --memory 64m --pids 30 --cpus 0.5 --cpu-weight 50 --cpuset 0 --limit memory.high=60M -- sh -c \
  'cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max cpu.weight cpuset.cpus.effective memory.high'
ok "$WHO: each limit is in its file" same "$(lines)" "67108864 0 31 50000 100000 50 0 62914560 "
run --io-max /usr:wbps=1m,riops=50 -- cat /sys/fs/cgroup/io.max
ok "$WHO: rates of a folder are its disk's" same "$(lines)" "254:0 rbps=max wbps=1048576 riops=50 wiops=max "
run --memory 64m -- python3 -c "$hog"
ok "$WHO: a hog is ended at its limit" status 137
ok "$WHO: the last line says so, with peak and limit" complains 'out of memory: .* at the limit of 64 MiB, the peak was 6[34]'
run --memory 64m -- sh -c "python3 -c '$hog'; echo went on"
ok "$WHO: the hog alone is ended" says '^went on$'
run --memory 64m -- sh -c 'head -c 100m /dev/zero >/tmp/x; echo $?; rm /tmp/x; head -c 100m /dev/zero >/var/x; echo $?'
ok "$WHO: file systems in memory are full before the limit ends the command" same "$(lines)" "1 1 "
run --pids 8 -- sh -c 'for n in 1 2 3 4 5 6 7 8 9 10; do sleep 2 & done; wait'
ok "$WHO: a fork bomb stops at the limit" complains 'fork'
ok "$WHO: which the last line says" complains 'out of processes'
"$SANDBOX" run --no-project --cpus 0.3 -- timeout 60 sh -c 'while :; do :; done' &
launcher=$!
loop() { find /sys/fs/cgroup -path '*sandbox-run-*/cpu.stat' | grep container/ | head -n 1; }
there() { [ -n "$(loop)" ]; }
ok "$WHO: a run has a group" within 10 there
used() { sed -n 's/^usage_usec \(.*\)/\1000/p' "$(loop)"; }
sleep 1
ok "$WHO: a busy loop gets its 30 percent" between "$(share 300 used)" 285 315
kill $launcher
wait $launcher || true
run --cpuset 900 -- echo ran
ok "$WHO: processors that are not there are an error" status 125
ok "$WHO: of their option" complains '--cpuset: .*hint: '
ok "$WHO: and nothing is run" same "$(cat "$OUT")" ""
run --limit cpuset.cpus.partition=root --cpuset 0 -- echo ran
ok "$WHO: a partition that the kernel does not grant is an error" status 125
ok "$WHO: of that file" complains 'cpuset.cpus.partition'
run --limit cpuset.cpus=900 -- echo ran
ok "$WHO: nor does the file of processors hide what cannot be had" complains '--limit cpuset.cpus: .*hint: '
run --limit memory.current=3 -- echo ran
ok "$WHO: a file that only tells is called no limit" complains 'memory.current is no limit.*hint: '
