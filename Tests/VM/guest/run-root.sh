#!/bin/sh
# `sandbox run` as root: with systemd, and in a container that has none.
set -eu
. "$(dirname "$0")/check.sh"

WHO="root"
. "$(dirname "$0")/run-limits.sh"
run --pids 50 -- sleep 15 &
ok "a scope of the system's holds launcher and command" within 10 \
  sh -c 'find /sys/fs/cgroup/system.slice/sandbox-run-*.scope/container -maxdepth 0 2>/dev/null | grep -q .'
wait

cd /
# A container: its own group is the top of what it sees, and has its processes in it.
mkdir /sys/fs/cgroup/box
sh -c 'echo $$ >/sys/fs/cgroup/box/cgroup.procs; exec unshare --mount --cgroup sh -c "
  mount -t tmpfs none /run/systemd; umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
  \"$0\" run --no-project --memory 64m -- python3 -c \"$1\"; echo status \$?
  cat /sys/fs/cgroup/cgroup.procs | wc -l
  find /sys/fs/cgroup -mindepth 1 -type d"' "$SANDBOX" "$hog" >"$OUT" 2>"$ERR"
ok "in a container without systemd a hog is ended" says '^status 137$'
ok "whose processes made room" same "$(tail -n 1 "$OUT")" /sys/fs/cgroup/sandbox-host
rmdir /sys/fs/cgroup/box/sandbox-host /sys/fs/cgroup/box

# A group given to a user, and no service manager in reach.
echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/given
chown dev /sys/fs/cgroup/given /sys/fs/cgroup/given/cgroup.procs /sys/fs/cgroup/given/cgroup.subtree_control
cp "$SANDBOX" /tmp/sandbox && chmod 755 /tmp/sandbox
sh -c 'echo $$ >/sys/fs/cgroup/given/cgroup.procs; exec setpriv --reuid dev --regid dev --init-groups env -i \
  PATH="$PATH" HOME=/home/dev XDG_RUNTIME_DIR=/nowhere \
  /tmp/sandbox run --no-project --memory 64m -- python3 -c "$1"' sh "$hog" >"$OUT" 2>"$ERR" && STATUS=0 || STATUS=$?
ok "in a group given to a user its limit holds" status 137
ok "as the last line says" complains 'at the limit of 64 MiB'
ok "and nothing but the emptied leaf is left" same "$(find /sys/fs/cgroup/given -mindepth 1 -type d)" \
  /sys/fs/cgroup/given/sandbox-host
rmdir /sys/fs/cgroup/given/sandbox-host /sys/fs/cgroup/given

units() { [ -z "$(systemctl list-units --all --no-legend 'sandbox*')" ]; }
ok "no unit is left" within 10 units
ok "no group is left" same "$(find /sys/fs/cgroup -name 'sandbox*')" ""
finish
