extension TOMLParser {
    /// `"…"` on one line.
    mutating func basicString() throws(TOMLFailure) -> String {
        advance()
        var result = ""
        while let scalar = next {
            if take("\"") { return result }
            if scalar == "\\" {
                try escape(into: &result)
            } else if isControl(scalar) {
                throw failure(scalar == "\n" ? "expected \" before the end of the line" : "a control character")
            } else {
                result.unicodeScalars.append(scalar)
                advance()
            }
        }
        throw failure("expected \"")
    }

    /// `'…'` on one line, nothing in it escaped.
    mutating func literalString() throws(TOMLFailure) -> String {
        advance()
        var result = ""
        while let scalar = next {
            if take("'") { return result }
            if isControl(scalar) { throw failure("expected ' before the end of the line") }
            result.unicodeScalars.append(scalar)
            advance()
        }
        throw failure("expected '")
    }

    /// Three quotes on either side; a line feed right after the first three is left out.
    mutating func multilineString(_ quote: Unicode.Scalar) throws(TOMLFailure) -> String {
        for _ in 0..<3 { advance() }
        if follows("\r\n") { advance() }
        _ = take("\n")
        let end = String(String.UnicodeScalarView(repeatElement(quote, count: 3)))
        var result = ""
        while let scalar = next {
            if follows(end) {
                for _ in 0..<3 { advance() }
                // One or two quotes can stand before the end.
                for _ in 0..<2 where take(quote) { result.unicodeScalars.append(quote) }
                return result
            }
            if scalar == "\\", quote == "\"" {
                if try !joinLines() { try escape(into: &result) }
            } else {
                if isControl(scalar), scalar != "\n", !follows("\r\n") { throw failure("a control character") }
                result.unicodeScalars.append(scalar)
                advance()
            }
        }
        throw failure("expected \(end)")
    }

    /// A backslash at the end of a line joins it with the next text.
    private mutating func joinLines() throws(TOMLFailure) -> Bool {
        var end = index + 1
        while end < text.count, text[end] == " " || text[end] == "\t" || text[end] == "\r" { end += 1 }
        guard end < text.count, text[end] == "\n" else { return false }
        advance()
        while let scalar = next, [" ", "\t", "\r", "\n"].contains(scalar) { advance() }
        return true
    }

    private mutating func escape(into result: inout String) throws(TOMLFailure) {
        let start = position
        advance()
        guard let scalar = next else { throw failure("expected a character after \\") }
        advance()
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{c}", "r": "\r", "\"": "\"", "\\": "\\",
        ]
        if let meant = simple[scalar] { return result.unicodeScalars.append(meant) }
        guard scalar == "u" || scalar == "U" else { throw TOMLFailure("\\\(scalar) has no meaning", at: start) }
        var value: UInt32 = 0
        for _ in 0..<(scalar == "u" ? 4 : 8) {
            guard let digit = next.flatMap({ UInt32(String($0), radix: 16) }) else {
                throw failure("expected a hexadecimal digit")
            }
            value = value << 4 | digit
            advance()
        }
        guard let meant = Unicode.Scalar(value) else { throw TOMLFailure("no such character", at: start) }
        result.unicodeScalars.append(meant)
    }
}
