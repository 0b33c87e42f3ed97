extension Spec.Linux {
    /// A namespace to make or to join (namespaces(7)).
    package struct Namespace: SpecObject {
        /// Which sort.
        package var kind: Kind
        /// An absolute path of an existing one to join; without it a new one is made.
        package var path: String?
        package var unknown: [JSON.Member] = []

        package init(kind: Kind, path: String? = nil) {
            self.kind = kind
            self.path = path
        }

        package static var blank: Self { Self(kind: .mount) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("type", &kind)
            properties.text("path", &path)
        }
    }

    /// A run of user or group ids and what they are mapped to (user_namespaces(7)).
    package struct IDMapping: SpecObject {
        /// The first id inside.
        package var containerID: UInt32
        /// The first id outside.
        package var hostID: UInt32
        /// How many ids.
        package var size: UInt32
        package var unknown: [JSON.Member] = []

        package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }

        package static var blank: Self { Self(containerID: 0, hostID: 0, size: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("containerID", &containerID)
            properties.required("hostID", &hostID)
            properties.required("size", &size)
        }
    }

    /// How far a clock is ahead (time_namespaces(7)).
    package struct TimeOffset: SpecObject {
        /// Seconds.
        package var secs: Int64?
        /// Nanoseconds on top.
        package var nanosecs: UInt32?
        package var unknown: [JSON.Member] = []

        package init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("secs", &secs)
            properties.optional("nanosecs", &nanosecs)
        }
    }

    /// The clocks a time namespace can shift.
    package enum Clock: String, JSONChoice {
        package static let noun = "clock"
        case monotonic
        case boottime
    }

    /// How mounts spread (mount_namespaces(7), Shared subtrees); with an `r` for all below, too. The specification
    /// lists the four plain words; engines write both.
    package enum Propagation: String, JSONChoice {
        package static let noun = "mount propagation"
        case `private`
        case rprivate
        case shared
        case rshared
        case slave
        case rslave
        case unbindable
        case runbindable
    }

    /// The execution domain (personality(2)).
    package struct Personality: SpecObject {
        /// What uname(2) tells.
        package var domain: Domain
        /// None is defined so far.
        package var flags: [String]?
        package var unknown: [JSON.Member] = []

        package init(domain: Domain, flags: [String]? = nil) {
            self.domain = domain
            self.flags = flags
        }

        package static var blank: Self { Self(domain: .linux) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("domain", &domain)
            properties.optional("flags", &flags)
        }
    }

    /// A network device moved into the container.
    package struct NetDevice: SpecObject {
        /// Its name inside; without it, the same as outside.
        package var name: String?
        package var unknown: [JSON.Member] = []

        package init(name: String? = nil) {
            self.name = name
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.text("name", &name)
        }
    }
}

extension Spec.Linux.Namespace {
    /// The namespaces of namespaces(7).
    package enum Kind: String, JSONChoice {
        package static let noun = "namespace type"
        case pid
        case network
        case mount
        case ipc
        case uts
        case user
        case cgroup
        case time
    }
}

extension Spec.Linux.Personality {
    /// What uname(2) calls the machine: as it is, or the 32-bit one.
    package enum Domain: String, JSONChoice {
        package static let noun = "execution domain"
        case linux = "LINUX"
        case linux32 = "LINUX32"
    }
}
