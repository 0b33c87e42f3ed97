/// A place in a text, both numbers from 1; columns count characters.
package struct TextPosition: Equatable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
}

/// A value of a TOML document (toml.io, v1.0.0), and where it stands.
package struct TOMLNode: Equatable, Sendable {
    package indirect enum Value: Equatable, Sendable {
        case string(String)
        case integer(Int64)
        /// As it was written.
        case float(String)
        case boolean(Bool)
        /// A date or time as it was written.
        case date(String)
        case array([TOMLNode])
        case table(TOMLTable)
    }

    package var value: Value
    package var position: TextPosition

    package init(_ value: Value, at position: TextPosition) { (self.value, self.position) = (value, position) }

    /// For messages: what it is.
    package var kind: String {
        switch value {
        case .string: "a string"
        case .integer: "a number"
        case .float: "a number"
        case .boolean: "true or false"
        case .date: "a date"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A table in the order of its keys.
package struct TOMLTable: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var key: String
        package var position: TextPosition
        package var node: TOMLNode
    }

    /// What made the table decides what may add to it.
    enum Origin: Equatable, Sendable {
        /// Named on the way to another: `[a.b]` makes `a`.
        case implied
        case header
        /// `a.b = 1`
        case dotted
        case inline
    }

    package private(set) var entries: [Entry] = []
    var origin: Origin

    init(_ origin: Origin) { self.origin = origin }

    package subscript(key: String) -> TOMLNode? { entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.node }

    func index(of key: String) -> Int? { entries.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }

    mutating func append(_ key: TOMLKey, _ node: TOMLNode) {
        entries.append(Entry(key: key.text, position: key.position, node: node))
    }

    mutating func replace(_ index: Int, _ value: TOMLNode.Value) { entries[index].node.value = value }
}

/// One part of a dotted key.
struct TOMLKey: Equatable {
    var text: String
    var position: TextPosition
}

/// What is wrong with a document, and where.
package struct TOMLFailure: Error, Equatable {
    package var message: String
    package var position: TextPosition

    package init(_ message: String, at position: TextPosition) { (self.message, self.position) = (message, position) }
}
