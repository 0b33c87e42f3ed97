#!/bin/sh
# `sandbox run --memory-swap`, which a machine without swap cannot show: as root, on either cgroup version.
set -eu
. "$(dirname "$0")/check.sh"
SANDBOX=$(realpath "$(dirname "$0")")/sandbox
run() { STATUS=0; "$SANDBOX" run --no-project "$@" >"$OUT" 2>"$ERR" || STATUS=$?; }
swap=/swapfile
dd if=/dev/zero of=$swap bs=1M count=256 2>/dev/null
chmod 600 $swap
mkswap $swap >/dev/null
swapon $swap
hog="x = bytearray(100 << 20); print('whole')"

run --memory 64m -- python3 -c "$hog"
ok "swap: without --memory-swap none is used" status 137
run --memory 64m --memory-swap 192m -- python3 -c "$hog"
ok "swap: what the sum leaves is used" says whole
run --memory 64m --memory-swap unlimited -- python3 -c "$hog"
ok "swap: as much as there is" says whole
run --memory 64m --memory-swap 80m -- python3 -c "$hog"
ok "swap: a command that needs more than the sum is ended" status 137
ok "swap: as the last line says" complains 'out of memory: .* at the limit of 64 MiB'
swapoff $swap
rm $swap
finish
