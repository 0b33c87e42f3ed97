/// Turns intervals into comparisons: a balanced tree, whose leaves take up to seven intervals of the shape
/// "this, but for a few single numbers" by comparing for equality.
struct DecisionTree {
    private let map: IntervalMap
    private let defaultAction: FilterAction
    private let architecture: SyscallArchitecture
    /// Where libseccomp's program starts, when there is one.
    private let library: FilterAssembler.Label?
    private var blocks: [FilterAssembler.Label?]

    init(
        _ map: IntervalMap, default defaultAction: FilterAction, on architecture: SyscallArchitecture,
        library: FilterAssembler.Label?
    ) {
        self.map = map
        self.defaultAction = defaultAction
        self.architecture = architecture
        self.library = library
        blocks = Array(repeating: nil, count: map.outcomes.count)
    }

    /// Emits the tree; A holds the call's number when it is entered.
    mutating func emit(into assembler: inout FilterAssembler) -> FilterAssembler.Label {
        let groups = Self.groups(map.intervals)
        return emit(groups[...], into: &assembler)
    }

    /// Runs of intervals that one leaf decides.
    private static func groups(_ intervals: [IntervalMap.Interval]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        while start < intervals.count {
            var end = start + 1
            while end + 1 < intervals.count && end - start < 6 && intervals[end + 1].start == intervals[end].start + 1
                && intervals[end + 1].outcome == intervals[start].outcome
            {
                end += 2
            }
            groups.append(start..<end)
            start = end
        }
        return groups
    }

    private mutating func emit(
        _ groups: ArraySlice<Range<Int>>, into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        guard groups.count > 1 else { return emitLeaf(groups.first ?? 0..<1, into: &assembler) }
        let middle = groups.startIndex + groups.count / 2
        let upper = emit(groups[middle...], into: &assembler)
        let lower = emit(groups[..<middle], into: &assembler)
        return assembler.branch(.jumpGreaterOrEqual, map.intervals[groups[middle].lowerBound].start, upper, lower)
    }

    private mutating func emitLeaf(
        _ group: Range<Int>, into assembler: inout FilterAssembler
    ) -> FilterAssembler.Label {
        var label = block(map.intervals[group.lowerBound].outcome, into: &assembler)
        for single in stride(from: group.upperBound - 2, to: group.lowerBound, by: -2) {
            let match = block(map.intervals[single].outcome, into: &assembler)
            // A block emitted meanwhile may have moved the other target out of a short jump's reach: branch relays.
            label = assembler.branch(.jumpEqual, map.intervals[single].start, match, label)
        }
        return label
    }

    /// The code of an outcome: emitted once, and again when it is out of reach.
    private mutating func block(_ outcome: Int, into assembler: inout FilterAssembler) -> FilterAssembler.Label {
        switch map.outcomes[outcome] {
        case .always(let action): return assembler.returning(action.verdict)
        case .library: return library ?? assembler.returning(defaultAction.verdict)
        case .when(let alternatives):
            if let known = blocks[outcome] { return known }
            var checks = ArgumentChecks(on: architecture, default: defaultAction)
            let label = checks.emit(alternatives, into: &assembler)
            blocks[outcome] = label
            return label
        }
    }
}
