import RuntimeSpec

extension Profile {
    /// The system call rules: OCI's `linux.seccomp`, with comments, with conditions as Docker's profile has them, and
    /// read from the top: the first rule that fits a call decides it. The extending profile's rules come first.
    package struct Seccomp: SpecObject {
        /// For calls no rule fits; the extended profile's when left out.
        package var defaultAction: Spec.Linux.Seccomp.Action?
        package var defaultErrnoRet: UInt32?
        /// Beside the machine's own, 32-bit ones for example.
        package var architectures: [SyscallArchitecture]?
        package var flags: [Spec.Linux.Seccomp.Flag]?
        package var syscalls: [Rule] = []
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.optional("defaultAction", &defaultAction)
            try visitor.optional("defaultErrnoRet", &defaultErrnoRet)
            try visitor.optional("architectures", &architectures)
            try visitor.optional("flags", &flags)
            try visitor.defaulted("syscalls", &syscalls)
        }
    }

    /// What happens at some calls, under some conditions.
    package struct Rule: SpecObject {
        package var comment: String?
        package var names: [String]
        package var action: Spec.Linux.Seccomp.Action
        package var errnoRet: UInt32?
        package var args: [Spec.Linux.Seccomp.Argument]?
        /// The rule counts only where all of this holds.
        package var includes: Condition?
        /// The rule does not count where any of this holds.
        package var excludes: Condition?
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self(names: [], action: .allow) }
        package init(names: [String], action: Spec.Linux.Seccomp.Action) {
            self.names = names
            self.action = action
        }

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.optional("comment", &comment)
            try visitor.required("names", &names)
            try visitor.required("action", &action)
            try visitor.optional("errnoRet", &errnoRet)
            try visitor.optional("args", &args)
            try visitor.optional("includes", &includes)
            try visitor.optional("excludes", &excludes)
        }
    }

    /// What a rule may depend on.
    package struct Condition: SpecObject {
        /// Capabilities of the bounding set.
        package var caps: [String]?
        package var arches: [SyscallArchitecture]?
        /// As `5.10`: this kernel or a later one.
        package var minKernel: String?
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
            try visitor.optional("caps", &caps)
            try visitor.optional("arches", &arches)
            try visitor.optional("minKernel", &minKernel)
        }
    }
}
