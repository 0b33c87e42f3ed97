/// Reads or writes the properties of an object, as `SpecObject.visit` names them.
///
/// One type does both, and keeps the first failure instead of throwing it: so `visit` is not generic, which on the way
/// to a container's start would cost more than reading the document.
package struct Properties {
    /// The object being read, or what was written so far.
    private(set) var members: [JSON.Member]
    private let isReading: Bool
    /// What was wrong first; nothing is read after it.
    private(set) var failure: JSONFailure?

    /// Documents list properties in the order of the types, nearly always: the search goes on from the last hit.
    private var position = 0
    /// Which of the first 64 members were taken; objects of a specification have fewer.
    private var taken: UInt64 = 0
    private var takenBeyond: Set<Int> = []
    private var takenCount = 0

    init(reading members: [JSON.Member]) {
        self.members = members
        isReading = true
    }

    /// For writing.
    init() {
        members = []
        isReading = false
    }

    /// What was read and nobody asked for.
    var rest: [JSON.Member] {
        if takenCount == members.count { return [] }
        return members.indices.filter { $0 < 64 ? taken & (1 << UInt64($0)) == 0 : !takenBeyond.contains($0) }
            .map { members[$0] }
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
}

extension Properties {
    /// Must be there.
    package mutating func required<Value: JSONValue>(_ key: String, _ value: inout Value) {
        guard isReading else { return members.append(JSON.Member(key, value.json)) }
        if failure != nil { return }
        guard let json = take(key) else { return failure = JSONFailure(Value.missing).under(.key(key)) }
        do { value = try Value(json: json) } catch { failure = error.under(.key(key)) }
    }

    /// May be missing, which leaves `value` as it was; always written.
    package mutating func defaulted<Value: JSONValue>(_ key: String, _ value: inout Value) {
        guard isReading else { return members.append(JSON.Member(key, value.json)) }
        guard failure == nil, let json = take(key), !json.isNull else { return }
        do { value = try Value(json: json) } catch { failure = error.under(.key(key)) }
    }

    /// May be missing; `null` counts as missing.
    package mutating func optional<Value: JSONValue>(_ key: String, _ value: inout Value?) {
        guard isReading else { return write(key, value) }
        guard failure == nil, let json = take(key), !json.isNull else { return }
        do { value = try Value(json: json) } catch { failure = error.under(.key(key)) }
    }

    /// May be missing; `null` and `""` count as missing, as they do for the reference types (`omitempty`).
    package mutating func text<Value: JSONValue>(_ key: String, _ value: inout Value?) {
        guard isReading else { return write(key, value) }
        guard failure == nil, let json = take(key), !json.isNull, !json.isEmptyText else { return }
        do { value = try Value(json: json) } catch { failure = error.under(.key(key)) }
    }

    private mutating func write(_ key: String, _ value: (some JSONValue)?) {
        if let value { members.append(JSON.Member(key, value.json)) }
    }
}

extension JSON {
    fileprivate var isNull: Bool { if case .null = self { true } else { false } }
    fileprivate var isEmptyText: Bool { if case .string(let text) = self { text.isEmpty } else { false } }
}
