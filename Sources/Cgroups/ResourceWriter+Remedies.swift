import LinuxKernel

// What mends a write that the kernel refuses.
extension ResourceWriter {
    func remedyForMissingFile(_ write: ResourceWrite) -> String? {
        if write.file.contains("memory.swap") || write.file.contains("memsw") { return "boot with swapaccount=1" }
        if write.file.contains("weight"), ["io", "blkio"].contains(write.controller) {
            return "only some schedulers know weights: as root, echo bfq > /sys/block/DISK/queue/scheduler"
        }
        if write.file.hasPrefix("hugetlb."), hasController("hugetlb") {
            return "ls /sys/kernel/mm/hugepages shows the sizes of pages that this machine has"
        }
        if record.legacy(write.controller) != nil {
            return "cgroup v1 has this controller here, with files of its own: see the kernel's cgroup-v1 "
                + "documentation, or boot with systemd.unified_cgroup_hierarchy=1"
        }
        if record.isUnified && !["net_cls", "net_prio"].contains(write.controller) {
            return hasController(write.controller)
                ? "the files that there are stand in the group's folder, and in the kernel's cgroup-v2 documentation"
                : "cat /sys/fs/cgroup/cgroup.controllers shows those there are; cgroup_disable= on the kernel's command "
                    + "line, or a version 1 hierarchy, takes others away"
        }
        return "/proc/cgroups shows the controllers there are; mount -t cgroup -o \(write.controller) mounts one"
    }

    func delegationRemedy(_ controller: String) -> String {
        guard fileExists("/run/systemd/system") else { return remedyForMissingGroup(rootless: true) }
        if !record.isUnified { return "boot with systemd.unified_cgroup_hierarchy=1, or run as root" }
        if !["cpu", "cpuset", "io", "memory", "pids"].contains(controller) {
            return "systemd passes it on to nobody: run it as root"
        }
        return "as root, `systemctl edit user@.service`, add `[Service]` and `Delegate=cpu cpuset io memory pids`, "
            + "then log in again"
    }

    func remedyForRefusedValue(_ write: ResourceWrite) -> String? {
        switch write.controller {
        case "cpuset": "the host's processors and memory nodes are in /sys/devices/system/{cpu,node}/online"
        case "io", "blkio": "the device must be a whole disk that is there: see lsblk"
        case "rdma": "the device must be one of /sys/class/infiniband"
        case "pids": "at most 4194304, the kernel's own limit"
        case "cpu": remedyForProcessorTime(write.file)
        case "memory" where record.legacy("memory") == nil:
            "a number of bytes, or max; the forms are in the kernel's cgroup-v2 documentation"
        case "memory" where ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"].contains(write.file):
            "memory alone may not have more than memory and swap together: give both, the sum not below the limit"
        case "memory": "the forms are in the kernel's cgroup-v1 documentation"
        default: nil
        }
    }

    private func remedyForProcessorTime(_ file: String) -> String {
        switch file {
        case "cpu.shares", "cpu.weight", "cpu.weight.nice":
            "2 to 262144 shares, a weight of 1 to 10000, and neither while cpu.idle is 1"
        case "cpu.idle": "0 or 1"
        case "cpu.max.burst", "cpu.cfs_burst_us": "at most the quota, and none without one"
        case "cpu.rt_runtime_us", "cpu.rt_period_us": "at most what the group above has, in its file of that name"
        default: "a period of 1000 to 1000000 µs, a quota of 1000 µs or more within what the group above has"
        }
    }
}
