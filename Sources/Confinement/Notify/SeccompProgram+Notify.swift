extension SeccompProgram {
    /// A program that hands over every call to its listener, but the one that hands over the listener itself: that one
    /// has `key` in the argument that sendmsg(2) does not use.
    ///
    /// Calls of another architecture are handed over too: who watches them decides.
    package static func notifyingAll(
        key: UInt64, on architecture: SyscallArchitecture = .native
    ) -> SeccompProgram {
        var assembler = FilterAssembler()
        let notify = assembler.returning(FilterAction.notify.verdict)
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
        label = assembler.then(.load, SeccompData.number, label)
        label = assembler.branch(.jumpEqual, architecture.auditWord, label, notify)
        _ = assembler.then(.load, SeccompData.architecture, label)
        var program = SeccompProgram(
            instructions: assembler.program, flags: [.newListener, .speculationAllowed, .waitKillable])
        program.handoverKey = key
        return program
    }

    /// The same program, but with every EPERM and every end of a thread or process left to the listener: who watches
    /// it learns what was refused.
    ///
    /// SECCOMP_RET_TRAP stays: only the kernel can tell a handler of SIGSYS which call it was.
    package var notifyingRefusals: SeccompProgram {
        let refusals = [FilterAction.errno(1), .killThread, .killProcess].map {
            FilterInstruction(.return, $0.verdict)
        }
        let notify = FilterInstruction(.return, FilterAction.notify.verdict)
        return SeccompProgram(
            instructions: instructions.map { refusals.contains($0) ? notify : $0 }, flags: flags.union(.newListener),
            warnings: warnings)
    }
}
