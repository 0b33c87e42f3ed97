extension SeccompProgram {
    /// A program that hands over every call to its listener, but the one that hands over the listener itself: that one
    /// has `key` in the argument that sendmsg(2) does not use.
    ///
    /// Calls of another architecture end the thread, as under every filter.
    package static func notifyingAll(
        key: UInt64, on architecture: SyscallArchitecture = .native
    ) -> SeccompProgram {
        var assembler = FilterAssembler()
        let notify = assembler.returning(FilterAction.notify.verdict)
        let kill = assembler.returning(FilterAction.killThread.verdict)
        let allow = assembler.returning(FilterAction.allow.verdict)
        func offset(_ high: Bool) -> UInt32 {
            SeccompData.argument(5, high: high, littleEndian: architecture.isLittleEndian)
        }
        var label = assembler.branch(.jumpEqual, UInt32(key >> 32), allow, notify)
        label = assembler.then(.load, offset(true), label)
        label = assembler.branch(.jumpEqual, UInt32(truncatingIfNeeded: key), label, notify)
        label = assembler.then(.load, offset(false), label)
        let handover = SyscallName("sendmsg")?.number(on: architecture) ?? .max
        label = assembler.branch(.jumpEqual, handover, label, notify)
        if architecture == .x86_64 {
            let foreign = assembler.branch(.jumpEqual, .max, notify, kill)
            label = assembler.branch(.jumpGreaterOrEqual, SyscallArchitecture.x32.numberBase, foreign, label)
        }
        label = assembler.then(.load, SeccompData.number, label)
        label = assembler.branch(.jumpEqual, architecture.auditWord, label, kill)
        _ = assembler.then(.load, SeccompData.architecture, label)
        var program = SeccompProgram(
            instructions: assembler.program, flags: [.newListener, .speculationAllowed, .waitKillable])
        program.handoverKey = key
        return program
    }

    /// The same program, but with every EPERM answered by the listener: who watches it learns what was refused.
    package var notifyingRefusals: SeccompProgram {
        let refusal = FilterInstruction(.return, FilterAction.errno(1).verdict)
        let notify = FilterInstruction(.return, FilterAction.notify.verdict)
        return SeccompProgram(
            instructions: instructions.map { $0 == refusal ? notify : $0 }, flags: flags.union(.newListener),
            warnings: warnings)
    }
}
