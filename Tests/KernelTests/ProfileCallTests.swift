import Foundation
import Testing

/// The table of docs/profiles.md and the kernel's numbers, as the tests of the built executable read them.
private enum ProfileTableFile {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Calls with their cells (`yes`, `–`, `some`) by profile.
    static func rows() throws -> [String: [String: String]] {
        let text = try String(contentsOf: root.appending(path: "docs/profiles.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let table = try #require(lines.firstIndex { $0.hasPrefix("| system calls |") })
        let columns = cells(lines[table])
        var rows: [String: [String: String]] = [:]
        for line in lines[(table + 1)...] {
            let values = cells(line)
            for name in values[0].split(separator: " ") {
                let call = String(name.dropFirst().dropLast())
                rows[call] = Dictionary(uniqueKeysWithValues: zip(columns.dropFirst(), values.dropFirst()))
            }
        }
        return rows
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// x86-64's numbers.
    static func numbers() throws -> [String: Int] {
        let text = try String(contentsOf: root.appending(path: "Sources/CProfiles/syscalls.tsv"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t") }
        let column = try #require(rows.first?.firstIndex(of: "x86_64"))
        var numbers: [String: Int] = [:]
        for row in rows.dropFirst() { if let number = Int(row[column]) { numbers[String(row[0])] = number } }
        return numbers
    }
}

extension Kernel {
    @Suite("every system call under every profile", .needsUserNamespaces, .needsFuse) struct ProfileCallTests {
        /// Makes each call, with arguments the kernel refuses anyway, in a child of its own; prints what came of it.
        private static let script = """
            import ctypes, os, select, sys, time
            libc = ctypes.CDLL(None, use_errno=True)
            libc.syscall.restype = ctypes.c_long
            bad = [ctypes.c_long(-1)] * 6
            for number in map(int, sys.stdin.read().split()):
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(0)
                    result = libc.syscall(ctypes.c_long(number), *bad)
                    word = "returned" if result >= 0 or result < -1 else "error %d" % ctypes.get_errno()
                    os.write(writing, word.encode())
                    os._exit(0)
                os.close(writing)
                ready, _, _ = select.select([reading], [], [], 0.5)
                word = os.read(reading, 64).decode() if ready else "waits"
                os.close(reading)
                os.kill(child, 9)
                os.waitpid(child, 0)
                print(number, word or "ended")
            """
        /// What leaves no way to tell how it went, or tells another thing each time.
        private static let skipped: Set<String> = [
            "exit", "exit_group", "fork", "vfork", "clone", "rt_sigreturn", "write", "uprobe", "uretprobe", "wait4",
            "waitid",
        ]

        private func outcomes(_ scene: Scene, _ profile: String, _ numbers: [Int]) throws -> [Int: String] {
            let outcome = try scene.run(
                [
                    scene.executable.folder + "/sandbox", "run", "-q", "--profile", profile, "--", "python3", "-c",
                    Self.script,
                ],
                feeding: Array(numbers.map { String($0) }.joined(separator: " ").utf8), within: 50)
            #expect(outcome.isSuccess, "\(outcome.errorText)")
            return Dictionary(
                uniqueKeysWithValues: outcome.lines.compactMap { line in
                    let words = line.split(separator: " ", maxSplits: 1)
                    return words.count == 2 ? Int(words[0]).map { ($0, String(words[1])) } : nil
                })
        }

        @Test(
            "is what the table says: refused ones fail as the filter has it, allowed ones as without a filter",
            .enabled(if: Self.isX86, "the table's rows are x86-64's calls"), .needs("python3", package: "python3"),
            arguments: ["default", "dev", "build", "strict", "nested", "gui", "agent"])
        func everyCall(_ profile: String) throws {
            let scene = try Scene(try #require(Caller.all.last))
            let numbers = try ProfileTableFile.numbers()
            let rows = try ProfileTableFile.rows().filter { !Self.skipped.contains($0.key) }
            #expect(rows.count > 350)
            try scene.makeProfile(
                "open",
                #""extends": "\#(profile)", "landlock": {}, "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\#(Self.allowing(rows.keys.sorted()))]}"#
            )
            let asked = rows.keys.compactMap { numbers[$0] }.sorted()
            let free = try outcomes(scene, "open", asked)
            let held = try outcomes(scene, profile, asked)
            var refused = 0
            for (call, cells) in rows {
                guard let number = numbers[call], let cell = cells[profile], let outcome = held[number] else {
                    continue
                }
                switch cell {
                case "–":
                    refused += 1
                    #expect(["error 1", "error 38", "error 97"].contains(outcome), "\(call): \(outcome)")
                case "yes": #expect(outcome == free[number], "\(call)")
                default: #expect(outcome == free[number] || outcome.hasPrefix("error"), "\(call)")
                }
            }
            #expect(refused > 50 && held.count > 350, "\(refused) of \(held.count)")
        }

        private static func allowing(_ names: [String]) -> String {
            let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
            return #"{"names": [\#(list)], "action": "SCMP_ACT_ALLOW"}"#
        }

        private static let isX86: Bool = {
            #if arch(x86_64)
                true
            #else
                false
            #endif
        }()
    }
}
