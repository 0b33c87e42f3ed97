/// The whole range of system call numbers of one architecture, cut into intervals of one outcome each.
struct IntervalMap {
    struct Interval {
        /// It reaches to the next interval's start, the last one to the end of the range.
        var start: UInt32
        /// Which of `outcomes`.
        var outcome: Int
    }

    private(set) var intervals: [Interval] = []
    private(set) var outcomes: [RuleTable.Outcome] = []

    /// Adds what holds from `start` on; calls come in ascending order.
    private mutating func append(_ start: UInt32, _ outcome: RuleTable.Outcome) {
        let index = intern(outcome)
        if let last = intervals.last {
            if last.outcome == index { return }
        }
        intervals.append(Interval(start: start, outcome: index))
    }

    private mutating func intern(_ outcome: RuleTable.Outcome) -> Int {
        if let known = outcomes.firstIndex(of: outcome) { return known }
        outcomes.append(outcome)
        return outcomes.count - 1
    }

    /// Cuts the range from `first` to the highest number.
    ///
    /// Calls newer than every one the policy names fail with ENOSYS instead of the default action, so that programs
    /// fall back to what they used before (as in runc); `newest` nil: they get the default.
    init(
        _ calls: [RuleTable.Call], default defaultAction: FilterAction, first: UInt32 = 0,
        newest: UInt32?
    ) {
        var gap = first
        for call in calls.sorted(by: { $0.number < $1.number }) {
            if call.number > gap { fill(from: gap, defaultAction, newest, upTo: call.number) }
            append(call.number, call.outcome)
            gap = call.number + 1
        }
        fill(from: gap, defaultAction, newest, upTo: .max)
    }

    /// What numbers without a rule get, from `start` to before `end`.
    private mutating func fill(from start: UInt32, _ action: FilterAction, _ newest: UInt32?, upTo end: UInt32) {
        let unknown = newest.map { max($0 + 1, start) }
        if start < unknown ?? .max { append(start, .always(action)) }
        if let unknown, unknown < end { append(unknown, .always(.errno(38))) }
    }
}
