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

    var networkProgramCheck: DoctorCheck {
        if networkPrograms.isEmpty {
            return DoctorCheck(
                "network-programs", .warn, "neither pasta nor slirp4netns is there, so --net user does not work",
                why: "one of them connects a private network to the outside; --net none and --net host need neither",
                mend: remedies.distribution.install(.pasta))
        }
        if let openTun {
            return DoctorCheck(
                "network-programs", .warn,
                "/dev/net/tun cannot be opened, so --net user does not work: \(openTun.text)",
                why: "\(networkPrograms[0]) makes the network's device with it",
                mend: NetworkFacts.remedy(openTun: openTun, isContainer: remedies.isContainer))
        }
        return DoctorCheck("network-programs", .ok, "--net user works by \(networkPrograms[0])")
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
