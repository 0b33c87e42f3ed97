/// What a policy says of each system call, before any architecture's numbers come in.
///
/// The rules of one call of a config.json combine as in libseccomp and runc: a rule that only repeats the default action is nothing;
/// the first rule without conditions decides the call, whatever stands before or after it; otherwise the call
/// gets the action of the rules whose conditions all hold, and the default action when there is none.
struct RuleTable {
    /// Conditions that must all hold, and what is done then.
    struct Alternative: Hashable {
        var conditions: [ArgumentCondition]
        var action: FilterAction
    }

    /// What is done with one call.
    enum Outcome: Hashable {
        case always(FilterAction)
        /// The first that holds decides; none: the default action.
        case when([Alternative])
        /// Rules whose order matters, which libseccomp's own program decides.
        case library

        /// Reading from the top, what follows a rule without conditions is never reached.
        mutating func append(_ alternative: Alternative) {
            guard case .when(var alternatives) = self else { return }
            if alternatives.last?.conditions.isEmpty == true { return }
            if alternatives.isEmpty && alternative.conditions.isEmpty {
                self = .always(alternative.action)
            } else {
                alternatives.append(alternative)
                self = .when(alternatives)
            }
        }

        /// Adds a rule whose place does not matter.
        mutating func add(_ alternative: Alternative) {
            guard case .when(var alternatives) = self else { return }
            if alternative.conditions.isEmpty {
                self = .always(alternative.action)
            } else if !alternatives.contains(alternative) {
                alternatives.append(alternative)
                self = .when(alternatives)
            }
        }
    }

    /// A call that has a number, and what is done with it.
    struct Call {
        let row: Int
        let number: UInt32
        var outcome: Outcome
    }

    /// By row of `SyscallName`; nil where the policy has no rule that differs from the default.
    private(set) var outcomes: [Outcome?]
    /// Every row the policy names, the redundant ones too: the newest of them tells how new the policy is.
    private(set) var named: [Bool]
    private(set) var unknownNames: [String] = []
    private let order: FilterPolicy.Order

    init(_ policy: FilterPolicy) {
        order = policy.order
        outcomes = Array(repeating: nil, count: SyscallName.count)
        named = Array(repeating: false, count: SyscallName.count)
        for rule in policy.rules {
            let alternatives = Self.alternatives(of: rule)
            for name in rule.names {
                guard let call = SyscallName(name) else {
                    unknownNames.append(name)
                    continue
                }
                named[call.row] = true
                if order == .firstMatch {
                    for alternative in alternatives { outcomes[call.row, default: .when([])].append(alternative) }
                    continue
                }
                if rule.action == policy.defaultAction { continue }
                if alternatives.count == 1 && alternatives[0].conditions.isEmpty && outcomes[call.row] == nil {
                    outcomes[call.row] = .always(rule.action)
                } else {
                    for alternative in alternatives { outcomes[call.row, default: .when([])].add(alternative) }
                }
            }
        }
    }

    /// A rule with two conditions on one argument means either of them, as it always has in runc: each condition
    /// becomes a rule of its own. Otherwise all conditions have to hold.
    private static func alternatives(of rule: FilterPolicy.Rule) -> [Alternative] {
        var seen: UInt64 = 0
        var repeats = false
        for condition in rule.conditions {
            let bit: UInt64 = 1 << UInt64(condition.index & 63)
            if seen & bit != 0 { repeats = true }
            seen |= bit
        }
        let groups = repeats ? rule.conditions.map { [$0] } : [rule.conditions]
        return groups.map { conditions in
            Alternative(
                conditions: conditions.filter { !$0.isTrivial }.sorted { $0.index < $1.index }, action: rule.action)
        }
    }

    /// The outcome of each numbered call on one architecture, in no order.
    func calls(on architecture: SyscallArchitecture) -> [Call] {
        var outcomes = outcomes
        if architecture.multiplexes && order == .libseccomp {
            addMultiplexed(to: &outcomes, wide: architecture.has64BitArguments)
        }
        var calls: [Call] = []
        calls.reserveCapacity(512)
        for row in outcomes.indices {
            guard let outcome = outcomes[row], let number = SyscallName(row: row).number(on: architecture) else {
                continue
            }
            calls.append(
                Call(row: row, number: number, outcome: architecture.has64BitArguments ? outcome : narrow(outcome)))
        }
        return calls
    }

    /// Gives `socketcall` and `ipc` the rules of the calls behind them, told apart by their first argument.
    ///
    /// The other conditions of such a rule are kept as they are, as libseccomp keeps them.
    private func addMultiplexed(to outcomes: inout [Outcome?], wide: Bool) {
        for row in self.outcomes.indices {
            guard let outcome = self.outcomes[row], let behind = SyscallName(row: row).multiplexed else { continue }
            let selector = ArgumentCondition(0, .equal, UInt64(behind.call))
            let alternatives: [Alternative] =
                switch outcome {
                case .library: []
                case .always(let action): [Alternative(conditions: [selector], action: action)]
                case .when(let own):
                    own.map {
                        Alternative(conditions: [selector] + $0.conditions.filter { $0.index != 0 }, action: $0.action)
                    }
                }
            for alternative in alternatives { outcomes[behind.by.row, default: .when([])].add(alternative) }
        }
    }

    private func narrow(_ outcome: Outcome) -> Outcome {
        guard case .when(let alternatives) = outcome else { return outcome }
        var narrowed = Outcome.when([])
        for alternative in alternatives {
            let conditions = alternative.conditions.map(\.narrowed).filter { !$0.isTrivial }
            let alternative = Alternative(conditions: conditions, action: alternative.action)
            if order == .firstMatch { narrowed.append(alternative) } else { narrowed.add(alternative) }
        }
        return narrowed
    }

    /// The highest number the policy names on an architecture; ARM's private calls are left out.
    func newestNumber(on architecture: SyscallArchitecture) -> UInt32? {
        var newest: UInt32?
        for row in named.indices where named[row] {
            guard let number = SyscallName(row: row).number(on: architecture) else { continue }
            if architecture == .arm && number >= 0x0f_0000 { continue }
            newest = max(newest ?? 0, number)
        }
        return newest
    }
}

extension RuleTable {
    /// The calls for which the order of rules matters on an architecture, and those that share their rules with such a
    /// call through `socketcall` and `ipc`.
    func ambiguousRows(on architecture: SyscallArchitecture) -> Set<Int> {
        if order == .firstMatch { return [] }
        var rows = Set(calls(on: architecture).filter(\.outcome.isAmbiguous).map(\.row))
        guard architecture.multiplexes && !rows.isEmpty else { return rows }
        for row in outcomes.indices where outcomes[row] != nil {
            if let shared = SyscallName(row: row).multiplexed, rows.contains(shared.by.row) { rows.insert(row) }
        }
        return rows
    }
}

extension RuleTable.Outcome {
    /// Whether the order of its rules matters: two of different actions may hold for one call.
    var isAmbiguous: Bool {
        guard case .when(let alternatives) = self else { return false }
        for (index, first) in alternatives.enumerated() {
            for second in alternatives[(index + 1)...] where first.action != second.action {
                let apart = first.conditions.contains { condition in
                    second.conditions.contains { condition.excludes($0) }
                }
                if !apart { return true }
            }
        }
        return false
    }
}

extension Array where Element == RuleTable.Outcome? {
    fileprivate subscript(row: Int, default fallback: RuleTable.Outcome) -> RuleTable.Outcome {
        get { self[row] ?? fallback }
        set { self[row] = newValue }
    }
}
