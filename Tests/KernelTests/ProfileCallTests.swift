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
        /// Makes each call, with the arguments after its number or such as the kernel refuses anyway, in a child of its
        /// own; prints what came of it.
        private static let script = """
            import ctypes, os, select, sys, time
            libc = ctypes.CDLL(None, use_errno=True)
            libc.syscall.restype = ctypes.c_long
            for word in sys.stdin.read().split():
                number, *given = map(int, word.split(":"))
                arguments = [ctypes.c_ulong(value) for value in given + [2 ** 64 - 1] * (6 - len(given))]
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(0)
                    result = libc.syscall(ctypes.c_long(number), *arguments)
                    end = "returned" if result >= 0 or result < -1 else "error %d" % ctypes.get_errno()
                    os.write(writing, end.encode())
                    os._exit(0)
                os.close(writing)
                ready, _, _ = select.select([reading], [], [], 0.5)
                end = os.read(reading, 64).decode() if ready else "waits"
                os.close(reading)
                os.kill(child, 9)
                os.waitpid(child, 0)
                print(word, end or "ended")
            """
        /// What leaves no way to tell how it went, or tells another thing each time.
        private static let skipped: Set<String> = [
            "exit", "exit_group", "fork", "vfork", "rt_sigreturn", "write", "uprobe", "uretprobe", "wait4",
            "waitid",
        ]

        /// An error number that no call gives of itself.
        private static let mark = "error 4001"

        private func outcomes(_ scene: Scene, _ profile: String, _ calls: [String]) throws -> [String: String] {
            let outcome = try scene.run(
                [
                    scene.executable.folder + "/sandbox", "run", "-q", "--profile", profile, "--", "python3", "-c",
                    Self.script,
                ],
                feeding: Array(calls.joined(separator: " ").utf8), within: 50)
            #expect(outcome.isSuccess, "\(outcome.errorText)")
            return Dictionary(
                uniqueKeysWithValues: outcome.lines.compactMap { line in
                    let words = line.split(separator: " ", maxSplits: 1)
                    return words.count == 2 ? (String(words[0]), String(words[1])) : nil
                })
        }

        /// A profile `marked` of the same rules, each refusal of which has an error that only a filter gives.
        ///
        /// Calls newer than the newest a policy names get ENOSYS, so a last rule names all the others.
        private func mark(_ profile: String, _ calls: [String], _ scene: Scene) throws {
            let text = try scene.sandbox("profile", "show", profile, "--json").text
            var whole = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            whole["rlimits"] = nil
            var seccomp = try #require(whole["seccomp"] as? [String: Any])
            #expect(seccomp["defaultAction"] as? String == "SCMP_ACT_ERRNO")
            let rules = try #require(seccomp["syscalls"] as? [[String: Any]])
            let last: [String: Any] = ["names": calls, "action": "SCMP_ACT_ERRNO"]
            seccomp["syscalls"] = (rules + [last]).map { rule in
                var rule = rule
                if rule["action"] as? String == "SCMP_ACT_ERRNO" { rule["errnoRet"] = 4001 }
                return rule
            }
            whole["seccomp"] = seccomp
            try scene.makeProfile("marked", #""extends": "default""#)
            let file = scene.home + "/.config/sandbox/profiles/marked.json"
            try scene.write(String(decoding: JSONSerialization.data(withJSONObject: whole), as: UTF8.self), to: file)
        }

        @Test(
            "is what the table says: refused ones fail by the filter, allowed ones as without a filter",
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
            try mark(profile, rows.keys.sorted(), scene)
            let asked = rows.keys.compactMap { numbers[$0] }.sorted().map { String($0) }
            let free = try outcomes(scene, "open", asked)
            let held = try outcomes(scene, profile, asked)
            let marked = try outcomes(scene, "marked", asked)
            var refused = 0
            for (call, cells) in rows {
                guard let cell = cells[profile], let number = numbers[call].map({ String($0) }) else { continue }
                let outcome = try #require(held[number], "\(call)")
                let byFilter = marked[number] == Self.mark
                if byFilter {
                    refused += 1
                    #expect(["error 1", "error 38", "error 97"].contains(outcome), "\(call): \(outcome)")
                } else {
                    #expect(outcome == free[number] && marked[number] == free[number], "\(call)")
                }
                switch cell {
                case "–": #expect(byFilter, "\(call): \(marked[number] ?? "")")
                case "yes": #expect(!byFilter, "\(call)")
                default: #expect(cell == "some", "\(call): \(cell)")
                }
            }
            #expect(refused > 50 && held.count > 350, "\(refused) of \(held.count)")
        }

        /// Calls that some arguments let through, with such and with others.
        private static let decided: [(call: String, arguments: [UInt64], allows: Set<String>)] = [
            ("clone", [0x1000_0011, 0, 0, 0, 0], []), ("clone", [0x0002_0011, 0, 0, 0, 0], []),
            ("clone", [0x2000_0011, 0, 0, 0, 0], []), ("clone", [0x4000_0011, 0, 0, 0, 0], []),
            ("unshare", [0x1000_0000], []), ("unshare", [0x0002_0000], []), ("unshare", [0x1000_0200], []),
            ("unshare", [0x200], ["default", "dev", "build", "gui", "agent"]),
            ("socket", [17, 3, 0], []), ("socket", [38, 5, 0], []), ("socket", [40, 1, 0], []),
            ("socket", [1, 1, 0], ["default", "dev", "build", "gui", "agent"]),
            ("socket", [2, 1, 0], ["default", "dev", "gui", "agent"]),
            ("ioctl", [0, 0x5412], []), ("ioctl", [0, 0x541c], []), ("ioctl", [0, 0x1_0000_5412], []),
            ("ioctl", [0, 0x5413], ["default", "dev", "build", "strict", "gui", "agent"]),
        ]

        @Test(
            "where arguments decide, the filter refuses the ones it is to refuse",
            .enabled(if: Self.isX86, "the table's rows are x86-64's calls"), .needs("python3", package: "python3"),
            arguments: ["default", "dev", "build", "strict", "gui", "agent"])
        func arguments(_ profile: String) throws {
            let scene = try Scene(try #require(Caller.all.last))
            let numbers = try ProfileTableFile.numbers()
            try mark(profile, numbers.keys.filter { !Self.skipped.contains($0) }.sorted(), scene)
            let asked = try Self.decided.map { row in
                try ([UInt64(#require(numbers[row.call]))] + row.arguments).map { String($0) }.joined(separator: ":")
            }
            let held = try outcomes(scene, profile, asked)
            let marked = try outcomes(scene, "marked", asked)
            for (row, word) in zip(Self.decided, asked) {
                let isAllowed = row.allows.contains(profile)
                #expect((marked[word] == Self.mark) != isAllowed, "\(word): \(marked[word] ?? "")")
                if !isAllowed { #expect(["error 1", "error 97"].contains(held[word]), "\(word): \(held[word] ?? "")") }
            }
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
