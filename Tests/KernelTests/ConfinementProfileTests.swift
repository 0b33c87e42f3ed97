import Foundation
import Testing

extension Kernel {
    @Suite("sandbox profile") struct ConfinementProfileTests {
        @Test("list names the built-in profiles and those of the home", arguments: Caller.all)
        func list(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for folder in ["/.config", "/.config/sandbox", "/.config/sandbox/profiles"]
            where access(scene.home + folder, F_OK) != 0 { try scene.makeFolder(scene.home + folder) }
            try scene.write(
                #"{"doesNotProtect": ["x"], "description": "My own.", "extends": "default"}"#,
                to: scene.home + "/.config/sandbox/profiles/mine.json")
            let outcome = try scene.sandbox("profile", "list")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.lines.count == 9, "\(outcome)")
            #expect(outcome.text.contains("Any untrusted command."), "\(outcome)")
            #expect(outcome.lines.last?.contains("My own.") == true, "\(outcome)")
        }

        @Test("explain names the profiles that allow a refused call")
        func explain() throws {
            let outcome = try Scene(Caller.all[0]).sandbox("profile", "explain", "default", "ptrace")
            #expect(outcome.lines.first == "ptrace under \"default\": EPERM", "\(outcome)")
            #expect(outcome.text.contains("--profile dev"), "\(outcome)")
        }

        @Test(
            "a bad file is one line with its reason, exit status 125",
            arguments: [
                (#"{"description": "d"}"#, "doesNotProtect: missing"),
                ("{\n  \"description\": nope}", "2:"),
                (
                    #"{"doesNotProtect": ["x"], "description": "d", "seccomp": {"syscalls": [{"names": ["raed"], "action": "SCMP_ACT_ALLOW"}]}}"#,
                    "line 1: seccomp.syscalls[0].names[0]: unknown system call \"raed\" (hint: did you mean \"read\"?)"
                ),
                ("{\n\"doesNotProtect\": [\"x\"],\n\"description\": 3}", "line 3: description: expected"),
                (String(repeating: " ", count: 2 << 20), "2097152 bytes"),
                (#"{"doesNotProtect": ["x"], "description": "d", "extends": "bad"}"#, "bad → bad"),
            ])
        func bad(_ text: String, _ reason: String) throws {
            let scene = try Scene(Caller.all[0])
            try scene.write(text, to: scene.project + "/bad.json")
            let outcome = try scene.sandbox("profile", "check", "bad.json", in: scene.project)
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome)")
            #expect(outcome.errorText.contains("bad.json"), "\(outcome)")
            #expect(outcome.errorText.contains(reason), "\(outcome)")
        }

        /// What `check` and `run` say to a profile with these properties.
        private func refusals(_ caller: Caller, _ rest: String) throws -> [Outcome] {
            let scene = try Scene(caller)
            let text = "{\"doesNotProtect\": [\"x\"],\n\"description\": \"d\",\n\(rest)}"
            try scene.write(text, to: scene.project + "/bad.json")
            return [
                try scene.sandbox("profile", "check", "bad.json"),
                try scene.shell("echo ran", options: ["--profile", "./bad.json"]),
            ]
        }

        @Test(
            "what a run would refuse is refused by check, in the same line of the same file",
            arguments: [
                (#""limits": {"memroy": "1g"}"#, "bad.json: line 3: limits.memroy: no such limit"),
                (#""limits": {"memory": "1x"}"#, "bad.json: line 3: limits.memory \"1x\": not a size"),
                (#""limits": {"memory.high": ""}"#, "bad.json: line 3: limits[\"memory.high\"]"),
                (#""maskedPaths": ["/ok", "etc"]"#, "bad.json: line 3: maskedPaths[1]: \"etc\" is no absolute path"),
                (#""environment": ["A*", "A=B"]"#, "bad.json: line 3: environment[1]: \"A=B\" is no variable's name"),
                (#""desktop": ["display", "bus"]"#, "bad.json: line 3: desktop[1]: invalid part of the desktop"),
                (#""readonlyPaths": [""]"#, "bad.json: line 3: readonlyPaths[0]: \"\" is no absolute path"),
                (
                    #""rlimits": {"RLIMIT_CORE": {"soft": 2, "hard": 1}}"#,
                    "bad.json: line 3: rlimits.RLIMIT_CORE.soft: 2 is more than the hard limit 1"
                ),
                (#""namespaces": ["pid", "mount", "pid"]"#, "bad.json: line 3: namespaces[2]: pid is named twice"),
                (
                    #""capabilities": {"permitted": ["CAP_KILL"], "effective": ["CAP_CHOWN"]}"#,
                    "bad.json: line 3: capabilities.effective: CAP_CHOWN is not permitted"
                ),
                (
                    #""capabilities": {"permitted": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]}"#,
                    "bad.json: line 3: capabilities.ambient: CAP_CHOWN is not inheritable"
                ),
            ])
        func same(_ property: String, _ reason: String) throws {
            for caller in Caller.all {
                for outcome in try refusals(caller, #""extends": "default", "# + property) {
                    #expect(outcome.ending == .exited(125) && outcome.text.isEmpty, "\(outcome)")
                    #expect(outcome.errorText.contains(reason), "\(outcome)")
                    #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome)")
                }
            }
        }

        @Test(
            "a profile whose filter nobody gives, whose parent is missing or whose nesting has no end is refused",
            arguments: [
                (#""network": "none""#, "bad.json: seccomp.defaultAction: missing"),
                (#""extends": "nobody""#, "bad.json: line 3: extends: no profile \"nobody\""),
                (#""extends": "../bad""#, "bad.json: line 3: extends: \"../bad\" is no name"),
                (#""extends": "d\u0000t""#, "bad.json: line 3: extends: \"d\\u{0}t\" is no name"),
                (#""seccomp": "# + String(repeating: "[", count: 200_000), "bad.json: 3:"),
            ])
        func incomplete(_ property: String, _ reason: String) throws {
            for outcome in try refusals(Caller.all[0], property) {
                #expect(outcome.ending == .exited(125) && outcome.text.isEmpty, "\(outcome)")
                #expect(outcome.errorText.contains(reason), "\(outcome)")
            }
        }

        @Test("a filter longer than the kernel takes is named with its file")
        func long() throws {
            let calls = [
                "ioctl", "fcntl", "prctl", "socket", "mmap", "mprotect", "madvise", "clone", "futex", "personality",
                "setsockopt", "getsockopt", "keyctl", "bpf", "fadvise64", "flock", "lseek", "shmget", "semctl",
                "msgctl",
            ]
            let rules = calls.enumerated().flatMap { place, call in
                (0..<250).map {
                    #"{"names": ["\#(call)"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": \#(place + $0 * 37), "op": "SCMP_CMP_EQ"}]}"#
                }
            }
            let text =
                #""seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [\#(rules.joined(separator: ","))]}"#
            for outcome in try refusals(Caller.all[0], text) {
                #expect(outcome.ending == .exited(125) && outcome.errorText.contains("bad.json"), "\(outcome)")
                #expect(outcome.errorText.contains("the kernel takes 4096"), "\(outcome)")
            }
        }

        @Test("show says what a run gets where the profile says nothing", .needsUserNamespaces, .needsFuse)
        func shown() throws {
            let scene = try Scene(Caller.all[0])
            try scene.makeProfile("open", #""seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}"#)
            let shown = try scene.sandbox("profile", "show", "open")
            #expect(shown.text.contains("no new privileges: yes"), "\(shown)")
            #expect(shown.text.contains("namespaces: user mount pid"), "\(shown)")
            #expect(shown.text.contains("environment: ") && !shown.text.contains("environment: none"), "\(shown)")
            #expect(shown.text.contains("system calls: all allowed"), "\(shown)")
            let status = try scene.shell(
                "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status", options: ["--profile", "open"])
            #expect(status.lines == ["NoNewPrivs:\t1", "Seccomp:\t0"], "\(status)")
        }

        @Test("compile writes instructions of eight bytes, diff says what differs")
        func compile() throws {
            let scene = try Scene(Caller.all[0])
            let outcome = try scene.sandbox("profile", "compile", "strict", "-o", "f.bpf", in: scene.project)
            #expect(outcome.isSuccess, "\(outcome)")
            let size = try Data(contentsOf: URL(filePath: scene.project + "/f.bpf")).count
            #expect(size > 400 && size % 8 == 0)
            #expect(try scene.sandbox("profile", "diff", "dev", "dev").ending == .exited(0))
            let different = try scene.sandbox("profile", "diff", "default", "dev")
            #expect(different.ending == .exited(1), "\(different)")
            #expect(different.text.contains("ptrace\n  default: EPERM\n  dev: allow"), "\(different)")
        }
    }

    @Suite("sandbox run --profile", .needsUserNamespaces, .needsFuse) struct ConfinementRunTests {
        @Test("the default profile's filter is on the command", arguments: Caller.all)
        func filtered(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status")
            #expect(outcome.lines == ["NoNewPrivs:\t1", "Seccomp:\t2"], "\(outcome)")
        }

        @Test("a namespace is refused by default and made under nested", arguments: Caller.all)
        func nested(_ caller: Caller) throws {
            let scene = try Scene(caller)
            #expect(try scene.shell("unshare --user true").ending == .exited(1))
            let outcome = try scene.shell("unshare --user true", options: ["--profile", "nested"])
            #expect(outcome.isSuccess, "\(outcome)")
        }
    }
}
