import LinuxKernel

extension DoctorFacts {
    var fuseCheck: DoctorCheck {
        let consequence = "so the root is read-only instead of copy on write"
        if let openFuse {
            let known = explain(.openFuse, errno: openFuse, facts: remedies)
            return DoctorCheck(
                "fuse", .warn, "/dev/fuse cannot be opened, \(consequence): \(openFuse.text)", why: known?.why,
                mend: known?.mend)
        }
        if let mountFuse {
            let known = explain(.mountFuse, errno: mountFuse, facts: remedies)
            return DoctorCheck(
                "fuse", .fail, "no fuse file system can be mounted in a user namespace: \(mountFuse.text)",
                why: known?.why, mend: known?.mend)
        }
        return DoctorCheck("fuse", .ok, "/dev/fuse can be used")
    }

    /// The oldest release that works, and what later ones add.
    var kernelCheck: DoctorCheck {
        let version = fields(release, separator: ".").prefix(2).map { part in
            strictNumber(part.utf8.prefix { $0 >= 48 && $0 <= 57 }, as: Int.self) ?? 0
        }
        guard version.count == 2, (version[0], version[1]) >= (5, 4) else {
            return DoctorCheck(
                "kernel", .fail, "kernel \(release)", why: "kernels before 5.4 lack the file system calls used here",
                mend: "use a newer kernel")
        }
        if missingCalls.isEmpty { return DoctorCheck("kernel", .ok, "kernel \(release) has every call used here") }
        let names = missingCalls.map(\.name).joined(separator: ", ")
        return DoctorCheck(
            "kernel", .warn, "kernel \(release) lacks, or a filter refuses: \(names); older calls are taken instead",
            why: remedies.isContainer
                ? "an outer container's seccomp profile may be older than the kernel" : "they came with Linux 5.2–5.13",
            mend: remedies.isContainer
                ? "start that container with --security-opt seccomp=unconfined" : "use Linux 5.13 or later")
    }

    var seccompCheck: DoctorCheck {
        hasSeccompFilters
            ? DoctorCheck("seccomp", .ok, "system call filters can be loaded")
            : DoctorCheck(
                "seccomp", .fail, "system call filters cannot be loaded", why: "the kernel lacks CONFIG_SECCOMP_FILTER",
                mend: "use a kernel with CONFIG_SECCOMP_FILTER=y")
    }

    var landlockCheck: DoctorCheck {
        landlock > 0
            ? DoctorCheck("landlock", .ok, "landlock has version \(landlock)")
            : DoctorCheck(
                "landlock", .warn, "landlock is not there, so one wall behind the others is missing",
                why: "the kernel is older than 5.13, or leaves it out of its security modules",
                mend: "add landlock to the kernel's lsm= parameter: lsm=landlock,…")
    }

    var cgroupCheck: DoctorCheck {
        let effect = "limits of memory, CPU and processes cannot be set"
        switch cgroups {
        case .unified where cgroupIsDelegated || identity.uid == 0:
            return DoctorCheck("cgroups", .ok, "cgroup v2, and this group can be divided")
        case .unified:
            return DoctorCheck(
                "cgroups", .warn, "cgroup v2, not delegated to \(identity.account.name), so \(effect)",
                why: "the group this runs in belongs to another user",
                mend: remedies.isContainer
                    ? "start the outer container with --cgroupns private and a writable /sys/fs/cgroup"
                    : "run it under: systemd-run --user --scope -p Delegate=yes")
        case .hybrid, .legacy:
            return DoctorCheck(
                "cgroups", identity.uid == 0 ? .ok : .warn,
                "cgroup v1 (\(cgroups.rawValue))" + (identity.uid == 0 ? "" : ", so \(effect) without root"),
                why: identity.uid == 0 ? nil : "cgroup v1 cannot be given to users safely",
                mend: identity.uid == 0 ? nil : "boot with systemd.unified_cgroup_hierarchy=1")
        case .none:
            return DoctorCheck(
                "cgroups", .warn, "no cgroups are mounted, so \(effect)", why: "/sys/fs/cgroup is empty",
                mend: "sudo mount -t cgroup2 none /sys/fs/cgroup")
        }
    }

    var networkProgramCheck: DoctorCheck {
        networkPrograms.isEmpty
            ? DoctorCheck(
                "network-programs", .warn, "neither pasta nor slirp4netns is there",
                why: "one of them connects a private network to the outside; --net none and --net host need neither",
                mend: remedies.distribution.install(.pasta))
            : DoctorCheck("network-programs", .ok, "found \(networkPrograms.joined(separator: ", "))")
    }
}

extension KernelCall {
    /// As in the manual.
    package var name: String {
        switch self {
        case .openTree: "open_tree"
        case .moveMount: "move_mount"
        case .openFileSystem: "fsopen"
        case .openProcess: "pidfd_open"
        case .clone3: "clone3"
        case .closeRange: "close_range"
        case .openAt2: "openat2"
        case .mountSetAttributes: "mount_setattr"
        case .landlockCreateRuleset: "landlock_create_ruleset"
        }
    }
}
