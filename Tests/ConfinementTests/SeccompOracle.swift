import CSeccomp
import Confinement
import Glibc
import Testing

/// libseccomp's program for a policy, built as runc builds it, and the verdicts to expect from ours.
struct SeccompOracle {
    let program: FilterInterpreter
    let policy: FilterPolicy
    let architectures: [SyscallArchitecture]
    /// The newest number the policy names on each architecture.
    private let newest: [SyscallArchitecture: UInt32]

    /// Nil when libseccomp refuses the rules.
    init?(_ policy: FilterPolicy, native: SyscallArchitecture) throws {
        self.policy = policy
        architectures = [native] + policy.architectures.filter { $0 != native }
        guard let program = try Self.compile(policy, architectures) else { return nil }
        self.program = FilterInterpreter(program: program)
        var newest: [SyscallArchitecture: UInt32] = [:]
        for architecture in architectures {
            newest[architecture] = policy.rules.flatMap(\.names).compactMap { name in
                SyscallName(name)?.number(on: architecture).flatMap {
                    $0 < 0x0f_0000 || architecture != .arm ? $0 : nil
                }
            }.max()
        }
        self.newest = newest
    }

    static func token(_ architecture: SyscallArchitecture) -> UInt32 {
        architecture == .x32 ? UInt32(0x4000_003e) : architecture.auditWord
    }

    private static func compile(
        _ policy: FilterPolicy, _ architectures: [SyscallArchitecture]
    ) throws -> [FilterInstruction]? {
        let filter = try #require(seccomp_init(policy.defaultAction.verdict))
        defer { seccomp_release(filter) }
        let native = seccomp_arch_native()
        for architecture in architectures where token(architecture) != native {
            try #require(seccomp_arch_add(filter, token(architecture)) == 0)
        }
        if !architectures.contains(where: { token($0) == native }) {
            try #require(seccomp_arch_remove(filter, native) == 0)
        }
        for rule in policy.rules where rule.action != policy.defaultAction {
            var groups = [rule.conditions]
            if Set(rule.conditions.map(\.index)).count < rule.conditions.count {
                groups = rule.conditions.map { [$0] }
            }
            for name in rule.names {
                let number = seccomp_syscall_resolve_name(name)
                if number == -1 { continue }
                for group in groups {
                    let comparisons = group.map(comparison)
                    let result = seccomp_rule_add_array(
                        filter, rule.action.verdict, number, UInt32(comparisons.count), comparisons)
                    if result != 0 { return nil }
                }
            }
        }
        let file = memfd_create("oracle", 0)
        defer { close(file) }
        try #require(seccomp_export_bpf(filter, file) == 0)
        let size = Int(lseek(file, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: size)
        try #require(pread(file, &bytes, size, 0) == size)
        let instructions = bytes.withUnsafeBytes { SeccompProgram.instructions($0) }
        guard let instructions else { throw FilterInterpreter.Fault.ranOff }
        return instructions
    }

    private static func comparison(_ condition: ArgumentCondition) -> scmp_arg_cmp {
        let operation =
            switch condition.comparison {
            case .equal: SCMP_CMP_EQ
            case .notEqual: SCMP_CMP_NE
            case .less: SCMP_CMP_LT
            case .lessOrEqual: SCMP_CMP_LE
            case .greater: SCMP_CMP_GT
            case .greaterOrEqual: SCMP_CMP_GE
            case .maskedEqual: SCMP_CMP_MASKED_EQ
            }
        return scmp_arg_cmp(
            arg: UInt32(condition.index), op: operation, datum_a: condition.value, datum_b: condition.valueTwo)
    }

    /// libseccomp's verdict, but ENOSYS for calls newer than the policy: the one stated difference, which runc has too.
    func verdict(_ data: CallData) throws -> UInt32 {
        if isUnknown(data) { return FilterAction.errno(38).verdict }
        return try program.run(data).verdict
    }

    /// Whether the ENOSYS rule applies to a call.
    private func isUnknown(_ data: CallData) -> Bool {
        if policy.defaultAction.isPermissive { return false }
        let isX32 = data.architecture == SyscallArchitecture.x86_64.auditWord && data.number >= 0x4000_0000
        let architecture: SyscallArchitecture? =
            isX32 ? .x32 : architectures.first { $0.auditWord == data.architecture && $0 != .x32 }
        guard let architecture, architectures.contains(architecture), let newest = newest[architecture] else {
            return false
        }
        return data.number > newest
    }
}

extension FilterPolicy {
    /// The policy without names this libseccomp does not know, or not on each architecture, as its tables are older.
    var knownToLibrary: FilterPolicy {
        var policy = self
        let compared: [SyscallArchitecture] = [.x86_64, .x32, .aarch64, .riscv64, .arm, .mipsel64]
        for index in policy.rules.indices {
            policy.rules[index].names.removeAll { name in
                compared.contains { architecture in
                    let theirs = seccomp_syscall_resolve_name_arch(SeccompOracle.token(architecture), name)
                    return theirs < 0 && SyscallName(name)?.number(on: architecture) != nil
                }
            }
        }
        return policy
    }

    /// What the rules say, read one by one: the verdict both compilers should come to, ENOSYS for new calls aside.
    func plainVerdict(_ data: CallData, _ architecture: SyscallArchitecture) -> UInt32 {
        var matching: FilterAction?
        for rule in rules where rule.action != defaultAction {
            for name in rule.names where SyscallName(name)?.number(on: architecture) == data.number {
                let holds = rule.conditions.map {
                    $0.holds(data.arguments[$0.index], wide: architecture.has64BitArguments)
                }
                let always = rule.conditions.allSatisfy {
                    $0.comparison == .maskedEqual
                        && $0.value & (architecture.has64BitArguments ? .max : 0xffff_ffff) == 0
                }
                if always { return rule.action.verdict }
                let repeats = Set(rule.conditions.map(\.index)).count < rule.conditions.count
                if repeats ? holds.contains(true) : holds.allSatisfy({ $0 }) { matching = rule.action }
            }
        }
        return (matching ?? defaultAction).verdict
    }

    /// Argument values on both sides of every comparison's edge, for each argument.
    var edgeArguments: [[UInt64]] {
        var values: Set<UInt64> = [0, 1, .max, 0xffff_ffff, 0x1_0000_0000]
        for condition in rules.flatMap(\.conditions) {
            for value in [condition.value, condition.valueTwo] {
                values.formUnion([value, value &- 1, value &+ 1, value ^ (1 << 32), value ^ (1 << 63), ~value])
                values.formUnion([value | 0xffff_ffff_0000_0000, value & 0xffff_ffff, value | 0x100])
            }
        }
        return values.sorted().map { value in [UInt64](repeating: value, count: 6) }
    }
}
