import Diagnostics

/// Reads one value in GVariant's text format, as `org.systemd.property.*` annotations have it: `'ready'`, `true`,
/// `uint64 5`, `@as []`, `[('/dev/sda', uint64 7)]`, `<3>`, `{'a': 1}`.
///
/// Maybe types and byte strings, which D-Bus has not, are `.invalidInput`.
package func parseGVariant(_ text: String) throws(SandboxError) -> DBusValue {
    var parser = GVariantParser(text)
    let value = try parser.value(expecting: nil, depth: 0)
    try parser.end()
    return value
}

private struct GVariantParser {
    private let text: [Character]
    private var position = 0

    init(_ text: String) { self.text = Array(text) }

    private func failure(_ what: String) -> SandboxError {
        SandboxError(.invalidInput, "\"\(String(text))\" is not a GVariant value: \(what) at character \(position + 1)")
    }

    private mutating func skipSpace() { while position < text.count, text[position].isWhitespace { position += 1 } }

    private mutating func peek() -> Character? {
        skipSpace()
        return position < text.count ? text[position] : nil
    }

    private mutating func take(_ character: Character) -> Bool {
        guard peek() == character else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Character) throws(SandboxError) {
        guard take(character) else { throw failure("expected \"\(character)\"") }
    }

    mutating func end() throws(SandboxError) {
        guard peek() == nil else { throw failure("unexpected text") }
    }

    private mutating func word() -> String {
        skipSpace()
        let start = position
        while position < text.count,
            text[position].isLetter || text[position].isNumber || "+-._".contains(text[position])
        { position += 1 }
        return String(text[start..<position])
    }

    private static let keywords = [
        "boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i", "uint32": "u", "int64": "x",
        "uint64": "t", "double": "d", "string": "s", "objectpath": "o", "signature": "g",
    ]

    mutating func value(expecting type: String?, depth: Int) throws(SandboxError) -> DBusValue {
        guard depth < 32 else { throw failure("nested too deep") }
        switch peek() {
        case nil: throw failure("value missing")
        case "@":
            position += 1
            let start = position
            while position < text.count, !text[position].isWhitespace { position += 1 }
            let named = String(text[start..<position])
            if let type, type != named { throw failure("type \(named) where \(type) is meant") }
            return try value(expecting: named, depth: depth + 1)
        case "'", "\"": return try typed(string(), as: type)
        case "[": return try array(expecting: type, depth: depth)
        case "(": return try tuple(expecting: type, depth: depth)
        case "{": return try dictionary(expecting: type, depth: depth)
        case "<":
            position += 1
            let inner = try value(expecting: nil, depth: depth + 1)
            try expect(">")
            return .variant(inner)
        default:
            let word = word()
            if let named = Self.keywords[word] { return try value(expecting: named, depth: depth + 1) }
            if word == "true" || word == "false" {
                guard type == nil || type == "b" else { throw failure("boolean where \(type ?? "") is meant") }
                return .boolean(word == "true")
            }
            return try number(word, as: type)
        }
    }

    private func typed(_ text: String, as type: String?) throws(SandboxError) -> DBusValue {
        switch type {
        case nil, "s": return .string(text)
        case "o": return .objectPath(text)
        case "g": return .signature(text)
        default: throw failure("string where \(type ?? "") is meant")
        }
    }

    private mutating func string() throws(SandboxError) -> String {
        let quote = text[position]
        position += 1
        var result = ""
        while position < text.count {
            let character = text[position]
            position += 1
            if character == quote { return result }
            if character != "\\" {
                result.append(character)
                continue
            }
            guard position < text.count else { break }
            let escaped = text[position]
            position += 1
            switch escaped {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "u", "U":
                let digits = escaped == "u" ? 4 : 8
                guard position + digits <= text.count,
                    let code = UInt32(String(text[position..<(position + digits)]), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw failure("bad escape") }
                result.unicodeScalars.append(scalar)
                position += digits
            default: result.append(escaped)
            }
        }
        throw failure("unclosed string")
    }

    private func number(_ word: String, as type: String?) throws(SandboxError) -> DBusValue {
        func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws(SandboxError) -> Number {
            let hex = word.hasPrefix("0x")
            guard let value = hex ? Number(word.dropFirst(2), radix: 16) : Number(word) else {
                throw failure("\"\(word)\" is not a number of that type")
            }
            return value
        }
        let inferred = word.contains(".") || (!word.hasPrefix("0x") && word.contains("e")) ? "d" : "i"
        switch type ?? inferred {
        case "y": return .byte(try whole(UInt8.self))
        case "n": return .int16(try whole(Int16.self))
        case "q": return .uint16(try whole(UInt16.self))
        case "i": return .int32(try whole(Int32.self))
        case "u": return .uint32(try whole(UInt32.self))
        case "x": return .int64(try whole(Int64.self))
        case "t": return .uint64(try whole(UInt64.self))
        case "d":
            guard let value = Double(word) else { throw failure("\"\(word)\" is not a number") }
            return .double(value)
        default: throw failure("\"\(word)\" where \(type ?? "a value") is meant")
        }
    }

    private mutating func array(expecting type: String?, depth: Int) throws(SandboxError) -> DBusValue {
        if let type, !type.hasPrefix("a") { throw failure("array where \(type) is meant") }
        try expect("[")
        var element = type.map { String($0.dropFirst()) }
        var values: [DBusValue] = []
        while !take("]") {
            if !values.isEmpty { try expect(",") }
            let next = try value(expecting: element, depth: depth + 1)
            element = element ?? next.signature
            values.append(next)
        }
        guard let element else { throw failure("empty array without a type, such as @as []") }
        return .array(element, values)
    }

    private mutating func tuple(expecting type: String?, depth: Int) throws(SandboxError) -> DBusValue {
        try expect("(")
        let fields = try type.map { type throws(SandboxError) in try fieldTypes(type) }
        var values: [DBusValue] = []
        while !take(")") {
            if !values.isEmpty {
                try expect(",")
                if take(")") { break }
            }
            if let fields, values.count >= fields.count { throw failure("too many fields") }
            values.append(try value(expecting: fields?[values.count], depth: depth + 1))
        }
        guard !values.isEmpty, fields == nil || fields?.count == values.count else { throw failure("too few fields") }
        return .structure(values)
    }

    private mutating func dictionary(expecting type: String?, depth: Int) throws(SandboxError) -> DBusValue {
        try expect("{")
        var pair: [String]?
        if let type {
            guard type.hasPrefix("a{"), type.hasSuffix("}") else { throw failure("dictionary where \(type) is meant") }
            pair = try fieldTypes("(" + type.dropFirst(2).dropLast() + ")")
        }
        var entries: [DBusValue] = []
        while !take("}") {
            if !entries.isEmpty { try expect(",") }
            let key = try value(expecting: pair?.first, depth: depth + 1)
            try expect(":")
            let value = try value(expecting: pair?.last, depth: depth + 1)
            pair = pair ?? [key.signature, value.signature]
            entries.append(.dictEntry(key, value))
        }
        guard let pair, pair.count == 2 else { throw failure("empty dictionary without a type") }
        return .array("{\(pair[0])\(pair[1])}", entries)
    }

    /// The types inside `(…)`.
    private func fieldTypes(_ type: String) throws(SandboxError) -> [String] {
        guard type.hasPrefix("("), type.hasSuffix(")") else { throw failure("tuple where \(type) is meant") }
        var fields: [String] = []
        var current = ""
        var open = 0
        for character in type.dropFirst().dropLast() {
            current.append(character)
            if "({".contains(character) { open += 1 }
            if ")}".contains(character) { open -= 1 }
            if open == 0 && character != "a" {
                fields.append(current)
                current = ""
            }
        }
        guard current.isEmpty else { throw failure("type \(type)") }
        return fields
    }
}
