import Diagnostics

/// Writes the fields of a handshake message: little-endian numbers and counted strings.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: Int32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ text: String) {
        put(Int32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ texts: [String]) {
        put(Int32(texts.count))
        for text in texts { put(text) }
    }

    mutating func put(_ text: String?) {
        put(text == nil ? Int32(0) : 1)
        if let text { put(text) }
    }
}

/// Reads what `WireWriter` wrote; nil when bytes are missing.
struct WireReader {
    private var bytes: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func number() -> Int32? {
        guard bytes.count >= 4 else { return nil }
        let value = bytes.prefix(4).enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
        bytes = bytes.dropFirst(4)
        return Int32(bitPattern: value)
    }

    mutating func text() -> String? {
        guard let count = number(), count >= 0, bytes.count >= Int(count) else { return nil }
        let text = String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
        bytes = bytes.dropFirst(Int(count))
        return text
    }

    mutating func texts() -> [String]? {
        guard let count = number(), count >= 0 else { return nil }
        var texts: [String] = []
        for _ in 0..<count {
            guard let text = text() else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// `.some(nil)` for an absent text.
    mutating func optionalText() -> String?? {
        guard let present = number() else { return nil }
        if present == 0 { return .some(nil) }
        guard let text = text() else { return nil }
        return .some(text)
    }
}
