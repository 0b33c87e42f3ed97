/// How owners on disk are shown, and how those set through the overlay are stored.
package struct OwnerMap: Equatable, Sendable {
    /// `count` ids from `stored` on are shown as those from `shown` on.
    package struct Range: Equatable, Sendable {
        package var stored: UInt32
        package var shown: UInt32
        package var count: UInt32

        package init(stored: UInt32, shown: UInt32, count: UInt32) {
            self.stored = stored
            self.shown = shown
            self.count = count
        }
    }

    /// What becomes of an id that is set through the overlay.
    package enum Stored: Equatable, Sendable {
        case id(UInt32)
        /// Owners on disk are left alone.
        case unchanged
        /// No range shows it.
        case unmapped
    }

    /// Empty: ids are shown as they are.
    package var ranges: [Range] = []
    /// Every owner is shown as this one.
    package var squashed: UInt32?
    /// The kernel's id for what has no place in a map (/proc/sys/kernel/overflowuid).
    package static let overflow: UInt32 = 65534

    package init() {}

    /// Reads `stored:shown:count[:…]`; nil when it is something else, or a range is empty or overflows.
    package init?(_ text: String) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard numbers.count % 3 == 0 else { return nil }
        for start in stride(from: 0, to: numbers.count, by: 3) {
            guard let stored = numbers[start], let shown = numbers[start + 1], let count = numbers[start + 2],
                count > 0,
                !stored.addingReportingOverflow(count - 1).overflow, !shown.addingReportingOverflow(count - 1).overflow
            else { return nil }
            ranges.append(Range(stored: stored, shown: shown, count: count))
        }
    }

    package var isIdentity: Bool { ranges.isEmpty && squashed == nil }

    package func shown(_ id: UInt32) -> UInt32 {
        if let squashed { return squashed }
        if ranges.isEmpty { return id }
        let range = ranges.first { id >= $0.stored && id - $0.stored < $0.count }
        return range.map { $0.shown + (id - $0.stored) } ?? Self.overflow
    }

    package func stored(_ id: UInt32) -> Stored {
        if squashed != nil { return .unchanged }
        if ranges.isEmpty { return .id(id) }
        let range = ranges.first { id >= $0.shown && id - $0.shown < $0.count }
        return range.map { .id($0.stored + (id - $0.shown)) } ?? .unmapped
    }
}
