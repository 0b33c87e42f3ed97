/// What the runtime can do, as `features` prints it (runtime-spec 1.3, `features.md`); a list or flag that is missing
/// means "unknown".
package struct Features: SpecObject {
    /// The oldest version of the specification that is understood.
    package var ociVersionMin: String
    /// The newest.
    package var ociVersionMax: String
    /// Hooks that are run.
    package var hooks: [String]?
    /// Mount options that are understood, those of the file systems left out.
    package var mountOptions: [String]?
    /// What only Linux has.
    package var linux: Linux?
    /// Versions of the implementation and of its libraries.
    package var annotations: [String: String]?
    /// Annotations of `config.json` that change what the runtime does; a final `.` makes it a prefix.
    package var potentiallyUnsafeConfigAnnotations: [String]?
    package var unknown: [JSON.Member] = []

    package init(
        ociVersionMin: String, ociVersionMax: String, hooks: [String]? = nil, mountOptions: [String]? = nil,
        linux: Linux? = nil, annotations: [String: String]? = nil, potentiallyUnsafeConfigAnnotations: [String]? = nil
    ) {
        self.ociVersionMin = ociVersionMin
        self.ociVersionMax = ociVersionMax
        self.hooks = hooks
        self.mountOptions = mountOptions
        self.linux = linux
        self.annotations = annotations
        self.potentiallyUnsafeConfigAnnotations = potentiallyUnsafeConfigAnnotations
    }

    package static var blank: Self { Self(ociVersionMin: "", ociVersionMax: "") }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("ociVersionMin", &ociVersionMin)
        properties.required("ociVersionMax", &ociVersionMax)
        properties.optional("hooks", &hooks)
        properties.optional("mountOptions", &mountOptions)
        properties.optional("linux", &linux)
        properties.optional("annotations", &annotations)
        properties.optional("potentiallyUnsafeConfigAnnotations", &potentiallyUnsafeConfigAnnotations)
    }
}

extension Features {
    /// What only Linux has (`features-linux.md`).
    package struct Linux: SpecObject {
        /// Namespaces.
        package var namespaces: [Spec.Linux.Namespace.Kind]?
        /// Capability names.
        package var capabilities: [String]?
        /// Cgroup managers.
        package var cgroup: Cgroup?
        /// System call filters.
        package var seccomp: Seccomp?
        /// AppArmor.
        package var apparmor: Support?
        /// SELinux.
        package var selinux: Support?
        /// Cache and bandwidth allocation.
        package var intelRdt: IntelRdt?
        /// NUMA memory policies.
        package var memoryPolicy: MemoryPolicy?
        /// Mounts beyond the plain ones.
        package var mountExtensions: MountExtensions?
        /// Network devices moved into containers.
        package var netDevices: Support?
        package var unknown: [JSON.Member] = []

        package init(
            namespaces: [Spec.Linux.Namespace.Kind]? = nil, capabilities: [String]? = nil, cgroup: Cgroup? = nil,
            seccomp: Seccomp? = nil, apparmor: Support? = nil, selinux: Support? = nil, intelRdt: IntelRdt? = nil,
            memoryPolicy: MemoryPolicy? = nil, mountExtensions: MountExtensions? = nil, netDevices: Support? = nil
        ) {
            self.namespaces = namespaces
            self.capabilities = capabilities
            self.cgroup = cgroup
            self.seccomp = seccomp
            self.apparmor = apparmor
            self.selinux = selinux
            self.intelRdt = intelRdt
            self.memoryPolicy = memoryPolicy
            self.mountExtensions = mountExtensions
            self.netDevices = netDevices
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("namespaces", &namespaces)
            properties.optional("capabilities", &capabilities)
            properties.optional("cgroup", &cgroup)
            properties.optional("seccomp", &seccomp)
            properties.optional("apparmor", &apparmor)
            properties.optional("selinux", &selinux)
            properties.optional("intelRdt", &intelRdt)
            properties.optional("memoryPolicy", &memoryPolicy)
            properties.optional("mountExtensions", &mountExtensions)
            properties.optional("netDevices", &netDevices)
        }
    }
}
