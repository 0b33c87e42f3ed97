/// The number that decimal digits and nothing else spell: no sign, no space, no overflow; else nil.
///
/// `UInt32("+7")` is 7 in Swift; the files and options read here know no sign.
package func strictNumber<Value: FixedWidthInteger, Text: Sequence<UInt8>>(
    _ digits: Text, as type: Value.Type = Value.self
) -> Value? {
    var value: Value = 0
    var any = false
    for byte in digits {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = shifted.addingReportingOverflow(Value(byte - UInt8(ascii: "0")))
        if overflow || carry { return nil }
        value = sum
        any = true
    }
    return any ? value : nil
}

package func strictNumber<Value: FixedWidthInteger>(_ text: String, as type: Value.Type = Value.self) -> Value? {
    strictNumber(text.utf8, as: type)
}

/// A size in bytes: digits, then nothing, `k`, `m`, `g` or `t` (powers of 1024, either case); else nil.
package func strictSize(_ text: String) -> UInt64? {
    var digits = Array(text.utf8)
    let shift: UInt64
    switch digits.last {
    case UInt8(ascii: "k"), UInt8(ascii: "K"): shift = 10
    case UInt8(ascii: "m"), UInt8(ascii: "M"): shift = 20
    case UInt8(ascii: "g"), UInt8(ascii: "G"): shift = 30
    case UInt8(ascii: "t"), UInt8(ascii: "T"): shift = 40
    default: shift = 0
    }
    if shift > 0 { digits.removeLast() }
    guard let number = strictNumber(digits, as: UInt64.self) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : bytes
}

/// The lines of a file of the system, by bytes: Swift's characters hide a line feed behind a carriage return.
func lines(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).map {
        String(decoding: $0, as: UTF8.self)
    }
}

/// The colon-separated fields of a line, empty ones kept.
func fields(_ line: String, separator: Unicode.Scalar = ":") -> [String] {
    line.utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
}

/// The words of a line, blanks and tabs between them.
func words(_ line: String) -> [String] {
    line.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { String(decoding: $0, as: UTF8.self) }
}
