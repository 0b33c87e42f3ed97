import Diagnostics

/// Compiles a policy to the classic BPF program that gives the same verdict on every call.
///
/// The program checks the architecture first and refuses unnamed ones by killing the thread, as libseccomp's do; then
/// a balanced tree over number ranges decides. A call that is allowed or refused by its number alone never loads an
/// argument, so the kernel's cache of allowed calls (Linux 5.11) takes it.
package struct FilterCompiler {
    /// Changes with what the compiler makes of a policy, so that no program of an older one is taken from a cache.
    package static let version = 1

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
        var libraries: [SyscallArchitecture: Library] = [:]
        for architecture in architectures {
            let rows = table.ambiguousRows(on: architecture)
            if rows.isEmpty { continue }
            // Which of two overlapping rules wins is libseccomp's to say: engines rely on its answer.
            let own = policy.restricted(to: rows, on: architecture)
            libraries[architecture] = Library(rows: rows, program: try LibseccompCompiler(own, architecture).compile())
        }
        let instructions = program(table, libraries)
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
}

extension FilterCompiler {
    /// A program of libseccomp's that decides some calls by itself, put behind our own.
    private struct Library {
        let rows: Set<Int>
        let program: [FilterInstruction]
    }

    private func program(
        _ table: RuleTable, _ libraries: [SyscallArchitecture: Library]
    ) -> [FilterInstruction] {
        var assembler = FilterAssembler()
        let bad = assembler.returning(FilterAction.killThread.verdict)
        var sections: [(word: UInt32, label: FilterAssembler.Label)] = []
        for architecture in architectures.reversed() where architecture != .x32 {
            let withX32 = architecture == .x86_64 && architectures.contains(.x32)
            var upper: FilterAssembler.Label?
            if withX32 {
                upper = tree(table, libraries[.x32], .x32, into: &assembler)
            } else if architecture == .x86_64 {
                // A tracer skips a call by setting its number to -1 (seccomp(2)): no x32 call, though bit 30 is set.
                let bad = assembler.returning(FilterAction.killThread.verdict)
                let skipped = assembler.returning(policy.defaultAction.verdict)
                upper = assembler.branch(.jumpEqual, .max, skipped, bad)
            }
            var label = tree(table, libraries[architecture], architecture, into: &assembler)
            if let upper {
                label = assembler.branch(.jumpGreaterOrEqual, SyscallArchitecture.x32.numberBase, upper, label)
            }
            sections.append((architecture.auditWord, assembler.then(.load, SeccompData.number, label)))
        }
        var entry = bad
        for (word, label) in sections { entry = assembler.branch(.jumpEqual, word, label, entry) }
        _ = assembler.then(.load, SeccompData.architecture, entry)
        return assembler.program
    }

    private func tree(
        _ table: RuleTable, _ library: Library?, _ architecture: SyscallArchitecture,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var calls = table.calls(on: architecture)
        var start: FilterAssembler.Label?
        if let library {
            start = assembler.prepend(library.program)
            for index in calls.indices where library.rows.contains(calls[index].row) { calls[index].outcome = .library }
        }
        let answersUnknown = !policy.defaultAction.isPermissive
        let newest = answersUnknown ? table.newestNumber(on: architecture) : nil
        if newest != nil && (architecture == .s390 || architecture == .s390x) {
            // Numbers the kernel does not know arrive as 0 there, the long unused setup(2).
            calls.removeAll { $0.number == 0 }
            calls.append(RuleTable.Call(row: -1, number: 0, outcome: .always(.errno(38))))
        }
        let map = IntervalMap(
            calls, default: policy.defaultAction, first: architecture == .x32 ? architecture.numberBase : 0,
            newest: newest)
        var tree = DecisionTree(map, default: policy.defaultAction, on: architecture, library: start)
        return tree.emit(into: &assembler)
    }
}

extension FilterPolicy {
    /// The policy with the rules of some calls only, and of the multiplexers they also go through: without the rule
    /// that settles `socketcall`, those of `socket` could contradict each other there.
    fileprivate func restricted(to calls: Set<Int>, on architecture: SyscallArchitecture) -> FilterPolicy {
        var policy = self
        var rows = calls
        if architecture.multiplexes {
            rows.formUnion(calls.compactMap { SyscallName(row: $0).multiplexed?.by.row })
        } else {
            rows = rows.filter { SyscallName(row: $0).number(on: architecture) != nil }
        }
        policy.rules = rules.compactMap { rule in
            var rule = rule
            rule.names.removeAll { name in SyscallName(name).map { !rows.contains($0.row) } ?? true }
            return rule.names.isEmpty ? nil : rule
        }
        return policy
    }
}
