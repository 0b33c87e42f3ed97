import LinuxKernel

extension CallNotification {
    /// The calling convention it was made by; nil for one that no table knows.
    package var convention: SyscallArchitecture? {
        let base = SyscallArchitecture.x32.numberBase
        if architecture == SyscallArchitecture.x32.auditWord && number != .max && number & base != 0 { return .x32 }
        return SyscallArchitecture.allCases.first { $0 != .x32 && $0.auditWord == architecture }
    }

    /// By another convention than the machine's own.
    package var isForeign: Bool { convention != .native }

    /// The call's name by its own convention.
    package var name: SyscallName? { convention.flatMap { SyscallName(number: number, on: $0) } }
}

/// What a policy says of calls as they come in.
package struct CallJudge: Sendable {
    private let verdicts: [CallVerdict]
    package let otherwise: FilterAction
    /// Rows of `SyscallName` by number, for each convention the policy lets in.
    private let rows: [SyscallArchitecture: [UInt32: Int]]

    package init(_ policy: FilterPolicy) {
        verdicts = policy.verdicts()
        otherwise = policy.defaultAction
        var rows: [SyscallArchitecture: [UInt32: Int]] = [:]
        for architecture in [.native] + policy.architectures {
            var numbers: [UInt32: Int] = [:]
            for row in 0..<SyscallName.count {
                if let number = SyscallName(row: row).number(on: architecture) { numbers[number] = row }
            }
            rows[architecture] = numbers
        }
        self.rows = rows
    }

    /// Whether calls by a convention are decided by rules; the others end their thread.
    package func admits(_ convention: SyscallArchitecture) -> Bool { rows[convention] != nil }

    /// Nil for a number that is no call of a convention the policy lets in.
    package func call(_ call: CallNotification) -> SyscallName? {
        guard let convention = call.convention, let row = rows[convention]?[call.number] else { return nil }
        return SyscallName(row: row)
    }

    /// What the policy's program does with a call.
    package func action(_ call: CallNotification) -> FilterAction {
        guard let convention = call.convention, admits(convention) else { return .killThread }
        guard let name = self.call(call) else { return otherwise }
        return verdicts[name.row].action(call.arguments, on: convention)
    }
}

extension CallVerdict {
    /// What happens to a call with these arguments.
    package func action(
        _ arguments: [UInt64], on architecture: SyscallArchitecture = .native
    ) -> FilterAction {
        let wide = architecture.has64BitArguments
        let met = cases.first { one in one.conditions.allSatisfy { $0.holds(arguments[$0.index], wide: wide) } }
        return met?.action ?? otherwise
    }
}
