import Diagnostics
import RuntimeSpec

/// A profile as its file has it (`profiles/*.json`): what it leaves out comes from the one it extends.
package struct Profile: SpecObject {
    /// What the walls do not hold against, one phrase each; every file begins with it.
    package var doesNotProtect: [String]
    /// One sentence: whom it is for.
    package var description: String
    /// Another profile's name.
    package var extends: String?
    package var noNewPrivileges: Bool?
    package var capabilities: Capabilities?
    /// New namespaces for the command.
    package var namespaces: [Spec.Linux.Namespace.Kind]?
    package var maskedPaths: [String]?
    package var readonlyPaths: [String]?
    /// Variables that are passed on; a name may end in `*`. Added to those of the extended profile.
    package var environment: [String]?
    /// By name, as `RLIMIT_CORE`; added to those of the extended profile.
    package var rlimits: NameTable<Limit>?
    /// Of memory, processors, processes and disks, by the names of the options: `{"memory": "2g", "pids": "512"}`.
    package var limits: NameTable<String>?
    package var network: Network?
    /// Parts of the caller's desktop session that are handed over.
    package var desktop: [Desktop]?
    package var landlock: Landlock?
    package var seccomp: Seccomp?
    /// In a recorded profile: what was seen beside what it allows.
    package var recorded: Recorded?
    package var unknown: [JSON.Member] = []

    package static var blank: Self { Self(doesNotProtect: [], description: "") }

    package init(doesNotProtect: [String], description: String, extends: String? = nil) {
        self.doesNotProtect = doesNotProtect
        self.description = description
        self.extends = extends
    }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("doesNotProtect", &doesNotProtect)
        properties.required("description", &description)
        properties.optional("extends", &extends)
        properties.optional("noNewPrivileges", &noNewPrivileges)
        properties.optional("capabilities", &capabilities)
        properties.optional("namespaces", &namespaces)
        properties.optional("maskedPaths", &maskedPaths)
        properties.optional("readonlyPaths", &readonlyPaths)
        properties.optional("environment", &environment)
        properties.optional("rlimits", &rlimits)
        properties.optional("limits", &limits)
        properties.optional("network", &network)
        properties.optional("desktop", &desktop)
        properties.optional("landlock", &landlock)
        properties.optional("seccomp", &seccomp)
        properties.optional("recorded", &recorded)
    }
}

extension Profile {
    /// Which network the command gets when no flag says otherwise.
    package enum Network: String, JSONChoice {
        package static let noun = "network mode"
        /// An own namespace with a loopback device only.
        case none
        /// An own namespace that a program in user mode connects.
        case user
        case host
    }

    package enum Desktop: String, JSONChoice {
        package static let noun = "part of the desktop"
        case display
        case sound
        case gpu
    }

    /// The five sets by name, with or without `CAP_`, or `ALL`.
    package struct Capabilities: SpecObject {
        package var bounding: [String] = []
        package var effective: [String] = []
        package var permitted: [String] = []
        package var inheritable: [String] = []
        package var ambient: [String] = []
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit(_ properties: inout Properties) {
            properties.defaulted("bounding", &bounding)
            properties.defaulted("effective", &effective)
            properties.defaulted("permitted", &permitted)
            properties.defaulted("inheritable", &inheritable)
            properties.defaulted("ambient", &ambient)
        }

        /// The sets, or an error that names the list, the index and the unknown name.
        package func plan(at path: String) throws(SandboxError) -> CapabilityPlan {
            CapabilityPlan(
                bounding: try CapabilitySet(names: bounding, at: "\(path).bounding"),
                effective: try CapabilitySet(names: effective, at: "\(path).effective"),
                permitted: try CapabilitySet(names: permitted, at: "\(path).permitted"),
                inheritable: try CapabilitySet(names: inheritable, at: "\(path).inheritable"),
                ambient: try CapabilitySet(names: ambient, at: "\(path).ambient"))
        }
    }

    /// A resource limit of setrlimit(2); 2^64-1 is none.
    package struct Limit: SpecObject {
        package var soft: UInt64
        package var hard: UInt64
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self(soft: 0, hard: 0) }
        package init(soft: UInt64, hard: UInt64) {
            self.soft = soft
            self.hard = hard
        }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("soft", &soft)
            properties.required("hard", &hard)
        }
    }

    /// The second wall (landlock(7)), where the kernel has it.
    package struct Landlock: SpecObject {
        /// Whether file rules mirror the mounts: what they show read-only cannot be written to either way.
        package var files: Bool?
        /// Places instead of the mounts': `/usr`, `~/.cache` of the home, `./src` of the project.
        package var read: [String]?
        package var write: [String]?
        /// TCP ports that may be bound and connected to; left out: all (ABI 4).
        package var tcpBind: [UInt16]?
        package var tcpConnect: [UInt16]?
        /// What processes outside cannot be reached by (ABI 6).
        package var scope: [Scope] = []
        package var unknown: [JSON.Member] = []

        package enum Scope: String, JSONChoice {
            package static let noun = "Landlock scope"
            case abstractUnixSocket
            case signal
        }

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("files", &files)
            properties.optional("read", &read)
            properties.optional("write", &write)
            properties.optional("tcpBind", &tcpBind)
            properties.optional("tcpConnect", &tcpConnect)
            properties.defaulted("scope", &scope)
        }
    }
}
