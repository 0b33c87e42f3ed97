extension JSON {
    /// The shortest text: no white space.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(indent: nil)
        writer.write(self, level: 0)
        return writer.bytes
    }

    /// One property a line, indented by `indent`, with a line feed at the end.
    package func encodedPretty(indent: String = "  ") -> [UInt8] {
        var writer = JSONWriter(indent: Array(indent.utf8))
        writer.write(self, level: 0)
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }
}

struct JSONWriter {
    var bytes: [UInt8] = []
    /// nil: compact.
    let indent: [UInt8]?

    init(indent: [UInt8]?) { self.indent = indent }

    mutating func write(_ json: JSON, level: Int) {
        switch json {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number(let literal): append(literal)
        case .string(let text): string(text)
        case .array(let elements):
            list(UInt8(ascii: "["), UInt8(ascii: "]"), elements, level) { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let members):
            list(UInt8(ascii: "{"), UInt8(ascii: "}"), members, level) { writer, member in
                writer.string(member.key)
                writer.append(writer.indent == nil ? ":" : ": ")
                writer.write(member.value, level: level + 1)
            }
        }
    }

    private mutating func list<Element>(
        _ opening: UInt8, _ closing: UInt8, _ elements: [Element], _ level: Int,
        _ body: (inout JSONWriter, Element) -> Void
    ) {
        bytes.append(opening)
        for index in elements.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(level + 1)
            body(&self, elements[index])
        }
        if !elements.isEmpty { breakLine(level) }
        bytes.append(closing)
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<level { bytes += indent }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var run = 0
            for index in utf8.indices where needsEscape(utf8[index]) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run..<index]))
                escape(utf8[index])
                run = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// What RFC 8259 wants escaped, and DEL.
    private func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        default:
            let digits = String(byte, radix: 16)
            append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }
}
