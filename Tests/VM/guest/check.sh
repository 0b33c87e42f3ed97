# Assertions for the scripts that run in the guest; sourced by them. Prints TAP, `finish` sets the exit status.
N=0 FAILED=0
OUT=$(mktemp) ERR=$(mktemp)
PROBE=$(dirname "$0")/cgroup-probe

ok() {  # ok DESCRIPTION COMMAND…: the command succeeds
  N=$((N + 1)); name=$1; shift
  if "$@"; then echo "ok $N - $name"; else
    echo "not ok $N - $name"; echo "# failed: $*"
    sed 's/^/# out: /' "$OUT"; sed 's/^/# err: /' "$ERR"
    FAILED=$((FAILED + 1))
  fi
}
probe() {  # output to $OUT and $ERR, the exit status to $STATUS
  STATUS=0
  "$PROBE" "$@" >"$OUT" 2>"$ERR" || STATUS=$?
}
says() { grep -Eq -- "$1" "$OUT"; }
complains() { grep -Eq -- "$1" "$ERR"; }
status() { [ "$STATUS" -eq "$1" ]; }
same() { [ "$1" = "$2" ]; }
between() { [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }
field() { sed -n "s/.*\b$1 \([0-9]*\).*/\1/p" "$OUT" | head -n 1; }
path_of() { sed -n 's/^path \([^ ]*\).*/\1/p' "$OUT"; }
within() {  # within SECONDS COMMAND…: it succeeds in time
  end=$(($(date +%s) + $1)); shift
  until "$@"; do [ "$(date +%s)" -lt $end ] || return 1; sleep 0.1; done
}
# share COMMAND…: COMMAND prints how many nanoseconds of processor time have been used; prints the share of one processor
# in thousandths. A host that is busy stops the whole guest now and then, and the kernel's periods are lost or made
# longer: so it is measured again, up to five times, until it is what is wanted within 5 %.
share() {
  wanted=$1; shift
  for _ in 1 2 3 4 5; do
    used=$("$@") clock=$(date +%s%N)
    sleep 4
    thousandths=$((($("$@") - used) * 1000 / ($(date +%s%N) - clock)))
    [ $thousandths -lt $((wanted * 95 / 100)) ] || [ $thousandths -gt $((wanted * 105 / 100)) ] || break
  done
  echo $thousandths
}
finish() {
  echo "1..$N"
  [ "$FAILED" -eq 0 ] || { echo "# $FAILED of $N failed"; exit 1; }
}
