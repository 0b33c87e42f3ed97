extension TOMLParser {
    mutating func value() throws(TOMLFailure) -> TOMLNode {
        let start = position
        guard let scalar = next else { throw failure("expected a value") }
        switch scalar {
        case "\"":
            return TOMLNode(.string(follows("\"\"\"") ? try multilineString("\"") : try basicString()), at: start)
        case "'": return TOMLNode(.string(follows("'''") ? try multilineString("'") : try literalString()), at: start)
        case "[": return TOMLNode(.array(try array()), at: start)
        case "{": return TOMLNode(.table(try inlineTable()), at: start)
        default: return TOMLNode(try word(), at: start)
        }
    }

    private mutating func array() throws(TOMLFailure) -> [TOMLNode] {
        advance()
        var nodes: [TOMLNode] = []
        while true {
            try skipLines()
            if take("]") { return nodes }
            nodes.append(try value())
            try skipLines()
            if take("]") { return nodes }
            guard take(",") else { throw failure("expected , or ]") }
        }
    }

    private mutating func inlineTable() throws(TOMLFailure) -> TOMLTable {
        advance()
        var table = TOMLTable(.dotted)
        skipBlanks()
        if !take("}") {
            repeat {
                let keys = try keys()
                guard take("=") else { throw failure("expected =") }
                skipBlanks()
                try TOMLParser.insert(&table, keys[...], try value())
                skipBlanks()
            } while take(",")
            guard take("}") else { throw failure("expected , or }") }
        }
        table.origin = .inline
        return table
    }

    // MARK: Words

    /// Numbers, dates, `true` and `false`.
    private mutating func word() throws(TOMLFailure) -> TOMLNode.Value {
        let start = position
        var text = ""
        while let scalar = next, isWord(scalar) {
            text.unicodeScalars.append(scalar)
            advance()
        }
        // A space can stand between a date and a time.
        if text.utf8.count == 10, isDate(text), next == " ", index + 1 < self.text.count,
            ("0"..."9").contains(self.text[index + 1])
        {
            advance()
            return try word(after: text + " ", start)
        }
        return try meaning(text, start)
    }

    private mutating func word(after head: String, _ start: TextPosition) throws(TOMLFailure) -> TOMLNode.Value {
        var text = head
        while let scalar = next, isWord(scalar) {
            text.unicodeScalars.append(scalar)
            advance()
        }
        return try meaning(text, start)
    }

    private func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "+", ".", ":": true
        default: false
        }
    }

    private func isDate(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { index, byte in
            index == 4 || index == 7 ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte)
        }
    }

    private func meaning(_ text: String, _ start: TextPosition) throws(TOMLFailure) -> TOMLNode.Value {
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "": throw TOMLFailure("expected a value", at: start)
        default: break
        }
        if let number = integer(text) { return .integer(number) }
        if isFloat(text) { return .float(String(text.filter { $0 != "_" })) }
        let isTime = text.utf8.count >= 8 && text.contains(":")
        if isTime || text.utf8.count >= 10 && isDate(String(text.prefix(10))) {
            return .date(text)
        }
        throw TOMLFailure("\"\(text)\" is no value; text stands in quotes", at: start)
    }

    private func integer(_ text: String) -> Int64? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            let digits = text.dropFirst(2)
            guard hasPlacedUnderscores(digits), digits.first != "+", digits.first != "-" else { return nil }
            return Int64(digits.filter { $0 != "_" }, radix: radix)
        }
        let digits = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard hasPlacedUnderscores(digits), digits == "0" || digits.first != "0" else { return nil }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5f }) else { return nil }
        return Int64(text.filter { $0 != "_" })
    }

    private func isFloat(_ text: String) -> Bool {
        let unsigned = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text[...]
        if unsigned == "inf" || unsigned == "nan" { return true }
        let parts = unsigned.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard parts.count <= 2, let first = parts.first, first.count + (parts.count - 1) <= unsigned.count else {
            return false
        }
        let mantissa = first.split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count == 2 ? parts[1].drop { $0 == "+" || $0 == "-" } : "0"
        return mantissa.count <= 2 && (mantissa[0] == "0" || mantissa[0].first != "0")
            && (mantissa + [exponent]).allSatisfy { part in
                hasPlacedUnderscores(part) && part.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x5f }
            } && (mantissa.count == 2 || parts.count == 2)
    }

    /// Digits, and underscores only between them.
    private func hasPlacedUnderscores(_ digits: Substring) -> Bool {
        !digits.isEmpty && digits.first != "_" && digits.last != "_" && !digits.contains("__")
    }
}
