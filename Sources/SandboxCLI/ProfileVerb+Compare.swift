import Confinement
import Diagnostics
import RuntimeSpec

extension ProfileVerb {
    mutating func run(_ command: ProfileCommand.Difference) throws(SandboxError) -> Int32 {
        let first = try store.load(command.first)
        let second = try store.load(command.second)
        var lines = settings(first.profile, second.profile)
        let left = try policy(first.profile).verdicts()
        let right = try policy(second.profile).verdicts()
        for row in 0..<SyscallName.count where SyscallName(row: row).number(on: .native) != nil {
            if left[row].text != right[row].text {
                lines.append((SyscallName(row: row).text, left[row].text, right[row].text))
            }
        }
        if command.json {
            print(
                .array(
                    lines.map { line in
                        .object([
                            .init("what", .string(line.what)), .init(first.name, .string(line.first)),
                            .init(second.name, .string(line.second)),
                        ])
                    }))
        } else {
            for line in lines.map(shortened) {
                output.out(
                    printable(line.what) + "\n  \(printable(first.name)): \(printable(line.first))\n"
                        + "  \(printable(second.name)): \(printable(line.second))\n")
            }
        }
        return lines.isEmpty ? 0 : 1
    }

    /// Of two lists that have something in common, what only one of them has.
    private func shortened(
        _ line: (what: String, first: String, second: String)
    ) -> (what: String, first: String, second: String) {
        func words(_ text: String) -> [String]? {
            guard let json = try? JSON(parsing: Array(text.utf8)), case .array(let list) = json else { return nil }
            return list.compactMap { if case .string(let word) = $0 { word } else { nil } }
        }
        guard let first = words(line.first), let second = words(line.second),
            !Set(first).isDisjoint(with: second), Set(first) != Set(second)
        else { return line }
        func only(_ own: [String], _ other: [String]) -> String {
            let words = own.filter { !other.contains($0) }
            return words.isEmpty ? "nothing more" : "also " + words.joined(separator: " ")
        }
        return (line.what, only(first, second), only(second, first))
    }

    /// What differs beside the system calls.
    private func settings(_ first: Profile, _ second: Profile) -> [(what: String, first: String, second: String)] {
        var left = first
        var right = second
        for side in [\Profile.seccomp] {
            left[keyPath: side] = nil
            right[keyPath: side] = nil
        }
        guard case .object(let members) = left.json, case .object(let others) = right.json else { return [] }
        var keys = members.map(\.key)
        for member in others where !keys.contains(member.key) { keys.append(member.key) }
        var lines: [(what: String, first: String, second: String)] = []
        for key in keys where !["doesNotProtect", "description"].contains(key) {
            let one = left.json[key].map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "-"
            let two = right.json[key].map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "-"
            if one != two { lines.append((key, one, two)) }
        }
        return lines
    }

    mutating func run(_ command: ProfileCommand.Explain) throws(SandboxError) -> Int32 {
        // Audit records and traces tell numbers.
        let numbered = UInt32(command.call).flatMap { SyscallName(number: $0, on: .native) }
        guard let call = SyscallName(command.call) ?? numbered else {
            throw SandboxError(
                .invalidInput, "unknown system call \"\(command.call)\"",
                remedy: SyscallName.nearest(to: command.call).map { "did you mean \"\($0)\"?" })
        }
        let entry = try store.load(command.name)
        let verdict = try policy(entry.profile).verdicts()[call.row]
        let rules =
            entry.profile.hasFilter
            ? try store.rules(of: call, in: command.name, setting: setting(entry.profile)) : []
        var allowing: [String] = []
        for builtin in BuiltinProfile.all where !verdict.isEverAllowed && builtin.name != entry.name {
            if try policy(builtin.profile()).verdicts()[call.row].isEverAllowed { allowing.append(builtin.name) }
        }
        if command.json {
            print(
                .object([
                    .init("call", .string(call.text)), .init("profile", .string(entry.name)),
                    .init("verdict", .string(verdict.text)), .init("named", .bool(verdict.isNamed)),
                    .init("rules", .array(rules.map(json))),
                    .init("allowedBy", .array(allowing.map(JSON.string))),
                ]))
            return 0
        }
        output.out("\(call.text) under \"\(printable(entry.name))\": \(verdict.text)\n")
        if call.number(on: .native) == nil {
            output.out("  this machine (\(SyscallArchitecture.native.text)) has no such call\n")
        }
        if !verdict.isNamed { output.out("  no rule names it: the default action\n") }
        for rule in rules {
            let text = [rule.place, rule.comment].compactMap(\.self).joined(separator: ": ")
            output.out("  rule: \(printable(text))\n")
        }
        if !allowing.isEmpty {
            output.out("  allowed by: \(allowing.map { "--profile \($0)" }.joined(separator: ", "))\n")
        }
        return 0
    }

    private func json(_ rule: PlacedRule) -> JSON {
        let members = [("place", rule.place), ("comment", rule.comment)]
        return .object(members.compactMap { name, text in text.map { .init(name, .string($0)) } })
    }
}
