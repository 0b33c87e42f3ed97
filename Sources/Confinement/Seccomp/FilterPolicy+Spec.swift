import Diagnostics
import RuntimeSpec

extension FilterPolicy {
    /// Reads `linux.seccomp` of a config.json.
    ///
    /// Without `flags` the filter leaves speculative store bypass on, as runc does; an empty list means no flag.
    /// - Throws: `.invalidInput` that names the property: an error number above 4095, an argument index above 5.
    package init(_ spec: Spec.Linux.Seccomp, at path: String = "linux.seccomp") throws(SandboxError) {
        let action = try FilterAction(spec.defaultAction, spec.defaultErrnoRet, at: "\(path).defaultErrnoRet")
        self.init(defaultAction: action, architectures: spec.architectures ?? [])
        if let named = spec.flags { flags = named.reduce(into: []) { $0.insert(FilterFlags($1)) } }
        rules.reserveCapacity(spec.syscalls?.count ?? 0)
        for (index, entry) in (spec.syscalls ?? []).enumerated() {
            do {
                rules.append(try Rule(entry))
            } catch {
                throw error.within("\(path).syscalls[\(index)]")
            }
        }
    }
}

extension FilterPolicy.Rule {
    fileprivate init(_ entry: Spec.Linux.Seccomp.Syscall) throws(SandboxError) {
        self.init(entry.names, try FilterAction(entry.action, entry.errnoRet, at: "errnoRet"))
        if entry.names.contains(where: \.isEmpty) {
            throw SandboxError(.invalidInput, "an empty name is no system call")
        }
        guard let arguments = entry.args else { return }
        conditions.reserveCapacity(arguments.count)
        for (index, argument) in arguments.enumerated() {
            guard argument.index <= 5 else {
                throw SandboxError(
                    .invalidInput, "args[\(index)].index is \(argument.index): a system call has arguments 0 to 5")
            }
            conditions.append(
                ArgumentCondition(
                    Int(argument.index), .init(argument.op), argument.value, argument.valueTwo ?? 0))
        }
    }
}

extension FilterAction {
    /// - Parameter number: the error number of `errno`, the tracer's of `trace`; EPERM without one.
    package init(
        _ action: Spec.Linux.Seccomp.Action, _ number: UInt32?, at path: @autoclosure () -> String
    ) throws(SandboxError) {
        let number = number ?? 1
        switch action {
        case .kill, .killThread: self = .killThread
        case .killProcess: self = .killProcess
        case .trap: self = .trap
        case .errno:
            guard number <= 4095 else {
                throw SandboxError(.invalidInput, "\(path()) is \(number): an error number is at most 4095")
            }
            self = .errno(UInt16(number))
        case .trace:
            guard let number = UInt16(exactly: number) else {
                throw SandboxError(.invalidInput, "\(path()) is \(number): a tracer's number is at most 65535")
            }
            self = .trace(number)
        case .allow: self = .allow
        case .log: self = .log
        case .notify: self = .notify
        }
    }
}

extension ArgumentCondition.Comparison {
    init(_ comparison: Spec.Linux.Seccomp.Operator) {
        self =
            switch comparison {
            case .equal: .equal
            case .notEqual: .notEqual
            case .lessThan: .less
            case .lessOrEqual: .lessOrEqual
            case .greaterThan: .greater
            case .greaterOrEqual: .greaterOrEqual
            case .maskedEqual: .maskedEqual
            }
    }
}

extension FilterFlags {
    init(_ flag: Spec.Linux.Seccomp.Flag) {
        self =
            switch flag {
            case .tsync: .synchronizeThreads
            case .log: .log
            case .specAllow: .speculationAllowed
            case .waitKillableRecv: .waitKillable
            }
    }
}

extension SeccompProgram {
    /// Compiles a container's filter for the machine it runs on; done in the parent, before the child exists.
    package static func compile(
        _ spec: Spec.Linux.Seccomp, architecture: SyscallArchitecture = .native
    ) throws(SandboxError) -> SeccompProgram {
        try FilterCompiler(FilterPolicy(spec), native: architecture).compile()
    }
}
