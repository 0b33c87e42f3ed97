extension Spec.Linux {
    /// Limits of the container's cgroup (`config-linux.md`, Control groups); without a limit there is none.
    package struct Resources: SpecObject {
        /// Access to devices; the last rule that fits decides.
        package var devices: [DeviceRule]?
        /// Memory.
        package var memory: Memory?
        /// Processor time and placement.
        package var cpu: CPU?
        /// Number of tasks.
        package var pids: Pids?
        /// Block device bandwidth.
        package var blockIO: BlockIO?
        /// Huge pages, at most one of a size.
        package var hugepageLimits: [HugepageLimit]?
        /// cgroup v1 only: packet class and priorities.
        package var network: Network?
        /// RDMA devices, keyed by name.
        package var rdma: [String: RDMA]?
        /// Files of cgroup v2 and what to write to them.
        package var unified: [String: String]?
        package var unknown: [JSON.Member] = []

        package init(
            devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil, pids: Pids? = nil,
            blockIO: BlockIO? = nil, hugepageLimits: [HugepageLimit]? = nil, network: Network? = nil,
            rdma: [String: RDMA]? = nil, unified: [String: String]? = nil
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.hugepageLimits = hugepageLimits
            self.network = network
            self.rdma = rdma
            self.unified = unified
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("devices", &devices)
            properties.optional("memory", &memory)
            properties.optional("cpu", &cpu)
            properties.optional("pids", &pids)
            properties.optional("blockIO", &blockIO)
            properties.optional("hugepageLimits", &hugepageLimits)
            properties.optional("network", &network)
            properties.optional("rdma", &rdma)
            properties.optional("unified", &unified)
        }
    }
}

extension Spec.Linux.Resources {
    /// Access to a device or a range of them.
    package struct DeviceRule: SpecObject {
        /// Allowed or denied.
        package var allow: Bool
        /// Which devices; without it all.
        package var kind: DeviceKind?
        /// nil or -1: any.
        package var major: Int64?
        /// nil or -1: any.
        package var minor: Int64?
        /// Letters out of `r`, `w` and `m` (mknod).
        package var access: String?
        package var unknown: [JSON.Member] = []

        package init(
            allow: Bool, kind: DeviceKind? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
        ) {
            self.allow = allow
            self.kind = kind
            self.major = major
            self.minor = minor
            self.access = access
        }

        package static var blank: Self { Self(allow: false) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("allow", &allow)
            properties.text("type", &kind)
            properties.optional("major", &major)
            properties.optional("minor", &minor)
            properties.text("access", &access)
        }
    }

    /// Devices a rule is about.
    package enum DeviceKind: String, JSONChoice {
        package static let noun = "device rule type"
        case all = "a"
        case block = "b"
        case character = "c"
    }

    /// The number of tasks.
    package struct Pids: SpecObject {
        /// -1 is no limit.
        package var limit: Int64?
        package var unknown: [JSON.Member] = []

        package init(limit: Int64? = nil) {
            self.limit = limit
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("limit", &limit)
        }
    }

    /// Huge pages of one size.
    package struct HugepageLimit: SpecObject {
        /// As `2MB`: a number and `KB`, `MB` or `GB`.
        package var pageSize: String
        /// Bytes.
        package var limit: UInt64
        package var unknown: [JSON.Member] = []

        package init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }

        package static var blank: Self { Self(pageSize: "", limit: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("pageSize", &pageSize)
            properties.required("limit", &limit)
        }
    }

    /// An RDMA device.
    package struct RDMA: SpecObject {
        /// Most handles open at once.
        package var hcaHandles: UInt32?
        /// Most objects at once.
        package var hcaObjects: UInt32?
        package var unknown: [JSON.Member] = []

        package init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("hcaHandles", &hcaHandles)
            properties.optional("hcaObjects", &hcaObjects)
        }
    }

    /// Marks on packets, cgroup v1 only.
    package struct Network: SpecObject {
        /// For the net_cls controller.
        package var classID: UInt32?
        /// For the net_prio controller.
        package var priorities: [InterfacePriority]?
        package var unknown: [JSON.Member] = []

        package init(classID: UInt32? = nil, priorities: [InterfacePriority]? = nil) {
            self.classID = classID
            self.priorities = priorities
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("classID", &classID)
            properties.optional("priorities", &priorities)
        }
    }

    /// Priority of packets that leave by an interface.
    package struct InterfacePriority: SpecObject {
        /// The interface.
        package var name: String
        /// The priority.
        package var priority: UInt32
        package var unknown: [JSON.Member] = []

        package init(name: String, priority: UInt32) {
            self.name = name
            self.priority = priority
        }

        package static var blank: Self { Self(name: "", priority: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("name", &name)
            properties.required("priority", &priority)
        }
    }
}
