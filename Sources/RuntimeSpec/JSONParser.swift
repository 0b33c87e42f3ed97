import Diagnostics

extension JSON {
    /// How much and how deep a document may be; engines write some 20 KB, ten levels deep. Every two bytes of a bad one
    /// can become a value in memory.
    package static let sizeLimit = 4 << 20
    package static let depthLimit = 512

    /// Reads one document, strictly as RFC 8259 has it; a property that occurs twice is an error, too.
    ///
    /// Errors are `.invalidInput` with `line:column` and the path of the value they are in.
    package init(parsing bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(scanning: bytes) } catch { throw error.located(in: bytes) }
    }

    init(scanning bytes: [UInt8]) throws(JSONFailure) {
        guard bytes.count <= JSON.sizeLimit else {
            throw JSONFailure("the document has \(bytes.count) bytes, and at most \(JSON.sizeLimit) are read")
        }
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFailure) in
            var parser = JSONParser(buffer)
            return try parser.document()
        }
    }
}

/// A recursive descent over the bytes; the depth limit bounds the stack.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0
    private var depth = 0
    /// What the open lists hold so far, those of the outer ones below: each list is allocated once, at its end.
    private var elements: [JSON] = []
    private var members: [JSON.Member] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func document() throws(JSONFailure) -> JSON {
        let value = try value()
        skipSpace()
        if offset < bytes.count { throw unexpected("the end of the document") }
        return value
    }

    /// The next byte that is no white space; 0, which begins nothing, at the end.
    @inline(__always)
    private mutating func peek() -> UInt8 {
        skipSpace()
        return offset < bytes.count ? bytes[offset] : 0
    }

    @inline(__always)
    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    func failure(_ message: String, at place: Int? = nil) -> JSONFailure {
        var failure = JSONFailure(message)
        failure.offset = place ?? offset
        return failure
    }

    /// `expected a value, found "]"`.
    func unexpected(_ expected: String) -> JSONFailure {
        guard offset < bytes.count else { return failure("expected \(expected), found the end of the document") }
        let byte = bytes[offset]
        let shown = (0x21...0x7E).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
        return failure("expected \(expected), found \(shown)")
    }

    private mutating func value() throws(JSONFailure) -> JSON {
        switch peek() {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONFailure) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONFailure) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw unexpected("a value")
        }
    }

    @inline(__always)
    private mutating func nested(_ body: (inout JSONParser) throws(JSONFailure) -> JSON) throws(JSONFailure) -> JSON {
        guard depth < JSON.depthLimit else { throw failure("nested more than \(JSON.depthLimit) deep") }
        depth += 1
        defer { depth -= 1 }
        offset += 1
        return try body(&self)
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONFailure) -> JSON {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset + index < bytes.count, bytes[offset + index] == word.utf8Start[index] else {
                throw unexpected("a value")
            }
        }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func array() throws(JSONFailure) -> JSON {
        if peek() == UInt8(ascii: "]") {
            offset += 1
            return .array([])
        }
        let base = elements.count
        while true {
            let index = elements.count - base
            do { elements.append(try value()) } catch { throw error.under(.index(index)) }
            switch peek() {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                let list = Array(elements[base...])
                elements.removeLast(list.count)
                return .array(list)
            default: throw unexpected("\",\" or \"]\"")
            }
        }
    }

    private mutating func object() throws(JSONFailure) -> JSON {
        if peek() == UInt8(ascii: "}") {
            offset += 1
            return .object([])
        }
        let base = members.count
        /// Only for an object too large to compare each key with all before it.
        var seen: Set<String> = []
        while true {
            let key = try key(base, &seen)
            do { members.append(JSON.Member(key, try value())) } catch { throw error.under(.key(key)) }
            switch peek() {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "}"):
                offset += 1
                let list = Array(members[base...])
                members.removeLast(list.count)
                return .object(list)
            default: throw unexpected("\",\" or \"}\"")
            }
        }
    }

    /// A property's name and the colon behind it; `base` is where the object's members begin.
    private mutating func key(_ base: Int, _ seen: inout Set<String>) throws(JSONFailure) -> String {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a property name") }
        let start = offset
        let key = try string()
        if isDoubled(key, base, &seen) { throw failure("property occurs twice", at: start).under(.key(key)) }
        guard peek() == UInt8(ascii: ":") else { throw unexpected("\":\"") }
        offset += 1
        return key
    }

    @inline(__always)
    private func isDoubled(_ key: String, _ base: Int, _ seen: inout Set<String>) -> Bool {
        if members.count - base < 16 { return members[base...].contains { $0.key == key } }
        if seen.isEmpty { seen = Set(members[base...].map(\.key)) }
        return !seen.insert(key).inserted
    }

    /// The literal: an optional minus, no leading zeros, digits on both sides of a point and in an exponent.
    private mutating func number() throws(JSONFailure) -> String {
        let start = offset
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") {
            offset += 1
            if offset < bytes.count, isDigit(bytes[offset]) {
                throw failure("a number may not start with 0", at: start)
            }
        } else {
            try digits()
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits()
        }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
    }

    private mutating func digits() throws(JSONFailure) {
        let start = offset
        while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
        if offset == start { throw unexpected("a digit") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
