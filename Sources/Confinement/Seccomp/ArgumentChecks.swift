/// The code that compares a call's arguments, 32 bits at a time.
struct ArgumentChecks {
    private let architecture: SyscallArchitecture
    private let defaultAction: FilterAction

    init(on architecture: SyscallArchitecture, default defaultAction: FilterAction) {
        self.architecture = architecture
        self.defaultAction = defaultAction
    }

    /// Tries the alternatives one after the other; none that holds: the default action.
    mutating func emit(
        _ alternatives: [RuleTable.Alternative], into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var next = assembler.returning(defaultAction.verdict)
        var remaining = alternatives[...]
        while let last = remaining.last {
            let run = equalities(endingIn: remaining)
            if run.count > 1 {
                next = emit(equalities: run, otherwise: next, into: &assembler)
                remaining = remaining.dropLast(run.count)
            } else {
                let success = assembler.returning(last.action.verdict)
                next = emit(last.conditions, success: success, failure: next, into: &assembler)
                remaining = remaining.dropLast()
            }
        }
        return next
    }

    private mutating func emit(
        _ conditions: [ArgumentCondition], success: FilterAssembler.Label, failure: FilterAssembler.Label,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var target = success
        for condition in conditions.reversed() {
            target = emit(condition, target, failure, into: &assembler)
        }
        return target
    }

    /// A question for one value of an argument's low half, beside one value of the high half or none.
    private struct WordEquality {
        let index: Int
        let low: UInt32
        let high: UInt32?
    }

    private func wordEquality(_ alternative: RuleTable.Alternative) -> WordEquality? {
        guard alternative.conditions.count == 1, let only = alternative.conditions.first else { return nil }
        let wide = architecture.has64BitArguments
        switch only.comparison {
        case .equal:
            return WordEquality(
                index: only.index, low: UInt32(truncatingIfNeeded: only.value),
                high: wide ? UInt32(only.value >> 32) : nil)
        case .maskedEqual where only.value == 0xffff_ffff:
            return WordEquality(index: only.index, low: UInt32(truncatingIfNeeded: only.valueTwo), high: nil)
        default: return nil
        }
    }

    /// The longest tail of alternatives that each ask one argument for one value, with the same high half.
    private func equalities(
        endingIn alternatives: ArraySlice<RuleTable.Alternative>
    ) -> ArraySlice<RuleTable.Alternative> {
        guard let last = alternatives.last.flatMap(wordEquality) else { return alternatives.suffix(1) }
        let run = alternatives.reversed().prefix { alternative in
            guard let next = wordEquality(alternative) else { return false }
            return next.index == last.index && next.high == last.high
        }
        return alternatives.suffix(run.count)
    }

    /// One look at each half for a whole run of values.
    private mutating func emit(
        equalities run: ArraySlice<RuleTable.Alternative>, otherwise: FilterAssembler.Label,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var label = otherwise
        var sample: WordEquality?
        for alternative in run.reversed() {
            guard let equality = wordEquality(alternative) else { continue }
            sample = equality
            let match = assembler.returning(alternative.action.verdict)
            label = assembler.branch(.jumpEqual, equality.low, match, label)
        }
        guard let sample else { return label }
        label = load(sample.index, high: false, then: label, into: &assembler)
        guard let high = sample.high else { return label }
        label = assembler.branch(.jumpEqual, high, label, otherwise)
        return load(sample.index, high: true, then: label, into: &assembler)
    }

    private func load(
        _ index: Int, high: Bool, then next: FilterAssembler.Label, into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        let offset = SeccompData.argument(index, high: high, littleEndian: architecture.isLittleEndian)
        return assembler.then(.load, offset, next)
    }

    /// One condition: goes on at `holds` or at `fails`.
    private mutating func emit(
        _ condition: ArgumentCondition, _ holds: FilterAssembler.Label, _ fails: FilterAssembler.Label,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        switch condition.comparison {
        case .equal: equal(condition, holds, fails, into: &assembler)
        case .notEqual: equal(condition, fails, holds, into: &assembler)
        case .greater: ordered(condition, .jumpGreater, holds, fails, into: &assembler)
        case .greaterOrEqual: ordered(condition, .jumpGreaterOrEqual, holds, fails, into: &assembler)
        case .less: ordered(condition, .jumpGreaterOrEqual, fails, holds, into: &assembler)
        case .lessOrEqual: ordered(condition, .jumpGreater, fails, holds, into: &assembler)
        case .maskedEqual: masked(condition, holds, fails, into: &assembler)
        }
    }

    private func equal(
        _ condition: ArgumentCondition, _ holds: FilterAssembler.Label, _ fails: FilterAssembler.Label,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var label = assembler.branch(.jumpEqual, UInt32(truncatingIfNeeded: condition.value), holds, fails)
        label = load(condition.index, high: false, then: label, into: &assembler)
        guard architecture.has64BitArguments else { return label }
        label = assembler.branch(.jumpEqual, UInt32(condition.value >> 32), label, fails)
        return load(condition.index, high: true, then: label, into: &assembler)
    }

    private func ordered(
        _ condition: ArgumentCondition, _ code: FilterInstruction.Code, _ holds: FilterAssembler.Label,
        _ fails: FilterAssembler.Label, into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var label = assembler.branch(code, UInt32(truncatingIfNeeded: condition.value), holds, fails)
        label = load(condition.index, high: false, then: label, into: &assembler)
        guard architecture.has64BitArguments else { return label }
        let high = UInt32(condition.value >> 32)
        label = assembler.branch(.jumpEqual, high, label, fails)
        label = assembler.branch(.jumpGreater, high, holds, label)
        return load(condition.index, high: true, then: label, into: &assembler)
    }

    private func masked(
        _ condition: ArgumentCondition, _ holds: FilterAssembler.Label, _ fails: FilterAssembler.Label,
        into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var label = holds
        for high in architecture.has64BitArguments ? [false, true] : [false] {
            let shift: UInt64 = high ? 32 : 0
            let mask = UInt32(truncatingIfNeeded: condition.value >> shift)
            let value = UInt32(truncatingIfNeeded: condition.valueTwo >> shift) & mask
            if mask == 0 { continue }
            if value == 0 {
                label = assembler.branch(.jumpBits, mask, fails, label)
            } else {
                label = assembler.branch(.jumpEqual, value, label, fails)
                if mask != .max { label = assembler.then(.and, mask, label) }
            }
            label = load(condition.index, high: high, then: label, into: &assembler)
        }
        return label
    }
}
