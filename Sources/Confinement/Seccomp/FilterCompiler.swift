import Diagnostics

/// Compiles a policy to the classic BPF program that gives the same verdict on every call.
///
/// The program checks the architecture first and refuses unnamed ones by killing the thread, as libseccomp's do; then
/// a balanced tree over number ranges decides. A call that is allowed or refused by its number alone never loads an
/// argument, so the kernel's cache of allowed calls (Linux 5.11) takes it.
package struct FilterCompiler {
    private let policy: FilterPolicy
    private let native: SyscallArchitecture

    /// - Parameter native: the architecture the program runs on, always part of the filter.
    package init(_ policy: FilterPolicy, native: SyscallArchitecture = .native) {
        self.policy = policy
        self.native = native
    }

    /// The program, with warnings for the system calls no table knows.
    package func compile() throws(SandboxError) -> SeccompProgram {
        try check()
        let table = RuleTable(policy)
        var instructions: [FilterInstruction]
        if let program = Self.program(policy, table, architectures) {
            instructions = program
        } else {
            // Which of two overlapping rules wins is libseccomp's to say: engines rely on its answer.
            instructions = Self.unknownCallStub(policy, table, architectures)
            instructions += try LibseccompCompiler(policy, architectures).compile()
        }
        if instructions.count > FilterInstruction.mostPerProgram {
            throw SandboxError(
                .unsupported,
                "the filter has \(instructions.count) instructions, the kernel takes \(FilterInstruction.mostPerProgram)"
            )
        }
        let notifies = policy.rules.contains { $0.action == .notify }
        return SeccompProgram(
            instructions: instructions, flags: notifies ? policy.flags.union(.newListener) : policy.flags,
            warnings: table.unknownNames.map { "unknown system call \"\($0)\" is ignored" })
    }

    /// The policy's architectures and the native one, which comes first.
    private var architectures: [SyscallArchitecture] {
        var list = [native]
        for architecture in policy.architectures where !list.contains(architecture) { list.append(architecture) }
        return list
    }

    private func check() throws(SandboxError) {
        for architecture in policy.architectures where architecture.isLittleEndian != native.isLittleEndian {
            throw SandboxError(
                .invalidInput,
                "architecture \(architecture.text) has another byte order than \(native.text)")
        }
        if policy.defaultAction == .notify {
            throw SandboxError(.invalidInput, "notify cannot be the default action: starting the command needs calls")
        }
        for rule in policy.rules where rule.action == .notify && rule.names.contains("write") {
            throw SandboxError(
                .invalidInput, "notify cannot be used for \"write\": handing over the listener needs that call")
        }
    }

    /// Whether calls newer than the policy fail with ENOSYS: only where the default would refuse them otherwise.
    static func answersUnknownCalls(_ policy: FilterPolicy) -> Bool { !policy.defaultAction.isPermissive }
}

extension FilterCompiler {
    /// Nil when rules of different actions overlap in a way whose order matters.
    static func program(
        _ policy: FilterPolicy, _ table: RuleTable, _ architectures: [SyscallArchitecture]
    ) -> [FilterInstruction]? {
        var assembler = FilterAssembler()
        let bad = assembler.returning(FilterAction.killThread.verdict)
        var sections: [(word: UInt32, label: FilterAssembler.Label)] = []
        for architecture in architectures.reversed() where architecture != .x32 {
            let withX32 = architecture == .x86_64 && architectures.contains(.x32)
            guard let label = section(policy, table, architecture, withX32: withX32, into: &assembler) else {
                return nil
            }
            sections.append((architecture.auditWord, label))
        }
        var entry = bad
        for (word, label) in sections { entry = assembler.branch(.jumpEqual, word, label, entry) }
        entry = assembler.then(.load, SeccompData.architecture, entry)
        return assembler.program
    }

    private static func section(
        _ policy: FilterPolicy, _ table: RuleTable, _ architecture: SyscallArchitecture, withX32: Bool,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label? {
        guard let map = intervals(policy, table, architecture) else { return nil }
        var upper: FilterAssembler.Label?
        if withX32 {
            guard let map = intervals(policy, table, .x32) else { return nil }
            var tree = DecisionTree(map, default: policy.defaultAction, on: .x32)
            upper = tree.emit(into: &assembler)
        } else if architecture == .x86_64 {
            // A tracer skips a call by setting its number to -1 (seccomp(2)): no x32 call, though bit 30 is set.
            let bad = assembler.returning(FilterAction.killThread.verdict)
            let skipped = assembler.returning(policy.defaultAction.verdict)
            upper = assembler.branch(.jumpEqual, .max, skipped, bad)
        }
        var tree = DecisionTree(map, default: policy.defaultAction, on: architecture)
        var label = tree.emit(into: &assembler)
        if let upper { label = assembler.branch(.jumpGreaterOrEqual, SyscallArchitecture.x32.numberBase, upper, label) }
        return assembler.then(.load, SeccompData.number, label)
    }

    private static func intervals(
        _ policy: FilterPolicy, _ table: RuleTable, _ architecture: SyscallArchitecture
    ) -> IntervalMap? {
        var calls = table.calls(on: architecture)
        if policy.order == .libseccomp && calls.contains(where: { $0.outcome.isAmbiguous }) { return nil }
        let newest = answersUnknownCalls(policy) ? table.newestNumber(on: architecture) : nil
        if newest != nil && (architecture == .s390 || architecture == .s390x) {
            // Numbers the kernel does not know arrive as 0 there, the long unused setup(2).
            calls.removeAll { $0.number == 0 }
            calls.append((0, .always(.errno(38))))
        }
        return IntervalMap(
            calls, default: policy.defaultAction, first: architecture == .x32 ? architecture.numberBase : 0,
            newest: newest)
    }

    /// A program that answers unknown calls with ENOSYS and lets the one that follows it decide the others.
    static func unknownCallStub(
        _ policy: FilterPolicy, _ table: RuleTable, _ architectures: [SyscallArchitecture]
    ) -> [FilterInstruction] {
        guard answersUnknownCalls(policy) else { return [] }
        var assembler = FilterAssembler()
        let unknown = assembler.returning(FilterAction.errno(38).verdict)
        let known = assembler.jumpPastEnd()
        var entry = known
        for architecture in architectures.reversed() where architecture != .x32 {
            guard let newest = table.newestNumber(on: architecture) else { continue }
            var label = assembler.branch(.jumpGreater, newest, unknown, known)
            if architecture == .x86_64 {
                var upper = known
                if architectures.contains(.x32), let newest = table.newestNumber(on: .x32) {
                    upper = assembler.branch(.jumpGreater, newest, unknown, known)
                }
                label = assembler.branch(.jumpGreaterOrEqual, SyscallArchitecture.x32.numberBase, upper, label)
            } else if architecture == .s390 || architecture == .s390x {
                label = assembler.branch(.jumpEqual, 0, unknown, label)
            }
            label = assembler.then(.load, SeccompData.number, label)
            entry = assembler.branch(.jumpEqual, architecture.auditWord, label, entry)
        }
        _ = assembler.then(.load, SeccompData.architecture, entry)
        return assembler.program
    }
}
