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
