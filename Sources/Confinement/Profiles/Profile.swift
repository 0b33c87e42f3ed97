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
    package var rlimits: [String: Limit]?
    package var resources: Spec.Linux.Resources?
    package var network: Network?
    package var landlock: Landlock?
    package var seccomp: Seccomp?
    package var unknown: [JSON.Member] = []

    package static var blank: Self { Self(doesNotProtect: [], description: "") }

    package init(doesNotProtect: [String], description: String, extends: String? = nil) {
        self.doesNotProtect = doesNotProtect
        self.description = description
        self.extends = extends
    }

    package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
        try visitor.required("doesNotProtect", &doesNotProtect)
        try visitor.required("description", &description)
        try visitor.optional("extends", &extends)
        try visitor.optional("noNewPrivileges", &noNewPrivileges)
        try visitor.optional("capabilities", &capabilities)
        try visitor.optional("namespaces", &namespaces)
        try visitor.optional("maskedPaths", &maskedPaths)
        try visitor.optional("readonlyPaths", &readonlyPaths)
        try visitor.optional("environment", &environment)
        try visitor.optional("rlimits", &rlimits)
        try visitor.optional("resources", &resources)
        try visitor.optional("network", &network)
        try visitor.optional("landlock", &landlock)
        try visitor.optional("seccomp", &seccomp)
    }
}

extension Profile {
    /// Which network the command gets when no flag says otherwise.
    package enum Network: String, JSONChoice {
        package static let noun = "network mode"
        /// An own namespace with a loopback device only.
        case none
        case host
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

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.defaulted("bounding", &bounding)
            try visitor.defaulted("effective", &effective)
            try visitor.defaulted("permitted", &permitted)
            try visitor.defaulted("inheritable", &inheritable)
            try visitor.defaulted("ambient", &ambient)
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

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.required("soft", &soft)
            try visitor.required("hard", &hard)
        }
    }

    /// The second wall (landlock(7)), where the kernel has it; its file rules mirror the mounts.
    package struct Landlock: SpecObject {
        /// What processes outside cannot be reached by (Landlock ABI 6).
        package var scope: [Scope] = []
        package var unknown: [JSON.Member] = []

        package enum Scope: String, JSONChoice {
            package static let noun = "Landlock scope"
            case abstractUnixSocket
            case signal
        }

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.defaulted("scope", &scope)
        }
    }
}
