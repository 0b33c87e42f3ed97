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

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("defaultAction", &defaultAction)
            properties.optional("defaultErrnoRet", &defaultErrnoRet)
            properties.optional("architectures", &architectures)
            properties.optional("flags", &flags)
            properties.defaulted("syscalls", &syscalls)
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

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("comment", &comment)
            properties.required("names", &names)
            properties.required("action", &action)
            properties.optional("errnoRet", &errnoRet)
            properties.optional("args", &args)
            properties.optional("includes", &includes)
            properties.optional("excludes", &excludes)
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

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("caps", &caps)
            properties.optional("arches", &arches)
            properties.optional("minKernel", &minKernel)
        }
    }
}
