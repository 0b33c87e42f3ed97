import CSeccomp
import Diagnostics
import LinuxKernel

/// Compiles through libseccomp: slower and longer than our own programs, and the measure of what overlapping rules mean.
struct LibseccompCompiler {
    private let policy: FilterPolicy
    private let architecture: SyscallArchitecture

    init(_ policy: FilterPolicy, _ architecture: SyscallArchitecture) {
        self.policy = policy
        self.architecture = architecture
    }

    /// The instructions that decide the policy's calls, entered with the call's number loaded.
    func compile() throws(SandboxError) -> [FilterInstruction] {
        guard let filter = seccomp_init(policy.defaultAction.verdict) else {
            throw SandboxError(.system, "libseccomp made no filter")
        }
        defer { seccomp_release(filter) }
        try selectArchitecture(filter)
        for rule in policy.rules where rule.action != policy.defaultAction {
            for name in rule.names { try add(rule, to: name, filter) }
        }
        // Our own program has checked the architecture and loaded the number before it comes here, and must have:
        // libseccomp 2.5 leaves out the load when the first of its calls is one the architecture lacks.
        let program = try export(filter)
        let prefix = [
            FilterInstruction(.load, SeccompData.architecture).code,
            FilterInstruction(.jumpEqual, architecture.auditWord).code,
        ]
        guard program.count > 2, program.prefix(2).map(\.code) == prefix, program[1].operand == architecture.auditWord
        else { throw SandboxError(.system, "libseccomp's program does not begin with its architecture") }
        return Array(program.dropFirst(2))
    }

    /// Makes the filter one for our architecture alone.
    private func selectArchitecture(_ filter: scmp_filter_ctx) throws(SandboxError) {
        let native = seccomp_arch_native()
        let token = architecture.libraryToken
        if token == native { return }
        let result = seccomp_arch_add(filter, token)
        guard result == 0, seccomp_arch_remove(filter, native) == 0 else {
            throw SandboxError(
                .unsupported, "libseccomp has no architecture \(architecture.text)", errno: -result,
                remedy: "remove it, or give rules of one system call that do not overlap")
        }
    }

    private func add(_ rule: FilterPolicy.Rule, to name: String, _ filter: scmp_filter_ctx) throws(SandboxError) {
        let number = seccomp_syscall_resolve_name(name)
        if number == -1 { return }
        var groups = [rule.conditions]
        if Set(rule.conditions.map(\.index)).count < rule.conditions.count { groups = rule.conditions.map { [$0] } }
        for group in groups {
            let comparisons = group.map(\.libraryComparison)
            let result = seccomp_rule_add_array(
                filter, rule.action.verdict, number, UInt32(comparisons.count), comparisons)
            if result < 0 {
                throw SandboxError(
                    .invalidInput, "the rules of \"\(name)\" contradict each other", errno: -result,
                    remedy: "give its rules conditions that do not overlap")
            }
        }
    }

    private func export(_ filter: scmp_filter_ctx) throws(SandboxError) -> [FilterInstruction] {
        let file = try attempt("memory for the seccomp filter") { () throws(Errno) in try memoryFile("seccomp-filter") }
        let result = seccomp_export_bpf(filter, file.raw)
        if result < 0 { throw SandboxError(.system, "libseccomp could not compile the filter", errno: -result) }
        let bytes = try attempt("read the compiled filter") { () throws(Errno) in
            try syscallRetrying(Int(SYS_lseek), Int(file.raw), 0, Int(SEEK_SET))
            return try readAll(file.raw)
        }
        guard let instructions = bytes.withUnsafeBytes({ SeccompProgram.instructions($0) }) else {
            throw SandboxError(.system, "libseccomp gave \(bytes.count) bytes, no whole instructions")
        }
        return instructions
    }
}

extension SyscallArchitecture {
    /// libseccomp's token: the audit word, but x32's own, which no kernel uses.
    fileprivate var libraryToken: UInt32 { self == .x32 ? 0x4000_003e : auditWord }
}

extension ArgumentCondition {
    fileprivate var libraryComparison: scmp_arg_cmp {
        let operation =
            switch comparison {
            case .equal: SCMP_CMP_EQ
            case .notEqual: SCMP_CMP_NE
            case .less: SCMP_CMP_LT
            case .lessOrEqual: SCMP_CMP_LE
            case .greater: SCMP_CMP_GT
            case .greaterOrEqual: SCMP_CMP_GE
            case .maskedEqual: SCMP_CMP_MASKED_EQ
            }
        return scmp_arg_cmp(arg: UInt32(index), op: operation, datum_a: value, datum_b: valueTwo)
    }
}
