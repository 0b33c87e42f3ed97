extension Spec.Linux {
    /// A system call filter (`config-linux.md`, Seccomp; seccomp(2)).
    package struct Seccomp: SpecObject {
        /// For calls no entry of `syscalls` names.
        package var defaultAction: Action
        /// The error number of an `.errno` or `.trace` default; without it EPERM.
        package var defaultErrnoRet: UInt32?
        /// Beside the machine's own.
        package var architectures: [Architecture]?
        /// Without the property the runtime chooses; an empty list means none.
        package var flags: [Flag]?
        /// The UNIX socket of the agent that gets the descriptor of `.notify`.
        package var listenerPath: String?
        /// Sent to the agent.
        package var listenerMetadata: String?
        /// The rules.
        package var syscalls: [Syscall]?
        package var unknown: [JSON.Member] = []

        package init(
            defaultAction: Action, defaultErrnoRet: UInt32? = nil, architectures: [Architecture]? = nil,
            flags: [Flag]? = nil, listenerPath: String? = nil, listenerMetadata: String? = nil,
            syscalls: [Syscall]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.listenerPath = listenerPath
            self.listenerMetadata = listenerMetadata
            self.syscalls = syscalls
        }

        package static var blank: Self { Self(defaultAction: .kill) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("defaultAction", &defaultAction)
            properties.optional("defaultErrnoRet", &defaultErrnoRet)
            properties.optional("architectures", &architectures)
            properties.optional("flags", &flags)
            properties.text("listenerPath", &listenerPath)
            properties.text("listenerMetadata", &listenerMetadata)
            properties.optional("syscalls", &syscalls)
        }
    }
}

extension Spec.Linux.Seccomp {
    /// What happens at some calls.
    package struct Syscall: SpecObject {
        /// At least one; a name the machine does not know is passed over.
        package var names: [String]
        /// What happens.
        package var action: Action
        /// The error number of `.errno`, the message of `.trace`; without it EPERM.
        package var errnoRet: UInt32?
        /// All have to hold for the rule to fit.
        package var args: [Argument]?
        package var unknown: [JSON.Member] = []

        package init(names: [String], action: Action, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
        }

        package static var blank: Self { Self(names: [], action: .kill) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("names", &names)
            properties.required("action", &action)
            properties.optional("errnoRet", &errnoRet)
            properties.optional("args", &args)
        }
    }

    /// A condition on one argument of a call.
    package struct Argument: SpecObject {
        /// 0 to 5.
        package var index: UInt32
        /// Compared with; the mask, for `.maskedEqual`.
        package var value: UInt64
        /// The value, for `.maskedEqual`.
        package var valueTwo: UInt64?
        /// How they compare.
        package var op: Operator
        package var unknown: [JSON.Member] = []

        package init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: Operator) {
            self.index = index
            self.value = value
            self.valueTwo = valueTwo
            self.op = op
        }

        package static var blank: Self { Self(index: 0, value: 0, op: .equal) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("index", &index)
            properties.required("value", &value)
            properties.optional("valueTwo", &valueTwo)
            properties.required("op", &op)
        }
    }
}
