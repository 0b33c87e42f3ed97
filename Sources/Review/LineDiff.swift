/// Which lines two texts have in common.
///
/// Lines that stand once in both texts are taken as anchors first, as the patience method does: they keep a change of
/// many places readable and cheap. Between anchors the shortest edit is looked for (Myers, "An O(ND) Difference
/// Algorithm"); where even that would take too long, the lines between are shown as replaced, which is right, if long.
package struct LineDiff: Sendable {
    /// A run of lines of the old text that the new one has others for; one of the two may be empty.
    package struct Edit: Equatable, Sendable {
        package var old: Range<Int>
        package var new: Range<Int>

        package init(old: Range<Int>, new: Range<Int>) {
            self.old = old
            self.new = new
        }
    }

    /// In order, never touching each other.
    package private(set) var edits: [Edit] = []
    private static let mostSteps = 1000

    /// - Parameters old, new: a number for each line, equal for equal lines.
    package init(old: [Int32], new: [Int32]) {
        compare(old, 0..<old.count, new, 0..<new.count)
        join()
    }

    private mutating func compare(_ old: [Int32], _ a: Range<Int>, _ new: [Int32], _ b: Range<Int>) {
        var (low, other) = (a.lowerBound, b.lowerBound)
        var (high, otherHigh) = (a.upperBound, b.upperBound)
        while low < high, other < otherHigh, old[low] == new[other] {
            low += 1
            other += 1
        }
        while low < high, other < otherHigh, old[high - 1] == new[otherHigh - 1] {
            high -= 1
            otherHigh -= 1
        }
        if low == high && other == otherHigh { return }
        if low == high || other == otherHigh {
            edits.append(Edit(old: low..<high, new: other..<otherHigh))
            return
        }
        let anchors = LineDiff.anchors(old, low..<high, new, other..<otherHigh)
        if anchors.isEmpty { return shortest(old, low..<high, new, other..<otherHigh) }
        for (line, match) in anchors {
            compare(old, low..<line, new, other..<match)
            (low, other) = (line + 1, match + 1)
        }
        compare(old, low..<high, new, other..<otherHigh)
    }

    /// Pairs of lines that are unique on both sides, the longest run that is in order in both.
    private static func anchors(
        _ old: [Int32], _ a: Range<Int>, _ new: [Int32], _ b: Range<Int>
    ) -> [(Int, Int)] {
        var places: [Int32: (old: Int, new: Int)] = [:]  // -1: not seen, -2: seen twice
        for index in a {
            let isFirst = places[old[index]] == nil
            places[old[index]] = (isFirst ? index : -2, -1)
        }
        for index in b {
            guard let place = places[new[index]] else { continue }
            places[new[index]]?.new = place.new == -1 ? index : -2
        }
        var pairs: [(Int, Int)] = []
        for index in a {
            if let place = places[old[index]], place.old == index, place.new >= 0 { pairs.append((index, place.new)) }
        }
        return longestIncreasing(pairs)
    }

    private static func longestIncreasing(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
        var tops: [Int] = []  // index of the pair that ends the best run of each length
        var previous = [Int](repeating: -1, count: pairs.count)
        for index in pairs.indices {
            var (low, high) = (0, tops.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[tops[middle]].1 < pairs[index].1 { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[index] = tops[low - 1] }
            if low == tops.count { tops.append(index) } else { tops[low] = index }
        }
        var run: [(Int, Int)] = []
        var index = tops.last ?? -1
        while index >= 0 {
            run.append(pairs[index])
            index = previous[index]
        }
        return run.reversed()
    }

    /// The greedy search of the shortest edit, with every step's furthest points kept for the way back.
    private mutating func shortest(_ old: [Int32], _ a: Range<Int>, _ new: [Int32], _ b: Range<Int>) {
        let (n, m) = (a.count, b.count)
        var trace: [[Int32]] = []
        var furthest = [Int32](repeating: 0, count: 3)
        for step in 0...min(n + m, LineDiff.mostSteps) {
            // Diagonal k is at index k + step + 1.
            var next = [Int32](repeating: 0, count: 2 * step + 3)
            for k in stride(from: -step, through: step, by: 2) {
                let down = k == -step || (k != step && furthest[k + step] < furthest[k + step + 2])
                var x = step == 0 ? 0 : Int(down ? furthest[k + step + 2] : furthest[k + step] + 1)
                var y = x - k
                while x < n, y < m, old[a.lowerBound + x] == new[b.lowerBound + y] {
                    x += 1
                    y += 1
                }
                next[k + step + 1] = Int32(x)
                if x >= n && y >= m {
                    return walkBack(trace, step: step, diagonal: k, a, b)
                }
            }
            trace.append(next)
            // The next step looks from its own indices, which are one further.
            furthest = [0] + next + [0]
        }
        edits.append(Edit(old: a, new: b))
    }

    private mutating func walkBack(
        _ trace: [[Int32]], step last: Int, diagonal: Int, _ a: Range<Int>, _ b: Range<Int>
    ) {
        var found: [Edit] = []
        var k = diagonal
        for step in stride(from: last, to: 0, by: -1) {
            let before = trace[step - 1]  // diagonal k at k + step
            func at(_ k: Int) -> Int32 { abs(k) > step - 1 ? -1 : before[k + step] }
            let down = k == -step || (k != step && at(k - 1) < at(k + 1))
            let from = down ? k + 1 : k - 1
            let x = Int(at(from))
            let y = x - from
            let (left, top) = (a.lowerBound + x, b.lowerBound + y)
            found.append(
                down ? Edit(old: left..<left, new: top..<(top + 1)) : Edit(old: left..<(left + 1), new: top..<top))
            k = from
        }
        edits += found.reversed()
    }

    /// Joins edits that touch.
    private mutating func join() {
        var joined: [Edit] = []
        for edit in edits {
            if let last = joined.last, last.old.upperBound == edit.old.lowerBound,
                last.new.upperBound == edit.new.lowerBound
            {
                joined[joined.count - 1] = Edit(
                    old: last.old.lowerBound..<edit.old.upperBound, new: last.new.lowerBound..<edit.new.upperBound)
            } else {
                joined.append(edit)
            }
        }
        edits = joined
    }
}

extension LineDiff {
    /// How many lines are added and deleted between two texts.
    package static func counts(old: [UInt8], new: [UInt8]) -> (added: Int, deleted: Int) {
        let (left, right) = NumberedLines.pair(old, new)
        return LineDiff(old: left.numbers, new: right.numbers).edits.reduce(into: (0, 0)) { counts, edit in
            counts.0 += edit.new.count
            counts.1 += edit.old.count
        }
    }
}
