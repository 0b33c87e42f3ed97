import Diagnostics

/// One value of the D-Bus wire format (D-Bus Specification, Marshaling), in the types systemd's properties have.
package indirect enum DBusValue: Equatable, Sendable {
    case byte(UInt8)
    case boolean(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case objectPath(String)
    case signature(String)
    /// The element's signature, since an array may be empty.
    case array(String, [DBusValue])
    case structure([DBusValue])
    /// Only inside an array.
    case dictEntry(DBusValue, DBusValue)
    case variant(DBusValue)

    /// The type as the specification writes it: `a(sv)`.
    package var signature: String {
        switch self {
        case .byte: "y"
        case .boolean: "b"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .array(let element, _): "a" + element
        case .structure(let fields): "(" + fields.map(\.signature).joined() + ")"
        case .dictEntry(let key, let value): "{" + key.signature + value.signature + "}"
        case .variant: "v"
        }
    }

    package static func strings(_ values: [String]) -> DBusValue { .array("s", values.map { .string($0) }) }

    /// The text of a string, an object path or a signature.
    package var text: String? {
        switch self {
        case .string(let text), .objectPath(let text), .signature(let text): text
        default: nil
        }
    }
}

/// Writes values, aligned from the start of the buffer; always little endian.
package struct DBusWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    mutating func align(_ boundary: Int) {
        while bytes.count % boundary != 0 { bytes.append(0) }
    }

    private mutating func integer<Number: FixedWidthInteger>(_ value: Number) {
        align(Number.bitWidth / 8)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func text(_ value: String) {
        integer(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
        bytes.append(0)
    }

    package mutating func write(_ value: DBusValue) {
        switch value {
        case .byte(let value): bytes.append(value)
        case .boolean(let value): integer(UInt32(value ? 1 : 0))
        case .int16(let value): integer(value)
        case .uint16(let value): integer(value)
        case .int32(let value): integer(value)
        case .uint32(let value): integer(value)
        case .int64(let value): integer(value)
        case .uint64(let value): integer(value)
        case .double(let value): integer(value.bitPattern)
        case .string(let value), .objectPath(let value): text(value)
        case .signature(let value):
            bytes.append(UInt8(truncatingIfNeeded: value.utf8.count))
            bytes.append(contentsOf: value.utf8)
            bytes.append(0)
        case .array(let element, let values): array(element, values)
        case .structure(let fields):
            align(8)
            for field in fields { write(field) }
        case .dictEntry(let key, let value):
            align(8)
            write(key)
            write(value)
        case .variant(let value):
            write(.signature(value.signature))
            write(value)
        }
    }

    /// The length counts neither itself nor the padding before the first element.
    private mutating func array(_ element: String, _ values: [DBusValue]) {
        integer(UInt32(0))
        let place = bytes.count - 4
        align(dbusAlignment(element.utf8.first ?? 0))
        let start = bytes.count
        for value in values { write(value) }
        let length = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: length >> UInt32(index * 8)) }
    }
}

/// The boundary of a type, by the first byte of its signature.
func dbusAlignment(_ code: UInt8) -> Int {
    switch code {
    case UInt8(ascii: "y"), UInt8(ascii: "g"), UInt8(ascii: "v"): 1
    case UInt8(ascii: "n"), UInt8(ascii: "q"): 2
    case UInt8(ascii: "x"), UInt8(ascii: "t"), UInt8(ascii: "d"), UInt8(ascii: "("), UInt8(ascii: "{"): 8
    default: 4
    }
}

/// Reads values; every length is checked, and nesting is limited to the specification's 64 levels.
package struct DBusReader {
    private let bytes: [UInt8]
    private let bigEndian: Bool
    package private(set) var offset: Int

    package init(_ bytes: [UInt8], bigEndian: Bool = false, offset: Int = 0) {
        self.bytes = bytes
        self.bigEndian = bigEndian
        self.offset = offset
    }

    mutating func align(_ boundary: Int) throws(SandboxError) {
        let target = (offset + boundary - 1) / boundary * boundary
        guard target <= bytes.count else { throw malformed("ends in padding") }
        offset = target
    }

    private func malformed(_ what: String) -> SandboxError {
        SandboxError(.system, "malformed D-Bus message: \(what) at byte \(offset)")
    }

    private mutating func take(_ count: Int) throws(SandboxError) -> ArraySlice<UInt8> {
        guard count >= 0, bytes.count - offset >= count else { throw malformed("ends early") }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    private mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(SandboxError) -> Number {
        let size = Number.bitWidth / 8
        try align(size)
        let part = try take(size)
        var value: Number = 0
        for byte in bigEndian ? Array(part) : part.reversed() { value = value << 8 | Number(byte) }
        return value
    }

    private mutating func text(_ length: Int) throws(SandboxError) -> String {
        let part = try take(length + 1)
        guard part.last == 0 else { throw malformed("text without its NUL") }
        return String(decoding: part.dropLast(), as: UTF8.self)
    }

    /// Reads one value of each type in `signature`.
    package mutating func read(_ signature: String) throws(SandboxError) -> [DBusValue] {
        let types = Array(signature.utf8)
        var position = 0
        var values: [DBusValue] = []
        while position < types.count { values.append(try value(types, &position, depth: 0)) }
        return values
    }

    private mutating func value(
        _ types: [UInt8], _ position: inout Int, depth: Int
    ) throws(SandboxError) -> DBusValue {
        guard position < types.count, depth < 64 else { throw malformed("incomplete signature") }
        let code = types[position]
        position += 1
        switch code {
        case UInt8(ascii: "y"): return .byte(try integer(UInt8.self))
        case UInt8(ascii: "b"):
            let value = try integer(UInt32.self)
            guard value <= 1 else { throw malformed("boolean \(value)") }
            return .boolean(value == 1)
        case UInt8(ascii: "n"): return .int16(Int16(bitPattern: try integer(UInt16.self)))
        case UInt8(ascii: "q"): return .uint16(try integer(UInt16.self))
        case UInt8(ascii: "i"): return .int32(Int32(bitPattern: try integer(UInt32.self)))
        case UInt8(ascii: "u"), UInt8(ascii: "h"): return .uint32(try integer(UInt32.self))
        case UInt8(ascii: "x"): return .int64(Int64(bitPattern: try integer(UInt64.self)))
        case UInt8(ascii: "t"): return .uint64(try integer(UInt64.self))
        case UInt8(ascii: "d"): return .double(Double(bitPattern: try integer(UInt64.self)))
        case UInt8(ascii: "s"): return .string(try text(Int(try integer(UInt32.self))))
        case UInt8(ascii: "o"): return .objectPath(try text(Int(try integer(UInt32.self))))
        case UInt8(ascii: "g"): return .signature(try text(Int(try integer(UInt8.self))))
        case UInt8(ascii: "v"):
            let inner = Array(try text(Int(try integer(UInt8.self))).utf8)
            var start = 0
            let value = try value(inner, &start, depth: depth + 1)
            guard start == inner.count else { throw malformed("variant of several values") }
            return .variant(value)
        case UInt8(ascii: "a"): return try array(types, &position, depth: depth)
        case UInt8(ascii: "("), UInt8(ascii: "{"): return try group(code, types, &position, depth: depth)
        default: throw malformed("unknown type \(code)")
        }
    }

    private mutating func array(
        _ types: [UInt8], _ position: inout Int, depth: Int
    ) throws(SandboxError) -> DBusValue {
        let start = position
        let end = try skip(types, from: start, depth: depth)
        let element = String(decoding: types[start..<end], as: UTF8.self)
        let length = Int(try integer(UInt32.self))
        try align(dbusAlignment(types[start]))
        guard length <= bytes.count - offset else { throw malformed("array of \(length) bytes") }
        let stop = offset + length
        var values: [DBusValue] = []
        while offset < stop {
            var inside = start
            values.append(try value(types, &inside, depth: depth + 1))
        }
        guard offset == stop else { throw malformed("array whose elements do not fit its length") }
        position = end
        return .array(element, values)
    }

    private mutating func group(
        _ opening: UInt8, _ types: [UInt8], _ position: inout Int, depth: Int
    ) throws(SandboxError) -> DBusValue {
        let closing = opening == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
        try align(8)
        var fields: [DBusValue] = []
        while position < types.count, types[position] != closing {
            fields.append(try value(types, &position, depth: depth + 1))
        }
        guard position < types.count, !fields.isEmpty else { throw malformed("unclosed structure") }
        position += 1
        if opening == UInt8(ascii: "(") { return .structure(fields) }
        guard fields.count == 2 else { throw malformed("dictionary entry of \(fields.count) values") }
        return .dictEntry(fields[0], fields[1])
    }

    /// Where the single type that starts at `start` ends.
    private func skip(_ types: [UInt8], from start: Int, depth: Int) throws(SandboxError) -> Int {
        guard start < types.count, depth < 64 else { throw malformed("incomplete signature") }
        if types[start] == UInt8(ascii: "a") { return try skip(types, from: start + 1, depth: depth + 1) }
        var open = 0
        for index in start..<types.count {
            if "({".utf8.contains(types[index]) { open += 1 }
            if ")}".utf8.contains(types[index]) { open -= 1 }
            if open == 0 { return index + 1 }
        }
        throw malformed("unclosed structure")
    }
}
