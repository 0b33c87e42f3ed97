/// A JSON value (RFC 8259), kept so that writing it again loses nothing.
///
/// Objects keep their order, and numbers the text they were written with, so that the whole range of `UInt64`, `Int64`
/// and of floating point survives a round trip.
package enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The literal, as it stood in the text.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One property of an object.
    package struct Member: Equatable, Sendable {
        package var key: String
        package var value: JSON

        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }
}

extension JSON {
    package static func integer(_ value: some FixedWidthInteger) -> JSON { .number(String(value)) }

    /// The value of a property; nil for anything but an object, and for an object without it.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Whether both say the same: the order of an object's properties and the spelling of a number do not count.
    package func isEquivalent(to other: JSON) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right || sameNumber(left, right)
        case (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { member in other[member.key].map { member.value.isEquivalent(to: $0) } ?? false }
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    private func sameNumber(_ left: String, _ right: String) -> Bool {
        if let left = Int64(left), let right = Int64(right) { return left == right }
        if let left = UInt64(left), let right = UInt64(right) { return left == right }
        // Two integers that differ must not meet in the rounding of a Double.
        if left.utf8.allSatisfy(isIntegerByte) && right.utf8.allSatisfy(isIntegerByte) { return false }
        guard let left = Double(left), let right = Double(right) else { return false }
        return left == right
    }

    private func isIntegerByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
