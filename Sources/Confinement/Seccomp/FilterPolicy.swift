/// What a filter is compiled from: an OCI `linux.seccomp` object or a profile's rules, checked and resolved to types.
package struct FilterPolicy: Sendable, Equatable {
    /// One entry of `syscalls`.
    package struct Rule: Sendable, Equatable {
        package var names: [String]
        package var action: FilterAction
        /// All of them have to hold; none: every call matches.
        package var conditions: [ArgumentCondition]

        package init(_ names: [String], _ action: FilterAction, _ conditions: [ArgumentCondition] = []) {
            self.names = names
            self.action = action
            self.conditions = conditions
        }
    }

    /// How the rules of one call combine.
    package enum Order: Sendable {
        /// As in config.json: a rule without conditions decides whatever stands around it.
        case libseccomp
        /// As in a profile: from the top, the first rule that fits decides. Rules of `socketcall` and `ipc` are the ones
        /// that name them.
        case firstMatch
    }

    package var defaultAction: FilterAction
    package var order = Order.libseccomp
    /// Which the program's own architecture joins; a call by any other kills the thread.
    package var architectures: [SyscallArchitecture]
    package var flags: FilterFlags
    package var rules: [Rule]

    package init(
        defaultAction: FilterAction, architectures: [SyscallArchitecture] = [],
        flags: FilterFlags = .speculationAllowed,
        rules: [Rule] = []
    ) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.flags = flags
        self.rules = rules
    }
}

/// seccomp(2) `SECCOMP_FILTER_FLAG_*`.
package struct FilterFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// All threads get the filter; there is one when a container starts.
    package static let synchronizeThreads = FilterFlags(rawValue: 1 << 0)
    /// Everything but `allow` is logged.
    package static let log = FilterFlags(rawValue: 1 << 1)
    /// Speculative store bypass stays on: the default of runc, for speed.
    package static let speculationAllowed = FilterFlags(rawValue: 1 << 2)
    /// Installing gives the descriptor that `notify` calls are answered through.
    package static let newListener = FilterFlags(rawValue: 1 << 3)
    /// A failing `synchronizeThreads` is ESRCH instead of a thread id, which `newListener` needs.
    package static let synchronizeError = FilterFlags(rawValue: 1 << 4)
    /// A notified call that its listener has read waits for fatal signals only.
    package static let waitKillable = FilterFlags(rawValue: 1 << 5)
}

/// One comparison of an argument (config-linux.md, Seccomp `args`).
package struct ArgumentCondition: Hashable, Sendable {
    package enum Comparison: Hashable, Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        /// `argument & value == valueTwo & value`.
        case maskedEqual
    }

    /// 0 … 5.
    package var index: Int
    package var comparison: Comparison
    package var value: UInt64
    /// Used by `maskedEqual` alone.
    package var valueTwo: UInt64

    package init(_ index: Int, _ comparison: Comparison, _ value: UInt64, _ valueTwo: UInt64 = 0) {
        self.index = index
        self.comparison = comparison
        self.value = value
        self.valueTwo = valueTwo
    }

    /// Whether it holds for `argument`, of which an architecture with 32-bit arguments shows the low half.
    package func holds(_ argument: UInt64, wide: Bool) -> Bool {
        let limit: UInt64 = wide ? .max : 0xffff_ffff
        let argument = argument & limit
        let value = value & limit
        return switch comparison {
        case .equal: argument == value
        case .notEqual: argument != value
        case .less: argument < value
        case .lessOrEqual: argument <= value
        case .greater: argument > value
        case .greaterOrEqual: argument >= value
        case .maskedEqual: argument & value == valueTwo & value
        }
    }

    /// The same condition as an architecture with 32-bit arguments sees it.
    var narrowed: ArgumentCondition {
        ArgumentCondition(index, comparison, value & 0xffff_ffff, valueTwo & 0xffff_ffff)
    }

    /// Whether it holds for every argument: a mask without bits.
    var isTrivial: Bool { comparison == .maskedEqual && value == 0 }
}

extension ArgumentCondition {
    /// Whether no argument satisfies both; false also when it could not be decided.
    func excludes(_ other: ArgumentCondition) -> Bool {
        guard index == other.index else { return false }
        if comparison == .equal { return !other.holds(value, wide: true) }
        if other.comparison == .equal { return !holds(other.value, wide: true) }
        if comparison == .maskedEqual && other.comparison == .maskedEqual {
            let common = value & other.value
            return valueTwo & common != other.valueTwo & common
        }
        guard let own = range, let theirs = other.range else { return false }
        return own.isEmpty || theirs.isEmpty || !own.overlaps(theirs)
    }

    /// The arguments that satisfy an ordering, none when nothing can; nil for the other comparisons.
    private var range: ArgumentRange? {
        switch comparison {
        case .less: value == 0 ? .empty : .init(0, value - 1)
        case .lessOrEqual: .init(0, value)
        case .greater: value == .max ? .empty : .init(value + 1, .max)
        case .greaterOrEqual: .init(value, .max)
        case .equal, .notEqual, .maskedEqual: nil
        }
    }
}

/// A closed range of argument values that may be empty.
private struct ArgumentRange {
    var low: UInt64
    var high: UInt64
    init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }
    static let empty = ArgumentRange(1, 0)
    var isEmpty: Bool { low > high }
    func overlaps(_ other: ArgumentRange) -> Bool { low <= other.high && other.low <= high }
}
