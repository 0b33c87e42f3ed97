#!/bin/sh
# podman with either of its cgroup managers, as whoever calls this.
set -eu
. "$(dirname "$0")/check.sh"
root=$(mktemp -d)
for folder in bin dev etc proc run sys tmp; do mkdir "$root/$folder"; done
cp /bin/busybox "$root/bin/"
for name in sh cat sleep; do ln -s busybox "$root/bin/$name"; done
runtime=$(realpath "$(dirname "$0")")/sandbox-oci
ln -sf sandbox "$runtime"

for manager in systemd cgroupfs; do
  pod() { STATUS=0; podman --runtime "$runtime" --cgroup-manager $manager "$@" >"$OUT" 2>"$ERR" || STATUS=$?; }
  pod run --rm --network none --memory 32m --pids-limit 50 --cpus 0.5 --cpu-shares 512 --cpuset-cpus 1 --rootfs "$root" \
    /bin/sh -c 'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max cpu.weight cpuset.cpus'
  ok "podman, $manager: limits" same "$(tr '\n' ' ' <"$OUT")" "33554432 50 50000 100000 59 1 "
  pod run -d --name web --network none --memory 32m --rootfs "$root" /bin/sleep 1000
  ok "podman, $manager: run in the background" status 0
  pod stats --no-stream --format '{{.MemUsage}}' web
  ok "podman, $manager: stats" says '/ 33.55MB'
  pod pause web
  ok "podman, $manager: pause" status 0
  pod unpause web
  ok "podman, $manager: unpause" status 0
  pod update --memory 48m web
  ok "podman, $manager: update" status 0
  pod exec web cat /sys/fs/cgroup/memory.max
  ok "podman, $manager: exec in the same group, with the new limit" says '^50331648$'
  pod rm -f -t 0 web
  ok "podman, $manager: remove" status 0
done
user=''
[ "$(id -u)" -eq 0 ] || user=--user
# shellcheck disable=SC2086
units() { [ -z "$(systemctl $user list-units --all --no-legend 'libpod-*.scope')" ]; }
ok "no unit is left" within 10 units
ok "no group is left" same "$(find /sys/fs/cgroup -name 'libpod-*' | grep -v conmon)" ""
rm -rf "$root"
finish
