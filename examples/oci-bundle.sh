#!/bin/sh
# The shortest way to a container of your own: a root filesystem of busybox, a configuration, one command.
#
#   examples/oci-bundle.sh [SANDBOX] [COMMAND...]    default: the sandbox on PATH, and `echo` from inside
set -eu

sandbox=$(readlink -f "$(command -v "${1:-sandbox}")")
[ $# -eq 0 ] || shift
# shellcheck disable=SC2016  # for the shell inside
[ $# -gt 0 ] || set -- sh -c 'echo "hello from $(hostname), as uid $(id -u), pid $$"'

bundle=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-bundle.XXXXXX")
trap 'rm -rf "$bundle"' EXIT
cd "$bundle"
mkdir -p rootfs/bin
cp "$(command -v busybox)" rootfs/bin/busybox
for name in $(rootfs/bin/busybox --list); do
    [ "$name" = busybox ] || ln -s busybox "rootfs/bin/$name"
done

if [ "$(id -u)" -eq 0 ]; then "$sandbox" oci spec; else "$sandbox" oci spec --rootless; fi

# No terminal, and the command that was asked for, as JSON strings.
quoted=$(for word in "$@"; do printf '%s' "$word" | sed 's/[\\"]/\\&/g; s/.*/"&"/; s/$/,/'; done)
args="${quoted%,}" awk '
    /"terminal"/ { sub(/true/, "false") }
    /"args": *\[/ { print "\"args\": [" ENVIRON["args"] "],"; skip = 1 }
    skip { if (/\]/) skip = 0; next }
    { print }' config.json >config.new
mv config.new config.json
"$sandbox" oci run "example-$$"
