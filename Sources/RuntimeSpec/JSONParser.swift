import Diagnostics

extension JSON {
    /// How much and how deep a document may be; engines write some 20 KB, ten levels deep.
    package static let sizeLimit = 64 << 20
    package static let depthLimit = 512

    /// Reads one document, strictly as RFC 8259 has it; a property that occurs twice is an error, too.
    ///
    /// Errors are `.invalidInput` with `line:column`, both counted from 1, the column in characters.
    package init(parsing bytes: [UInt8]) throws(SandboxError) {
        guard bytes.count <= JSON.sizeLimit else {
            throw SandboxError(
                .invalidInput, "the document has \(bytes.count) bytes, and at most \(JSON.sizeLimit) are read")
        }
        var result: Result<JSON, JSONParser.Failure> = .success(.null)
        bytes.withUnsafeBufferPointer { buffer in
            result = Result { () throws(JSONParser.Failure) in
                var parser = JSONParser(buffer)
                return try parser.document()
            }
        }
        switch result {
        case .success(let value): self = value
        case .failure(let failure): throw failure.located(in: bytes)
        }
    }
}

/// A recursive descent over the bytes; the depth limit bounds the stack.
struct JSONParser {
    /// What is wrong, and where; a doubled property also has a path, which grows while the error leaves the levels.
    struct Failure: Error {
        var offset: Int
        var message: String
        var path: [Step]?

        enum Step {
            case key(String)
            case index(Int)
        }

        consuming func under(_ step: @autoclosure () -> Step) -> Failure {
            path?.append(step())
            return self
        }

        func located(in bytes: [UInt8]) -> SandboxError {
            let before = bytes[..<min(offset, bytes.count)]
            let lineFeed = UInt8(ascii: "\n")
            let line = before.count { $0 == lineFeed } + 1
            let start = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
            let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
            let place = "\(line):\(column): "
            guard let path else { return SandboxError(.invalidInput, place + message) }
            let whole = path.reversed().reduce(JSONPath.root) { parent, step in
                switch step {
                case .key(let key): .member(parent, key)
                case .index(let index): .element(parent, index)
                }
            }
            return SandboxError(.invalidInput, place + "\(whole): " + message)
        }
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func document() throws(Failure) -> JSON {
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

    func failure(_ message: String, at place: Int? = nil) -> Failure {
        Failure(offset: place ?? offset, message: message)
    }

    /// `expected a value, found "]"`.
    func unexpected(_ expected: String) -> Failure {
        guard offset < bytes.count else { return failure("expected \(expected), found the end of the document") }
        let byte = bytes[offset]
        let shown = (0x21...0x7E).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
        return failure("expected \(expected), found \(shown)")
    }

    private mutating func value() throws(Failure) -> JSON {
        switch peek() {
        case UInt8(ascii: "{"): return try nested { (parser) throws(Failure) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(Failure) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw unexpected("a value")
        }
    }

    @inline(__always)
    private mutating func nested(_ body: (inout JSONParser) throws(Failure) -> JSON) throws(Failure) -> JSON {
        guard depth < JSON.depthLimit else { throw failure("nested more than \(JSON.depthLimit) deep") }
        depth += 1
        defer { depth -= 1 }
        offset += 1
        return try body(&self)
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Failure) -> JSON {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset + index < bytes.count, bytes[offset + index] == word.utf8Start[index] else {
                throw unexpected("a value")
            }
        }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func array() throws(Failure) -> JSON {
        var elements: [JSON] = []
        if peek() == UInt8(ascii: "]") {
            offset += 1
            return .array(elements)
        }
        while true {
            do { elements.append(try value()) } catch { throw error.under(.index(elements.count)) }
            switch peek() {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                return .array(elements)
            default: throw unexpected("\",\" or \"]\"")
            }
        }
    }

    private mutating func object() throws(Failure) -> JSON {
        var members: [JSON.Member] = []
        /// Only for an object too large to compare each key with all before it.
        var seen: Set<String> = []
        if peek() == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw unexpected("a property name") }
            let start = offset
            let key = try string()
            if isDoubled(key, members, &seen) {
                throw Failure(offset: start, message: "property occurs twice", path: [.key(key)])
            }
            guard peek() == UInt8(ascii: ":") else { throw unexpected("\":\"") }
            offset += 1
            do { members.append(JSON.Member(key, try value())) } catch { throw error.under(.key(key)) }
            switch peek() {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "}"):
                offset += 1
                return .object(members)
            default: throw unexpected("\",\" or \"}\"")
            }
        }
    }

    @inline(__always)
    private func isDoubled(_ key: String, _ members: [JSON.Member], _ seen: inout Set<String>) -> Bool {
        if members.count < 16 { return members.contains { $0.key == key } }
        if seen.isEmpty { seen = Set(members.map(\.key)) }
        return !seen.insert(key).inserted
    }

    /// The literal: an optional minus, no leading zeros, digits on both sides of a point and in an exponent.
    private mutating func number() throws(Failure) -> String {
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

    private mutating func digits() throws(Failure) {
        let start = offset
        while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
        if offset == start { throw unexpected("a digit") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
