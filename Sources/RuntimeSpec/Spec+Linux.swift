extension Spec {
    /// What only Linux has (`config-linux.md`).
    package struct Linux: SpecObject {
        /// User ids of the container's user namespace.
        package var uidMappings: [IDMapping]?
        /// Group ids of the container's user namespace.
        package var gidMappings: [IDMapping]?
        /// Kernel parameters of the container's namespaces, keyed as sysctl(8) has them.
        package var sysctl: [String: String]?
        /// Limits of the container's cgroup.
        package var resources: Resources?
        /// The cgroup: a path, or for systemd `slice:prefix:name`.
        package var cgroupsPath: String?
        /// Made new, or joined; what is not listed is the runtime's own.
        package var namespaces: [Namespace]?
        /// Device nodes beside the default ones.
        package var devices: [Device]?
        /// Network devices moved into the container, keyed by their name outside.
        package var netDevices: [String: NetDevice]?
        /// The system call filter.
        package var seccomp: Seccomp?
        /// Mount propagation of the root.
        package var rootfsPropagation: Propagation?
        /// Absolute paths inside that cannot be read.
        package var maskedPaths: [String]?
        /// Absolute paths inside that cannot be written.
        package var readonlyPaths: [String]?
        /// The SELinux label of the mounts.
        package var mountLabel: String?
        /// Cache and memory bandwidth allocation.
        package var intelRdt: IntelRdt?
        /// NUMA memory policy.
        package var memoryPolicy: MemoryPolicy?
        /// Execution domain (personality(2)).
        package var personality: Personality?
        /// How far the clocks of the container's time namespace are ahead.
        package var timeOffsets: [Clock: TimeOffset]?
        package var unknown: [JSON.Member] = []

        package init(
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil, sysctl: [String: String]? = nil,
            resources: Resources? = nil, cgroupsPath: String? = nil, namespaces: [Namespace]? = nil,
            devices: [Device]? = nil, netDevices: [String: NetDevice]? = nil, seccomp: Seccomp? = nil,
            rootfsPropagation: Propagation? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil,
            mountLabel: String? = nil, intelRdt: IntelRdt? = nil, memoryPolicy: MemoryPolicy? = nil,
            personality: Personality? = nil, timeOffsets: [Clock: TimeOffset]? = nil
        ) {
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.sysctl = sysctl
            self.resources = resources
            self.cgroupsPath = cgroupsPath
            self.namespaces = namespaces
            self.devices = devices
            self.netDevices = netDevices
            self.seccomp = seccomp
            self.rootfsPropagation = rootfsPropagation
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
            self.mountLabel = mountLabel
            self.intelRdt = intelRdt
            self.memoryPolicy = memoryPolicy
            self.personality = personality
            self.timeOffsets = timeOffsets
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("uidMappings", &uidMappings)
            properties.optional("gidMappings", &gidMappings)
            properties.optional("sysctl", &sysctl)
            properties.optional("resources", &resources)
            properties.text("cgroupsPath", &cgroupsPath)
            properties.optional("namespaces", &namespaces)
            properties.optional("devices", &devices)
            properties.optional("netDevices", &netDevices)
            properties.optional("seccomp", &seccomp)
            properties.text("rootfsPropagation", &rootfsPropagation)
            properties.optional("maskedPaths", &maskedPaths)
            properties.optional("readonlyPaths", &readonlyPaths)
            properties.text("mountLabel", &mountLabel)
            properties.optional("intelRdt", &intelRdt)
            properties.optional("memoryPolicy", &memoryPolicy)
            properties.optional("personality", &personality)
            properties.optional("timeOffsets", &timeOffsets)
        }
    }
}
