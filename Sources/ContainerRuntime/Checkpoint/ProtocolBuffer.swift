/// Writes the little of Google's protocol buffers that criu's remote procedure calls use.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ field: Int, _ value: UInt64) {
        putVarint(UInt64(field) << 3)
        putVarint(value)
    }

    /// Left out when false: every flag of criu's is off by itself.
    mutating func put(_ field: Int, flag: Bool) { if flag { put(field, 1) } }

    mutating func put(_ field: Int, _ text: String) { put(field, Array(text.utf8)) }

    mutating func put(_ field: Int, _ message: MessageWriter) { put(field, message.bytes) }

    private mutating func put(_ field: Int, _ content: [UInt8]) {
        putVarint(UInt64(field) << 3 | 2)
        putVarint(UInt64(content.count))
        bytes += content
    }

    private mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// The fields of one message; those of kinds that criu does not use are passed over.
struct MessageReader {
    private(set) var numbers: [Int: UInt64] = [:]
    private(set) var contents: [Int: [UInt8]] = [:]

    /// nil for bytes that are no message.
    init?(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            guard let key = Self.varint(&rest) else { return nil }
            let field = Int(truncatingIfNeeded: key >> 3)
            switch key & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                numbers[field] = value
            case 1: guard Self.take(8, &rest) != nil else { return nil }
            case 2:
                guard let count = Self.varint(&rest), count <= 1 << 24, let content = Self.take(Int(count), &rest)
                else { return nil }
                contents[field] = content
            case 5: guard Self.take(4, &rest) != nil else { return nil }
            default: return nil
            }
        }
    }

    func text(_ field: Int) -> String? { contents[field].map { String(decoding: $0, as: UTF8.self) } }
    func message(_ field: Int) -> MessageReader? { contents[field].flatMap { MessageReader($0) } }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
