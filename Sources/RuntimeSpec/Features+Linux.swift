extension Features.Linux {
    /// Whether something is implemented, whatever the host has.
    package struct Support: SpecObject {
        /// Implemented.
        package var enabled: Bool?
        package var unknown: [JSON.Member] = []

        package init(enabled: Bool? = nil) {
            self.enabled = enabled
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("enabled", &enabled)
        }
    }

    /// Cgroup managers that are implemented.
    package struct Cgroup: SpecObject {
        /// Files of cgroup v1.
        package var v1: Bool?
        /// Files of cgroup v2.
        package var v2: Bool?
        /// Through systemd.
        package var systemd: Bool?
        /// Through the user's systemd.
        package var systemdUser: Bool?
        /// The rdma controller.
        package var rdma: Bool?
        package var unknown: [JSON.Member] = []

        package init(
            v1: Bool? = nil, v2: Bool? = nil, systemd: Bool? = nil, systemdUser: Bool? = nil, rdma: Bool? = nil
        ) {
            self.v1 = v1
            self.v2 = v2
            self.systemd = systemd
            self.systemdUser = systemdUser
            self.rdma = rdma
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("v1", &v1)
            properties.optional("v2", &v2)
            properties.optional("systemd", &systemd)
            properties.optional("systemdUser", &systemdUser)
            properties.optional("rdma", &rdma)
        }
    }

    /// System call filters.
    package struct Seccomp: SpecObject {
        /// Implemented.
        package var enabled: Bool?
        /// Actions.
        package var actions: [Spec.Linux.Seccomp.Action]?
        /// Comparisons.
        package var operators: [Spec.Linux.Seccomp.Operator]?
        /// Architectures.
        package var archs: [Spec.Linux.Seccomp.Architecture]?
        /// Flags that are understood.
        package var knownFlags: [Spec.Linux.Seccomp.Flag]?
        /// Those of them the kernel and the library have.
        package var supportedFlags: [Spec.Linux.Seccomp.Flag]?
        package var unknown: [JSON.Member] = []

        package init(
            enabled: Bool? = nil, actions: [Spec.Linux.Seccomp.Action]? = nil,
            operators: [Spec.Linux.Seccomp.Operator]? = nil, archs: [Spec.Linux.Seccomp.Architecture]? = nil,
            knownFlags: [Spec.Linux.Seccomp.Flag]? = nil, supportedFlags: [Spec.Linux.Seccomp.Flag]? = nil
        ) {
            self.enabled = enabled
            self.actions = actions
            self.operators = operators
            self.archs = archs
            self.knownFlags = knownFlags
            self.supportedFlags = supportedFlags
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("enabled", &enabled)
            properties.optional("actions", &actions)
            properties.optional("operators", &operators)
            properties.optional("archs", &archs)
            properties.optional("knownFlags", &knownFlags)
            properties.optional("supportedFlags", &supportedFlags)
        }
    }

    /// Cache and bandwidth allocation.
    package struct IntelRdt: SpecObject {
        /// Implemented.
        package var enabled: Bool?
        /// `linux.intelRdt.schemata` is implemented.
        package var schemata: Bool?
        /// `linux.intelRdt.enableMonitoring` is implemented.
        package var monitoring: Bool?
        package var unknown: [JSON.Member] = []

        package init(enabled: Bool? = nil, schemata: Bool? = nil, monitoring: Bool? = nil) {
            self.enabled = enabled
            self.schemata = schemata
            self.monitoring = monitoring
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("enabled", &enabled)
            properties.optional("schemata", &schemata)
            properties.optional("monitoring", &monitoring)
        }
    }

    /// NUMA memory policies.
    package struct MemoryPolicy: SpecObject {
        /// Modes.
        package var modes: [Spec.Linux.MemoryPolicy.Mode]?
        /// Mode flags.
        package var flags: [Spec.Linux.MemoryPolicy.Flag]?
        package var unknown: [JSON.Member] = []

        package init(modes: [Spec.Linux.MemoryPolicy.Mode]? = nil, flags: [Spec.Linux.MemoryPolicy.Flag]? = nil) {
            self.modes = modes
            self.flags = flags
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("modes", &modes)
            properties.optional("flags", &flags)
        }
    }

    /// Mounts beyond the plain ones.
    package struct MountExtensions: SpecObject {
        /// Id-mapped mounts.
        package var idmap: Support?
        package var unknown: [JSON.Member] = []

        package init(idmap: Support? = nil) {
            self.idmap = idmap
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("idmap", &idmap)
        }
    }
}
