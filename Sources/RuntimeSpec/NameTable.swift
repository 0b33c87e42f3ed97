/// A few values by name, in the order in which they came: a dictionary for what every start builds and drops.
///
/// The first `Dictionary` with a kind of key makes Swift's runtime look for that key's `Hashable` among all the
/// conformances of the executable, which takes longer than a start's searches of these put together.
@frozen
package struct NameTable<Value>: RandomAccessCollection, ExpressibleByDictionaryLiteral {
    package typealias Element = (key: String, value: Value)

    @usableFromInline package var entries: [Element] = []

    @inlinable package init() {}

    /// Of equal names the last one counts.
    @inlinable package init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }

    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { entries.count }
    @inlinable package subscript(position: Int) -> Element { entries[position] }

    /// The value of a name; nil takes it away.
    @inlinable package subscript(name: String) -> Value? {
        get {
            for entry in entries where entry.key == name { return entry.value }
            return nil
        }
        set {
            for index in entries.indices where entries[index].key == name {
                if let newValue { entries[index].value = newValue } else { entries.remove(at: index) }
                return
            }
            if let newValue { entries.append((name, newValue)) }
        }
    }

    @inlinable package mutating func removeValue(forKey name: String) -> Value? {
        for index in entries.indices where entries[index].key == name { return entries.remove(at: index).value }
        return nil
    }

    /// Takes over the values of `others`.
    @inlinable package mutating func merge(_ others: NameTable) {
        for (name, value) in others { self[name] = value }
    }

    @inlinable package func merged(with others: NameTable) -> NameTable {
        var result = self
        result.merge(others)
        return result
    }

    /// The entries for which `isIncluded` says so.
    @inlinable package func filtered(_ isIncluded: (Element) -> Bool) -> NameTable {
        var result = NameTable()
        for entry in entries where isIncluded(entry) { result.entries.append(entry) }
        return result
    }
}

extension NameTable: Equatable where Value: Equatable {
    /// Whether both have the same values, in whatever order.
    @inlinable package static func == (left: NameTable, right: NameTable) -> Bool {
        left.entries.count == right.entries.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }
}

/// Written sorted by name, so that the same value is always the same text.
extension NameTable: JSONValue where Value: JSONValue {
    package init(json: JSON) throws(JSONFailure) {
        guard case .object(let members) = json else { throw JSONFailure(expected: "an object", found: json) }
        self.init()
        for member in members {
            do { self[member.key] = try Value(json: member.value) } catch { throw error.under(.key(member.key)) }
        }
    }
    package var json: JSON {
        .object(map { JSON.Member($0.key, $0.value.json) }.sorted { $0.key < $1.key })
    }
}

extension NameTable: Sendable where Value: Sendable {}
