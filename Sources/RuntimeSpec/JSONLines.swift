/// Finds the line of a part of a document, for errors that name the part by its path.
///
/// Only looked for when something is wrong, perhaps with the document's syntax: what is nested deeper than a document
/// can be (`JSON.depthLimit`) is not looked at.
package struct JSONLines {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var steps: [JSONStep] = []
    /// Path and line of every key's value and every element, in the order they stand.
    private(set) var places: [(path: String, line: Int)] = []

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        value()
    }

    /// The line of the deepest part that `message` begins with, as in `seccomp.syscalls[2].names[0]: unknown …`.
    package func line(of message: String) -> Int? {
        let named = places.filter { place in
            guard message.hasPrefix(place.path) else { return false }
            return message.dropFirst(place.path.count).first.map { ":. [".contains($0) } ?? true
        }
        return named.max { $0.path.utf8.count < $1.path.utf8.count }?.line
    }

    private mutating func value() {
        skipSpace()
        if steps.count > JSON.depthLimit {
            position = bytes.count
            return
        }
        if !steps.isEmpty { places.append((JSONFailure.path(steps), line)) }
        switch peek {
        case UInt8(ascii: "{"): members()
        case UInt8(ascii: "["): elements()
        case UInt8(ascii: "\""): _ = string()
        default:
            while let byte = peek, ![0x2c, 0x5d, 0x7d, 0x20, 0x0a, 0x0d, 0x09].contains(byte) { position += 1 }
        }
    }

    private mutating func members() {
        position += 1
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { break }
            let key = string()
            skipSpace()
            position += 1  // the colon
            steps.append(.key(key))
            value()
            steps.removeLast()
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            position += 1
        }
        position += 1
    }

    private mutating func elements() {
        position += 1
        var index = 0
        skipSpace()
        while let byte = peek, byte != UInt8(ascii: "]") {
            steps.append(.index(index))
            value()
            steps.removeLast()
            index += 1
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            position += 1
        }
        position += 1
    }

    /// A string without its escapes undone: keys of the formats have none.
    private mutating func string() -> String {
        position += 1
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        let text = String(decoding: bytes[min(start, bytes.count)..<min(position, bytes.count)], as: UTF8.self)
        position += 1
        return text
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x0a, 0x0d, 0x09].contains(byte) {
            if byte == 0x0a { line += 1 }
            position += 1
        }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
}
