import Testing

@testable import Review

/// The same numbers on every run (splitmix64).
struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite("line diff") struct LineDiffTests {
    /// The old text with every edit carried out.
    private func carriedOut(_ old: [Int32], _ new: [Int32], _ edits: [LineDiff.Edit]) -> [Int32] {
        var result: [Int32] = []
        var next = 0
        for edit in edits {
            result += old[next..<edit.old.lowerBound] + new[edit.new]
            next = edit.old.upperBound
        }
        return result + old[next...]
    }

    /// How many lines the longest common subsequence leaves out.
    private func leastEdits(_ old: [Int32], _ new: [Int32]) -> Int {
        var row = [Int](repeating: 0, count: new.count + 1)
        for line in old {
            var diagonal = 0
            for (index, other) in new.enumerated() {
                let above = row[index + 1]
                row[index + 1] = line == other ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return old.count + new.count - 2 * (row.last ?? 0)
    }

    @Test("the edits make the new text of the old one", arguments: UInt64(0)..<400)
    func edits(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        let letters = Int32.random(in: 1...12, using: &numbers)
        let old = (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
            Int32.random(in: 0..<letters, using: &numbers)
        }
        var new = old
        for _ in 0..<Int.random(in: 0...10, using: &numbers) {
            let place = Int.random(in: 0...new.count, using: &numbers)
            if Bool.random(using: &numbers), place < new.count {
                new.remove(at: place)
            } else {
                new.insert(Int32.random(in: 0..<letters, using: &numbers), at: place)
            }
        }
        let edits = LineDiff(old: old, new: new).edits
        #expect(carriedOut(old, new, edits) == new)
        for (one, next) in zip(edits, edits.dropFirst()) {
            #expect(one.old.upperBound < next.old.lowerBound || one.new.upperBound < next.new.lowerBound)
        }
    }

    @Test("without lines that stand once, the edit is the shortest there is", arguments: UInt64(0)..<200)
    func shortest(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        // Every line twice or more on each side, so that there are no anchors.
        let old = (0..<20).map { _ in Int32.random(in: 0..<3, using: &numbers) } + [0, 0, 1, 1, 2, 2]
        let new = (0..<20).map { _ in Int32.random(in: 0..<3, using: &numbers) } + [2, 2, 0, 0, 1, 1]
        let count = LineDiff(old: old, new: new).edits.reduce(0) { $0 + $1.old.count + $1.new.count }
        #expect(count == leastEdits(old, new))
    }

    @Test("two long texts with nothing in common are one edit")
    func different() {
        let old = (0..<20_000).map { _ in Int32(0) }
        let new = (0..<20_000).map { _ in Int32(1) }
        #expect(LineDiff(old: old, new: new).edits == [LineDiff.Edit(old: 0..<20_000, new: 0..<20_000)])
    }
}
