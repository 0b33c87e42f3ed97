/// A pattern over paths from the root: `*` and `?` match within a name, `[a-z]` one byte, `**` any number of names; a
/// backslash takes a byte as it is. A pattern without a slash matches at any depth. What is below a match matches too.
package struct PathPattern: Equatable, Sendable {
    /// How far a path has come in a pattern.
    package struct Progress: Equatable, Sendable {
        /// The parts that may match the next name, a bit each.
        fileprivate var next: UInt64 = 0
        /// This path, or a folder on the way to it, matches.
        package fileprivate(set) var isMatch = false
    }

    private enum Part: Equatable {
        case anyNames
        case name([UInt8])
    }

    /// As it was written, for messages and events.
    package let text: String
    private let parts: [Part]
    /// How far it has come at the root of the tree it is asked about; nil: that is the root of all.
    private var origin: Progress?

    /// nil for a pattern that can match nothing or everything: without a name or ending with `**`, with `.` or `..`,
    /// with a zero byte, of over 60 parts.
    package init?(_ text: String) {
        self.text = text
        let slash = UInt8(ascii: "/")
        var names = text.utf8.split(separator: slash).map { Array($0) }
        if !text.utf8.dropLast().contains(slash) { names.insert(Self.anyNames, at: 0) }
        var parts: [Part] = []
        for name in names {
            if name.contains(0) || name == [0x2e] || name == [0x2e, 0x2e] { return nil }
            let part = name == Self.anyNames ? Part.anyNames : .name(name)
            if part != .anyNames || parts.last != .anyNames { parts.append(part) }
        }
        guard parts.count <= 60, let last = parts.last, last != .anyNames else { return nil }
        self.parts = parts
    }

    private static let anyNames: [UInt8] = [UInt8(ascii: "*"), UInt8(ascii: "*")]

    /// The same pattern for a tree that is laid at a path of the whole: asked about paths from that tree's root.
    package func rooted(at path: [[CChar]]) -> PathPattern {
        var pattern = self
        pattern.origin = path.reduce(start) { advance($0, $1) }
        return pattern
    }

    /// Whether nothing below its root can match.
    package var isVoid: Bool { !start.isMatch && start.next == 0 }

    /// At the root.
    package var start: Progress {
        if let origin { return origin }
        var progress = Progress()
        reach(0, &progress)
        return progress
    }

    /// One name further down; `name` ends with a zero byte.
    package func advance(_ progress: Progress, _ name: [CChar]) -> Progress {
        if progress.isMatch { return progress }
        var result = Progress()
        for index in parts.indices where progress.next & Self.bit(index) != 0 {
            switch parts[index] {
            case .anyNames: reach(index, &result)
            case .name(let glob): if globMatches(glob, name) { reach(index + 1, &result) }
            }
        }
        return result
    }

    /// Whether the way to a folder is part of what the pattern asks for: if it is moved, what is below it matches no
    /// longer.
    package func isBound(_ progress: Progress) -> Bool {
        let unbound = parts.first == .anyNames ? Self.bit(0) | Self.bit(1) : 0
        return !progress.isMatch && progress.next & ~unbound != 0
    }

    private static func bit(_ index: Int) -> UInt64 { 1 << UInt64(index) }

    /// Notes that part `index` may come next, and what follows it where it may match nothing.
    private func reach(_ index: Int, _ progress: inout Progress) {
        if index == parts.count { return progress.isMatch = true }
        progress.next |= Self.bit(index)
        if parts[index] == .anyNames { reach(index + 1, &progress) }
    }
}

/// Whether a zero-terminated name matches a pattern of `*`, `?`, `[…]` and backslashes.
func globMatches(_ glob: [UInt8], _ name: [CChar]) -> Bool {
    let bytes = name.dropLast().map { UInt8(bitPattern: $0) }
    var (place, index) = (0, 0)
    /// Where the last `*` stands and how much of the name it has taken.
    var star: (place: Int, index: Int)?
    while index < bytes.count {
        if place < glob.count, glob[place] == UInt8(ascii: "*") {
            star = (place, index)
            place += 1
        } else if place < glob.count, let length = matchOne(glob, place, bytes[index]) {
            place += length
            index += 1
        } else if let last = star {
            place = last.place + 1
            index = last.index + 1
            star = (last.place, index)
        } else {
            return false
        }
    }
    return glob[place...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// How long the element at `place` is, when it matches a byte.
private func matchOne(_ glob: [UInt8], _ place: Int, _ byte: UInt8) -> Int? {
    switch glob[place] {
    case UInt8(ascii: "?"): return 1
    case UInt8(ascii: "\\") where place + 1 < glob.count: return glob[place + 1] == byte ? 2 : nil
    case UInt8(ascii: "["):
        // A bracket right at the start belongs to the set.
        let first = place + (place + 1 < glob.count && isNegation(glob[place + 1]) ? 2 : 1)
        guard first + 1 < glob.count, let end = glob[(first + 1)...].firstIndex(of: UInt8(ascii: "]")) else {
            return byte == UInt8(ascii: "[") ? 1 : nil
        }
        return isIn(glob[first..<end], byte) == (first == place + 1) ? end - place + 1 : nil
    default: return glob[place] == byte ? 1 : nil
    }
}

private func isNegation(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "!") || byte == UInt8(ascii: "^") }

private func isIn(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
    var rest = set
    while let first = rest.popFirst() {
        if rest.first == UInt8(ascii: "-"), let last = rest.dropFirst().first {
            if (min(first, last)...max(first, last)).contains(byte) { return true }
            rest = rest.dropFirst(2)
        } else if first == byte {
            return true
        }
    }
    return false
}
