/// Processors or memory nodes as the kernel takes them: bit N stands for number N.
package struct NumberMask: Equatable, Sendable {
    package let words: [UInt]
    /// How many numbers there are.
    package let count: Int
    /// The largest number a list may hold; kernels know at most 8192 processors and 1024 memory nodes.
    package static let largest: UInt32 = 65535

    /// Reads a list as cpuset(7) has it, `0-3,7`; blanks around the parts do no harm. nil for anything else, and for
    /// numbers above `largest`.
    package init?(list: String) {
        var words: [UInt] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
                last <= Self.largest
            else { return nil }
            for number in Int(first)...Int(last) {
                while words.count <= number / UInt.bitWidth { words.append(0) }
                words[number / UInt.bitWidth] |= 1 << UInt(number % UInt.bitWidth)
            }
        }
        self.words = words
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    private static func number(_ text: Substring) -> UInt32? {
        let isBlank: (Character) -> Bool = { $0 == " " }
        let digits = String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
        return digits.utf8.allSatisfy(isDigit) ? UInt32(digits) : nil
    }
}
