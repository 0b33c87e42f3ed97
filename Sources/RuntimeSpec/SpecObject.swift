import Diagnostics

/// A type that mirrors one object of a document.
///
/// `visit` names each property once, for reading and for writing, so the two cannot drift apart.
package protocol SpecObject: JSONValue {
    /// A value for reading to fill; its required properties mean nothing until then.
    static var blank: Self { get }
    /// Properties this version of the specification does not know, kept and written back. The specification tells
    /// runtimes to ignore them (config.md, Extensibility).
    var unknown: [JSON.Member] { get set }
    mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure)
}

/// What reads or writes the properties of an object.
package protocol PropertyVisitor {
    associatedtype Failure: Error
    /// Must be there.
    mutating func required<Value: JSONValue>(_ key: String, _ value: inout Value) throws(Failure)
    /// May be missing, which leaves `value` as it was; always written.
    mutating func defaulted<Value: JSONValue>(_ key: String, _ value: inout Value) throws(Failure)
    /// May be missing; `null` counts as missing.
    mutating func optional<Value: JSONValue>(_ key: String, _ value: inout Value?) throws(Failure)
    /// May be missing; `null` and `""` count as missing, as they do for the reference types (`omitempty`).
    mutating func text<Value: JSONValue>(_ key: String, _ value: inout Value?) throws(Failure)
}

extension SpecObject {
    package init(json: JSON, at path: JSONPath) throws(SandboxError) {
        guard case .object(let members) = json else { throw path.mismatch("an object", json) }
        var reader = PropertyReader(members, at: path)
        self = .blank
        try visit(&reader)
        unknown = reader.rest
    }

    package var json: JSON {
        var writer = PropertyWriter()
        var copy = self
        copy.visit(&writer)
        return .object(writer.members + unknown)
    }

    /// Reads a whole document; syntax errors give line and column, others the property's path.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        try self.init(json: JSON(parsing: bytes), at: .root)
    }

    /// The document as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

/// Takes properties out of an object, and knows which nobody took.
struct PropertyReader: PropertyVisitor {
    private let members: [JSON.Member]
    private let path: JSONPath
    /// Documents list properties in the order of the types, nearly always: the search goes on from the last hit.
    private var position = 0
    /// Which of the first 64 members were taken; objects of a specification have fewer.
    private var taken: UInt64 = 0
    private var takenBeyond: Set<Int> = []
    private var takenCount = 0

    init(_ members: [JSON.Member], at path: JSONPath) {
        self.members = members
        self.path = path
    }

    private mutating func take(_ key: String) -> JSON? {
        var index = position
        for _ in 0..<members.count {
            if index == members.count { index = 0 }
            if members[index].key == key {
                position = index + 1
                takenCount += 1
                if index < 64 { taken |= 1 << UInt64(index) } else { takenBeyond.insert(index) }
                return members[index].value
            }
            index += 1
        }
        return nil
    }

    var rest: [JSON.Member] {
        if takenCount == members.count { return [] }
        return members.indices.filter { $0 < 64 ? taken & (1 << UInt64($0)) == 0 : !takenBeyond.contains($0) }
            .map { members[$0] }
    }

    mutating func required<Value: JSONValue>(_ key: String, _ value: inout Value) throws(SandboxError) {
        guard let json = take(key) else { throw JSONPath.member(path, key).error("missing") }
        value = try Value(json: json, at: .member(path, key))
    }

    mutating func defaulted<Value: JSONValue>(_ key: String, _ value: inout Value) throws(SandboxError) {
        guard let json = take(key), json != .null else { return }
        value = try Value(json: json, at: .member(path, key))
    }

    mutating func optional<Value: JSONValue>(_ key: String, _ value: inout Value?) throws(SandboxError) {
        guard let json = take(key), json != .null else { return }
        value = try Value(json: json, at: .member(path, key))
    }

    mutating func text<Value: JSONValue>(_ key: String, _ value: inout Value?) throws(SandboxError) {
        guard let json = take(key), json != .null, json != .string("") else { return }
        value = try Value(json: json, at: .member(path, key))
    }
}

/// Collects the properties of an object.
struct PropertyWriter: PropertyVisitor {
    var members: [JSON.Member] = []

    mutating func required<Value: JSONValue>(_ key: String, _ value: inout Value) {
        members.append(JSON.Member(key, value.json))
    }
    mutating func defaulted<Value: JSONValue>(_ key: String, _ value: inout Value) {
        members.append(JSON.Member(key, value.json))
    }
    mutating func optional<Value: JSONValue>(_ key: String, _ value: inout Value?) {
        if let value { members.append(JSON.Member(key, value.json)) }
    }
    mutating func text<Value: JSONValue>(_ key: String, _ value: inout Value?) {
        if let value { members.append(JSON.Member(key, value.json)) }
    }
}
