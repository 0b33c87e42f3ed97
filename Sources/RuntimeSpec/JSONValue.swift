/// What a property of a document can be.
package protocol JSONValue: Equatable, Sendable {
    /// Throws what was expected and what is there.
    init(json: JSON) throws(JSONFailure)
    var json: JSON { get }
    /// What is said where a value that must be there is not.
    static var missing: String { get }
}

extension JSONValue {
    package static var missing: String { "missing" }
}

extension JSON: JSONValue {
    package init(json: JSON) throws(JSONFailure) { self = json }
    package var json: JSON { self }
}

extension String: JSONValue {
    package init(json: JSON) throws(JSONFailure) {
        guard case .string(let text) = json else { throw JSONFailure(expected: "a string", found: json) }
        self = text
    }
    package var json: JSON { .string(self) }
}

extension Bool: JSONValue {
    package init(json: JSON) throws(JSONFailure) {
        guard case .bool(let value) = json else { throw JSONFailure(expected: "true or false", found: json) }
        self = value
    }
    package var json: JSON { .bool(self) }
}

/// A whole number: `1.0` and `1e3` are refused, as the reference types refuse them.
package protocol JSONInteger: JSONValue, FixedWidthInteger {}

extension JSONInteger {
    package init(json: JSON) throws(JSONFailure) {
        guard case .number(let literal) = json, let value = Self(literal) else {
            let sign = Self.isSigned ? "a signed" : "an unsigned"
            throw JSONFailure(expected: "\(sign) \(Self.bitWidth)-bit integer", found: json)
        }
        self = value
    }
    package var json: JSON { .integer(self) }
}

extension UInt16: JSONInteger {}
extension UInt32: JSONInteger {}
extension UInt64: JSONInteger {}
extension Int32: JSONInteger {}
extension Int64: JSONInteger {}

extension Array: JSONValue where Element: JSONValue {
    package init(json: JSON) throws(JSONFailure) {
        guard case .array(let elements) = json else { throw JSONFailure(expected: "an array", found: json) }
        self = []
        reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do { append(try Element(json: element)) } catch { throw error.under(.index(index)) }
        }
    }
    package var json: JSON { .array(map(\.json)) }
}

/// What the key of an object with free keys can be.
package protocol JSONKey: Hashable, Sendable {
    init(key: String) throws(JSONFailure)
    var key: String { get }
}

extension String: JSONKey {
    package init(key: String) { self = key }
    package var key: String { self }
}

/// Written sorted by key, so that the same value is always the same text.
extension Dictionary: JSONValue where Key: JSONKey, Value: JSONValue {
    package init(json: JSON) throws(JSONFailure) {
        guard case .object(let members) = json else { throw JSONFailure(expected: "an object", found: json) }
        self.init(minimumCapacity: members.count)
        for member in members {
            do { self[try Key(key: member.key)] = try Value(json: member.value) } catch {
                throw error.under(.key(member.key))
            }
        }
    }
    package var json: JSON {
        .object(map { JSON.Member($0.key.key, $0.value.json) }.sorted { $0.key < $1.key })
    }
}

/// A string of a closed list; the doc comment of each type says where the list is from.
package protocol JSONChoice: JSONValue, JSONKey, CaseIterable, RawRepresentable where RawValue == String {
    /// What a value is called in an error message: `namespace type`.
    static var noun: String { get }
}

extension JSONChoice {
    package static var missing: String { "invalid \(noun): missing" }

    package init(json: JSON) throws(JSONFailure) {
        guard case .string(let text) = json else { throw JSONFailure(expected: "a string", found: json) }
        guard let value = Self(rawValue: text) else { throw JSONFailure("invalid \(Self.noun) \(json.shown)") }
        self = value
    }
    package var json: JSON { .string(rawValue) }

    package init(key: String) throws(JSONFailure) {
        guard let value = Self(rawValue: key) else {
            throw JSONFailure("invalid \(Self.noun) \(JSON.string(key).shown)")
        }
        self = value
    }
    package var key: String { rawValue }
}
