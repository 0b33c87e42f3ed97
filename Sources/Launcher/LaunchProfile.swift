import RuntimeSpec

/// What a profile contributes to a launch.
package struct LaunchProfile: Equatable, Sendable {
    package var name: String
    /// The rules to compile; a built-in profile's filter is ready and needs none here.
    package var seccomp: Spec.Linux.Seccomp?
    /// Whether system calls are filtered.
    package var hasFilter: Bool
    package var maskedPaths: [String]
    package var readonlyPaths: [String]
    package var noNewPrivileges = true
    /// The five sets by full name.
    package var capabilities = Spec.Process.Capabilities(
        bounding: [], effective: [], inheritable: [], permitted: [], ambient: [])
    /// New namespaces; the network's own follows from the network mode.
    package var namespaces: [Spec.Linux.Namespace.Kind] = [.user, .mount, .pid, .ipc, .uts, .cgroup]
    /// Variables of the caller that go in; a name may end in `*`.
    package var environment = EnvironmentAllowList.names
    /// No higher than the caller may set.
    package var rlimits: [Spec.Process.RLimit] = []
    /// Those that no option sets.
    package var limits = ResourceLimits()
    /// When no option says otherwise.
    package var network = LaunchSpec.Network.none
    package var landlock = SecondWall()
    /// What of the caller's session goes in.
    package var desktop: [DesktopPart] = []

    package init(
        name: String, seccomp: Spec.Linux.Seccomp?, hasFilter: Bool? = nil, maskedPaths: [String],
        readonlyPaths: [String]
    ) {
        self.hasFilter = hasFilter ?? (seccomp != nil)
        self.name = name
        self.seccomp = seccomp
        self.maskedPaths = maskedPaths
        self.readonlyPaths = readonlyPaths
    }

    /// Parts of proc(5) and sysfs(5) that tell about or reach the host beyond any namespace. `/proc/sys` and its
    /// like are writable for the host's uid 0 whatever its capabilities are.
    package static let kernelPaths = LaunchProfile(
        name: "default", seccomp: nil,
        maskedPaths: [
            "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
            "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/kernel/debug", "/sys/kernel/security",
            "/sys/kernel/tracing",
        ],
        readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
}

/// What Landlock (landlock(7)) is to hold, behind the mounts and the namespaces.
package struct SecondWall: Equatable, Sendable {
    /// In a profile: mirror the mounts. In a launch: `readable` and `writable` are decided.
    package var restrictsFiles = false
    /// Absolute places inside; in a profile also `~/…` of the home and `./…` of the project. Nil: the mounts'.
    package var readable: [String]?
    package var writable: [String]?
    /// TCP ports; nil: all.
    package var bindPorts: [UInt16]?
    package var connectPorts: [UInt16]?
    /// Processes outside cannot be signalled.
    package var keepsSignals = false
    /// Abstract unix sockets outside cannot be reached.
    package var keepsAbstractSockets = false

    package init() {}

    package var isEmpty: Bool {
        !restrictsFiles && bindPorts == nil && connectPorts == nil && !keepsSignals && !keepsAbstractSockets
    }
}
