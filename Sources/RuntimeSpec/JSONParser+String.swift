extension JSONParser {
    /// A string, from its opening quote on.
    mutating func string() throws(JSONFailure) -> String {
        let opening = offset
        var end = offset + 1
        var union: UInt8 = 0
        while end < bytes.count {
            let byte = bytes[end]
            if endsRun(byte) { break }
            union |= byte
            end += 1
        }
        let run = opening + 1..<end
        offset = end
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else {
            return try escapedString(try text(run, isASCII: union < 0x80), opening: opening)
        }
        offset += 1
        return try text(run, isASCII: union < 0x80)
    }

    /// The rest of a string with an escape in it, or of one that does not end.
    private mutating func escapedString(_ beginning: String, opening: Int) throws(JSONFailure) -> String {
        var text = beginning
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
                text += try self.text(run..<offset, isASCII: false)
            }
        }
        throw failure("the string that starts here does not end", at: opening)
    }

    @inline(__always)
    private func endsRun(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private func controlCharacter() -> JSONFailure {
        failure("byte \(bytes[offset]) has to be escaped in a string")
    }

    private mutating func escape() throws(JSONFailure) -> Unicode.Scalar {
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
    private mutating func unicodeEscape(start: Int) throws(JSONFailure) -> Unicode.Scalar {
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

    private mutating func hexadecimal() throws(JSONFailure) -> UInt32 {
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

    /// The bytes as text; an error where they are not UTF-8. Validation is left out when it is known to succeed, for
    /// the library's is generic and costs more than all the rest.
    private func text(_ range: Range<Int>, isASCII: Bool) throws(JSONFailure) -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        if isASCII { return String(decoding: slice, as: UTF8.self) }
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
