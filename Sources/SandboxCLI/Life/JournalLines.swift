import RuntimeSpec

/// Turns a journal into an object for each of its lines (`sandbox logs --json`).
struct JournalLines {
    let name: String
    private var rest: [UInt8] = []

    init(name: String) { self.name = name }

    /// The objects of the lines that end in `bytes`.
    mutating func objects(for bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        rest += bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            result += object(rest[..<end])
            rest.removeFirst(end + 1)
        }
        return result
    }

    /// That of a last line without an end; nil when there is none.
    mutating func finish() -> [UInt8]? {
        if rest.isEmpty { return nil }
        defer { rest = [] }
        return object(rest[...])
    }

    /// What is no UTF-8 is also there as it is, in hexadecimal.
    private func object(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var members = [
            JSON.Member("name", .string(name)), JSON.Member("line", .string(String(decoding: line, as: UTF8.self))),
        ]
        if String(validating: line, as: UTF8.self) == nil {
            let digits = line.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            members.append(JSON.Member("lineBytes", .string(digits)))
        }
        return JSON.object(members).encoded() + [UInt8(ascii: "\n")]
    }
}
