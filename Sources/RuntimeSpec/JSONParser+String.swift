extension JSONParser {
    /// A string, from its opening quote on.
    mutating func string() throws(Failure) -> String {
        let opening = offset
        offset += 1
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                let text = try text(start..<offset)
                offset += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(start: start, opening: opening)
            case 0..<0x20: throw controlCharacter()
            default: offset += 1
            }
        }
        throw failure("the string that starts here does not end", at: opening)
    }

    /// The rest of a string with an escape in it.
    private mutating func escapedString(start: Int, opening: Int) throws(Failure) -> String {
        var text = try text(start..<offset)
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return text
            case UInt8(ascii: "\\"): text.unicodeScalars.append(try escape())
            case 0..<0x20: throw controlCharacter()
            default:
                let run = offset
                while offset < bytes.count, !endsRun(bytes[offset]) { offset += 1 }
                text += try self.text(run..<offset)
            }
        }
        throw failure("the string that starts here does not end", at: opening)
    }

    private func endsRun(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private func controlCharacter() -> Failure {
        failure("byte \(bytes[offset]) has to be escaped in a string")
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        let start = offset
        offset += 1
        guard offset < bytes.count else { throw unexpected("an escape") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(start: start)
        default: throw failure("unknown escape", at: start)
        }
    }

    /// Four hexadecimal digits, and when they are the first half of a surrogate pair, the escape of the second.
    private mutating func unicodeEscape(start: Int) throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { throw failure("half of a surrogate pair", at: start) }
        offset += 2
        let second = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    /// The bytes as text; an error where they are not UTF-8.
    private func text(_ range: Range<Int>) throws(Failure) -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        if let text = String(validating: slice, as: UTF8.self) { return text }
        throw failure("invalid UTF-8", at: range.lowerBound + validPrefix(slice))
    }

    /// How many bytes of `slice` are whole characters before the first that is not.
    private func validPrefix(_ slice: UnsafeBufferPointer<UInt8>) -> Int {
        var decoder = UTF8.ForwardParser()
        var bytes = slice.makeIterator()
        var valid = 0
        while case .valid(let character) = decoder.parseScalar(from: &bytes) { valid += character.count }
        return valid
    }
}
