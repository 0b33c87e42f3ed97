extension Spec.Linux {
    /// Cache and memory bandwidth allocation (resctrl, `config-linux.md`, IntelRdt).
    package struct IntelRdt: SpecObject {
        /// The class of service: a folder of the resctrl file system.
        package var closID: String?
        /// Lines for the `schemata` file, as they are.
        package var schemata: [String]?
        /// A line starting with `L3:`; not together with `schemata`.
        package var l3CacheSchema: String?
        /// A line starting with `MB:`; not together with `schemata`.
        package var memBwSchema: String?
        /// Make a monitoring group for the container.
        package var enableMonitoring: Bool?
        package var unknown: [JSON.Member] = []

        package init(
            closID: String? = nil, schemata: [String]? = nil, l3CacheSchema: String? = nil,
            memBwSchema: String? = nil, enableMonitoring: Bool? = nil
        ) {
            self.closID = closID
            self.schemata = schemata
            self.l3CacheSchema = l3CacheSchema
            self.memBwSchema = memBwSchema
            self.enableMonitoring = enableMonitoring
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.text("closID", &closID)
            properties.optional("schemata", &schemata)
            properties.text("l3CacheSchema", &l3CacheSchema)
            properties.text("memBwSchema", &memBwSchema)
            properties.optional("enableMonitoring", &enableMonitoring)
        }
    }

    /// NUMA memory policy (set_mempolicy(2)).
    package struct MemoryPolicy: SpecObject {
        /// The policy.
        package var mode: Mode
        /// Memory nodes, in the list format of cpuset(7): `0-3,7`.
        package var nodes: String?
        /// How `nodes` are meant.
        package var flags: [Flag]?
        package var unknown: [JSON.Member] = []

        package init(mode: Mode, nodes: String? = nil, flags: [Flag]? = nil) {
            self.mode = mode
            self.nodes = nodes
            self.flags = flags
        }

        package static var blank: Self { Self(mode: .default) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("mode", &mode)
            properties.text("nodes", &nodes)
            properties.optional("flags", &flags)
        }
    }
}

extension Spec.Linux.MemoryPolicy {
    /// The modes of set_mempolicy(2).
    package enum Mode: String, JSONChoice {
        package static let noun = "memory policy mode"
        case `default` = "MPOL_DEFAULT"
        case bind = "MPOL_BIND"
        case interleave = "MPOL_INTERLEAVE"
        case weightedInterleave = "MPOL_WEIGHTED_INTERLEAVE"
        case preferred = "MPOL_PREFERRED"
        case preferredMany = "MPOL_PREFERRED_MANY"
        case local = "MPOL_LOCAL"
    }

    /// The mode flags of set_mempolicy(2).
    package enum Flag: String, JSONChoice {
        package static let noun = "memory policy flag"
        case numaBalancing = "MPOL_F_NUMA_BALANCING"
        case relativeNodes = "MPOL_F_RELATIVE_NODES"
        case staticNodes = "MPOL_F_STATIC_NODES"
    }
}
