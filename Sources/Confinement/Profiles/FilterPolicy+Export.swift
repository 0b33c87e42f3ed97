import Diagnostics
import RuntimeSpec

extension FilterPolicy {
    /// The same verdicts as a policy whose rules may stand in any order, as config.json, Docker and Kubernetes
    /// (`localhostProfile`) read them.
    ///
    /// "All but these values" has no operator there: it becomes a list of masks that covers the other values.
    /// - Throws: `.unsupported` for rules of one call that ask different arguments and end in a rule without conditions.
    package func reorderable() throws(SandboxError) -> FilterPolicy {
        if order == .libseccomp { return self }
        let table = RuleTable(self)
        var policy = self
        policy.order = .libseccomp
        policy.rules = []
        var always: [FilterAction: [String]] = [:]
        var actions: [FilterAction] = []
        var conditional: [(outcome: RuleTable.Outcome, names: [String])] = []
        for row in 0..<SyscallName.count {
            guard let outcome = table.outcomes[row] else { continue }
            let name = SyscallName(row: row).text
            if case .always(let action) = outcome {
                if always[action] == nil { actions.append(action) }
                always[action, default: []].append(name)
            } else if let index = conditional.firstIndex(where: { $0.outcome == outcome }) {
                conditional[index].names.append(name)
            } else {
                conditional.append((outcome, [name]))
            }
        }
        // A rule that only says what the default says still tells how new the policy is.
        for action in actions { policy.rules.append(Rule(always[action] ?? [], action)) }
        for (outcome, names) in conditional {
            guard case .when(let alternatives) = outcome else { continue }
            do {
                policy.rules += try apart(alternatives).map { Rule(names, $0.action, $0.conditions) }
            } catch {
                throw error.within("rules of \(names.joined(separator: ", "))")
            }
        }
        return policy
    }

    /// Alternatives of which at most one holds for a call, or that agree where several do.
    private func apart(_ alternatives: [RuleTable.Alternative]) throws(SandboxError) -> [RuleTable.Alternative] {
        var rules = alternatives
        var last: FilterAction?
        if let trailing = rules.last, trailing.conditions.isEmpty {
            last = trailing.action
            rules.removeLast()
        }
        if let last, last != defaultAction {
            guard let index = rules.first?.conditions.first?.index, rules.allSatisfy({ $0.asksLowWord(of: index) })
            else {
                throw SandboxError(.unsupported, "they cannot be written without an order")
            }
            let values = rules.compactMap { $0.conditions.first.map { UInt32(truncatingIfNeeded: $0.valueTwo) } }
            rules += Self.complement(of: values).map { mask, value in
                RuleTable.Alternative(
                    conditions: [ArgumentCondition(index, .maskedEqual, UInt64(mask), UInt64(value))], action: last)
            }
        }
        rules.removeAll { $0.action == defaultAction }
        if RuleTable.Outcome.when(rules).isAmbiguous {
            throw SandboxError(.unsupported, "they cannot be written without an order")
        }
        return rules
    }

    /// Masks and values that together hold for every 32-bit number but `values`.
    static func complement(of values: [UInt32]) -> [(mask: UInt32, value: UInt32)] {
        var result: [(mask: UInt32, value: UInt32)] = []
        func cover(_ prefix: UInt32, _ bit: Int, _ values: [UInt32]) {
            if values.isEmpty {
                result.append((bit == 32 ? 0 : UInt32.max << UInt32(bit), prefix))
            } else if bit > 0 {
                let flag = UInt32(1) << UInt32(bit - 1)
                cover(prefix, bit - 1, values.filter { $0 & flag == 0 })
                cover(prefix | flag, bit - 1, values.filter { $0 & flag != 0 })
            }
        }
        cover(0, 32, values)
        return result
    }
}

extension RuleTable.Alternative {
    /// Whether it is one comparison of an argument's whole low half.
    fileprivate func asksLowWord(of index: Int) -> Bool {
        guard conditions.count == 1, let only = conditions.first else { return false }
        return only.index == index && only.comparison == .maskedEqual && only.value == 0xffff_ffff
    }
}

extension Spec.Linux.Seccomp {
    /// The config.json form of a policy whose rules have no order.
    ///
    /// - Parameter native: named first among the architectures. Engines answer calls newer than the policy with ENOSYS
    ///   only on architectures it names.
    package init(_ policy: FilterPolicy, for native: SyscallArchitecture) throws(SandboxError) {
        let policy = try policy.reorderable()
        let others = policy.architectures.filter { $0 != native }
        let standard = policy.defaultAction.specification
        self.init(
            defaultAction: standard.action, defaultErrnoRet: standard.number,
            architectures: [native] + others,
            flags: policy.flags == .speculationAllowed ? nil : policy.flags.specification,
            syscalls: policy.rules.map { rule in
                let (action, number) = rule.action.specification
                return Syscall(
                    names: rule.names, action: action, errnoRet: number,
                    args: rule.conditions.isEmpty ? nil : rule.conditions.map(\.specification))
            })
    }
}

extension FilterAction {
    /// As config.json writes it.
    package var specification: (action: Spec.Linux.Seccomp.Action, number: UInt32?) {
        switch self {
        case .killProcess: (.killProcess, nil)
        case .killThread: (.killThread, nil)
        case .trap: (.trap, nil)
        case .errno(let number): (.errno, UInt32(number))
        case .notify: (.notify, nil)
        case .trace(let number): (.trace, UInt32(number))
        case .log: (.log, nil)
        case .allow: (.allow, nil)
        }
    }
}

extension FilterFlags {
    fileprivate var specification: [Spec.Linux.Seccomp.Flag] {
        let all: [(FilterFlags, Spec.Linux.Seccomp.Flag)] = [
            (.synchronizeThreads, .tsync), (.log, .log), (.speculationAllowed, .specAllow),
            (.waitKillable, .waitKillableRecv),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

extension ArgumentCondition {
    fileprivate var specification: Spec.Linux.Seccomp.Argument {
        let op: Spec.Linux.Seccomp.Operator =
            switch comparison {
            case .equal: .equal
            case .notEqual: .notEqual
            case .less: .lessThan
            case .lessOrEqual: .lessOrEqual
            case .greater: .greaterThan
            case .greaterOrEqual: .greaterOrEqual
            case .maskedEqual: .maskedEqual
            }
        return .init(
            index: UInt32(index), value: value, valueTwo: comparison == .maskedEqual ? valueTwo : nil, op: op)
    }
}
