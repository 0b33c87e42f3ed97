import Diagnostics

/// One flag of an OCI verb.
struct OCIFlag: Sendable {
    enum Kind: Sendable { case word, value, values }
    var names: [String]
    var kind: Kind
    /// `PATH` in the help text; empty for words.
    var placeholder: String
    var help: String

    static func word(_ names: String..., help: String) -> OCIFlag {
        OCIFlag(names: names, kind: .word, placeholder: "", help: help)
    }
    static func value(_ names: String..., placeholder: String, help: String) -> OCIFlag {
        OCIFlag(names: names, kind: .value, placeholder: placeholder, help: help)
    }
    static func values(_ names: String..., placeholder: String, help: String) -> OCIFlag {
        OCIFlag(names: names, kind: .values, placeholder: placeholder, help: help)
    }
}

/// Flags as Go's runtimes read them, which engines rely on: one dash or two, `--flag=value` and `--flag value`,
/// `--word=false`; the first other argument, or `--`, ends them.
struct ParsedFlags {
    /// Few enough to look through; a dictionary's type would be put together at run time for them.
    private var values: [(name: String, value: String)] = []
    private(set) var rest: [String] = []

    /// - Throws: `invalidInput` that names the flag.
    init(_ arguments: [String], _ flags: [OCIFlag], interspersed: Bool = false) throws(SandboxError) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                rest += arguments[index...]
                return
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                rest.append(argument)
                if interspersed { continue }
                rest += arguments[index...]
                return
            }
            let body = argument.hasPrefix("--") ? argument.dropFirst(2) : argument.dropFirst()
            let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let flag = flags.first(where: { $0.names.contains(parts[0]) }) else {
                throw SandboxError(.invalidInput, "flag provided but not defined: -\(parts[0])")
            }
            try take(flag, parts, arguments, &index)
        }
    }

    private mutating func take(
        _ flag: OCIFlag, _ parts: [String], _ arguments: [String], _ index: inout Int
    ) throws(SandboxError) {
        let key = flag.names[0]
        switch flag.kind {
        case .word:
            let text = parts.count > 1 ? parts[1] : "true"
            let on = text == "true" || text == "1"
            guard on || text == "false" || text == "0" else {
                throw SandboxError(.invalidInput, "invalid boolean value \"\(text)\" for -\(parts[0])")
            }
            values.removeAll { $0.name == key }
            if on { values.append((key, "true")) }
        case .value, .values:
            let text: String
            if parts.count > 1 {
                text = parts[1]
            } else {
                guard index < arguments.count else {
                    throw SandboxError(.invalidInput, "flag needs an argument: -\(parts[0]) requires an argument")
                }
                text = arguments[index]
                index += 1
            }
            if flag.kind == .value { values.removeAll { $0.name == key } }
            values.append((key, text))
        }
    }

    func has(_ name: String) -> Bool { values.contains { $0.name == name } }
    func value(_ name: String) -> String? { values.last { $0.name == name }?.value }
    func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }

    /// A value that must be a whole number from `range`.
    func number(_ name: String, in range: ClosedRange<Int>) throws(SandboxError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw SandboxError(
                .invalidInput,
                "--\(name): \"\(text)\" is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
