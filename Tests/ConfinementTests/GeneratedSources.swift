import Confinement
import Foundation
import RuntimeSpec

/// Renders the files of `Sources/CProfiles` that are generated, from `syscalls.tsv` and `profiles/*.json`.
enum GeneratedSources {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let notice =
        "// Generated: SANDBOX_REGENERATE=1 swift test --filter GeneratedSourcesTests renews it, the same test fails when it is stale.\n"

    /// Whether to write instead of comparing.
    static var regenerates: Bool { ProcessInfo.processInfo.environment["SANDBOX_REGENERATE"] == "1" }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func wrapped(_ items: [String]) -> String {
        var lines: [String] = []
        var line = "   "
        for item in items {
            if line.count + item.count + 2 > 110 {
                lines.append(line)
                line = "   "
            }
            line += " \(item),"
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }

    // MARK: - syscalls.c

    static func systemCalls() throws -> String {
        let lines = try text("Sources/CProfiles/syscalls.tsv").split(separator: "\n").filter { !$0.hasPrefix("#") }
        let rows = lines.dropFirst().map { $0.split(separator: "\t").map(String.init) }
        let columns = lines[0].split(separator: "\t").count - 1
        var offsets = [0]
        for row in rows { offsets.append((offsets.last ?? 0) + row[0].utf8.count + 1) }
        var output = notice + "#include \"tables.h\"\n\nconst char cprofiles_names[] =\n"
        output += rows.map { "    \"\($0[0])\\0\"" }.joined(separator: "\n") + ";\n\n"
        output += "const uint16_t cprofiles_name_offsets[cprofiles_rows + 1] = {\n"
        output += wrapped(offsets.map(String.init)) + "};\n\n"
        output += "const uint16_t cprofiles_numbers[cprofiles_table_count][cprofiles_rows] = {\n"
        for column in 1...columns {
            let numbers = rows.map { row in
                guard let number = Int(row[column]) else { return "65535" }
                return String(number >= 0x0f_0000 ? 0xf000 + number - 0x0f_0000 : number)
            }
            output += "    {\n" + wrapped(numbers) + "    },\n"
        }
        return output + "};\n"
    }

    // MARK: - profiles.c

    static func profileNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "profiles").path)
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func profile(_ name: String) throws -> Profile {
        try Profile(reading: Array(text("profiles/\(name).json").utf8))
    }

    static func resolved(_ name: String) throws -> Profile {
        var failure: (any Error)?
        let profile = try profile(name).resolved(name: name) { name in
            do { return try Self.profile(name) } catch {
                failure = error
                return .blank
            }
        }
        if let failure { throw failure }
        return profile
    }

    static let machines: [SyscallArchitecture] = [.x86_64, .aarch64, .riscv64]

    static func program(_ name: String, on machine: SyscallArchitecture) throws -> SeccompProgram? {
        let profile = try resolved(name)
        guard profile.hasFilter else { return nil }
        let capabilities = try CapabilitySet(names: profile.capabilities?.bounding ?? [], at: "bounding")
        let policy = try profile.policy(in: FilterSetting(architecture: machine, capabilities: capabilities))
        return try FilterCompiler(policy, native: machine).compile()
    }

    static func profiles() throws -> String {
        var output = notice + "#include \"tables.h\"\n"
        var table = ""
        for name in try profileNames() {
            let source = try text("profiles/\(name).json")
            var settings = try resolved(name)
            settings.seccomp = nil
            let compact = String(decoding: settings.encoded(), as: UTF8.self)
            output += "\nstatic const char \(name)_source[] =\n\(literal(source));\n"
            output += "\nstatic const char \(name)_settings[] =\n\(literal(compact));\n"
            var filters = ""
            for machine in machines {
                guard let program = try program(name, on: machine) else {
                    filters += "{ 0 }, "
                    continue
                }
                let array = "\(name)_\(machine.text)"
                let words = program.instructions.map { instruction in
                    let word =
                        UInt64(instruction.code) | UInt64(instruction.jumpTrue) << 16 | UInt64(instruction.jumpFalse)
                        << 24
                        | UInt64(instruction.operand) << 32
                    return "0x" + String(word, radix: 16)
                }
                output += "\nstatic const uint64_t \(array)[] = {\n\(wrapped(words))};\n"
                filters += "{ \(array), \(words.count), \(program.flags.rawValue) }, "
            }
            table +=
                "    { \"\(name)\", \(name)_source, \(name)_settings, \(source.utf8.count), \(compact.utf8.count),\n"
            table += "      { \(filters)} },\n"
        }
        output += "\nconst struct cprofiles_profile cprofiles_profiles[] = {\n\(table)};\n"
        return output + "const unsigned cprofiles_profiles_count = \(try profileNames().count);\n"
    }

    /// Text as adjacent C string literals, one a line.
    private static func literal(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var escaped = ""
            for scalar in line.unicodeScalars {
                switch scalar {
                case "\"", "\\": escaped += "\\\(scalar)"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            lines.append(escaped)
        }
        let last = lines.removeLast()
        var output = lines.map { "    \"\($0)\\n\"" }
        if !last.isEmpty || output.isEmpty { output.append("    \"\(last)\"") }
        return output.joined(separator: "\n")
    }
}
