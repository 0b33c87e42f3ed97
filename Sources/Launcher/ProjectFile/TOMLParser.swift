/// Reads a TOML document and keeps where every key stands, which the libraries at hand do not.
package struct TOMLParser {
    var text: [Unicode.Scalar]
    var index = 0
    var line = 1
    var lineStart = 0
    private var root = TOMLTable(.header)
    /// Where the present header leads.
    private var path: [TOMLKey] = []

    package static func parse(_ bytes: [UInt8]) throws(TOMLFailure) -> TOMLTable {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TOMLFailure("not UTF-8", at: TextPosition(line: 1, column: 1))
        }
        var parser = TOMLParser(text: Array(text.unicodeScalars))
        if parser.text.first == "\u{feff}" { parser.text.removeFirst() }
        try parser.document()
        return parser.root
    }

    private init(text: [Unicode.Scalar]) { self.text = text }

    var next: Unicode.Scalar? { index < text.count ? text[index] : nil }
    var position: TextPosition { TextPosition(line: line, column: index - lineStart + 1) }

    func failure(_ message: String) -> TOMLFailure { TOMLFailure(message, at: position) }

    mutating func advance() {
        if index < text.count, text[index] == "\n" {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        advance()
        return true
    }

    func follows(_ word: String) -> Bool { text[index...].starts(with: word.unicodeScalars) }

    private mutating func document() throws(TOMLFailure) {
        while true {
            try skipLines()
            guard let scalar = next else { return }
            if scalar == "[" { try header() } else { try pair() }
            skipBlanks()
            try endOfLine()
        }
    }

    mutating func skipBlanks() { while next == " " || next == "\t" { advance() } }

    /// White space, comments and line feeds.
    mutating func skipLines() throws(TOMLFailure) {
        while let scalar = next {
            switch scalar {
            case " ", "\t", "\n": advance()
            case "\r" where follows("\r\n"): advance()
            case "#": try comment()
            default: return
            }
        }
    }

    private mutating func comment() throws(TOMLFailure) {
        while let scalar = next, scalar != "\n", !follows("\r\n") {
            if isControl(scalar) { throw failure("a control character") }
            advance()
        }
    }

    func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7f }

    private mutating func endOfLine() throws(TOMLFailure) {
        if next == "#" { try comment() }
        if follows("\r\n") { advance() }
        guard next == nil || take("\n") else { throw failure("expected the end of the line") }
    }

    // MARK: Tables

    private mutating func header() throws(TOMLFailure) {
        let start = position
        advance()
        if next == "[" { throw failure("arrays of tables have no meaning here") }
        skipBlanks()
        path = try keys()
        guard take("]") else { throw failure("expected ]") }
        try TOMLParser.open(&root, path[...], at: start)
    }

    /// Makes the table of a header, and those on the way to it.
    private static func open(
        _ table: inout TOMLTable, _ path: ArraySlice<TOMLKey>, at position: TextPosition
    ) throws(TOMLFailure) {
        guard let key = path.first else { return }
        let isLast = path.count == 1
        guard let index = table.index(of: key.text) else {
            var made = TOMLTable(isLast ? .header : .implied)
            try open(&made, path.dropFirst(), at: position)
            return table.append(key, TOMLNode(.table(made), at: position))
        }
        guard case .table(var inner) = table.entries[index].node.value, inner.origin != .inline else {
            throw TOMLFailure("\"\(key.text)\" is no table that can be added to", at: key.position)
        }
        if isLast {
            guard inner.origin == .implied else {
                throw TOMLFailure("\"\(key.text)\" is there already", at: key.position)
            }
            inner.origin = .header
        }
        try open(&inner, path.dropFirst(), at: position)
        table.replace(index, .table(inner))
    }

    private mutating func pair() throws(TOMLFailure) {
        let keys = try keys()
        guard take("=") else { throw failure("expected = after \"\(keys.last?.text ?? "")\"") }
        skipBlanks()
        let node = try value()
        try TOMLParser.within(&root, path[...]) { (table) throws(TOMLFailure) in
            try TOMLParser.insert(&table, keys[...], node)
        }
    }

    private static func within(
        _ table: inout TOMLTable, _ path: ArraySlice<TOMLKey>, _ body: (inout TOMLTable) throws(TOMLFailure) -> Void
    ) throws(TOMLFailure) {
        guard let key = path.first, let index = table.index(of: key.text),
            case .table(var inner) = table.entries[index].node.value
        else { return try body(&table) }
        try within(&inner, path.dropFirst(), body)
        table.replace(index, .table(inner))
    }

    static func insert(
        _ table: inout TOMLTable, _ keys: ArraySlice<TOMLKey>, _ node: TOMLNode
    ) throws(TOMLFailure) {
        guard let key = keys.first else { return }
        let known = table.index(of: key.text)
        if keys.count == 1 {
            if known != nil { throw TOMLFailure("\"\(key.text)\" is there already", at: key.position) }
            return table.append(key, node)
        }
        guard let known else {
            var made = TOMLTable(.dotted)
            try insert(&made, keys.dropFirst(), node)
            return table.append(key, TOMLNode(.table(made), at: key.position))
        }
        guard case .table(var inner) = table.entries[known].node.value, inner.origin == .dotted else {
            throw TOMLFailure("\"\(key.text)\" is there already", at: key.position)
        }
        try insert(&inner, keys.dropFirst(), node)
        table.replace(known, .table(inner))
    }

    /// `a.b."c d"`, up to what follows.
    mutating func keys() throws(TOMLFailure) -> [TOMLKey] {
        var keys: [TOMLKey] = []
        repeat {
            skipBlanks()
            let start = position
            var name = ""
            if next == "\"" {
                name = try basicString()
            } else if next == "'" {
                name = try literalString()
            } else {
                while let scalar = next, isBare(scalar) {
                    name.unicodeScalars.append(scalar)
                    advance()
                }
                if name.isEmpty { throw failure("expected a key") }
            }
            keys.append(TOMLKey(text: name, position: start))
            skipBlanks()
        } while take(".")
        return keys
    }

    private func isBare(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}
