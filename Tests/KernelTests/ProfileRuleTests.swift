import Foundation
import Testing

extension Kernel {
    @Suite("what is told about a profile's rules") struct ProfileRuleTests {
        private static let own = """
            {"doesNotProtect": ["x"], "description": "d", "extends": "default", "seccomp": {"syscalls": [
              {"comment": "No sockets.", "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
              {"names": ["sysinfo"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
              {"comment": "Elsewhere.", "names": ["uname"], "action": "SCMP_ACT_ERRNO", "includes": {"arches": ["SCMP_ARCH_S390X"]}}
            ]}}
            """

        private func rules(_ scene: Scene, _ profile: String, _ call: String) throws -> [String] {
            let outcome = try scene.sandbox("profile", "explain", profile, call, in: scene.project)
            #expect(outcome.isSuccess, "\(outcome)")
            return outcome.lines.filter { $0.hasPrefix("  rule: ") }.map { String($0.dropFirst(8)) }
        }

        @Test("explain names the rules that decide, each with its line, and none behind them")
        func explain() throws {
            let scene = try Scene(Caller.all[0])
            try scene.write(Self.own, to: scene.project + "/own.json")
            #expect(try rules(scene, "./own.json", "socket") == ["./own.json:2: No sockets."])
            #expect(try rules(scene, "./own.json", "sysinfo") == ["./own.json:3"])
            let uname = try rules(scene, "./own.json", "uname")
            #expect(uname.count == 1 && uname[0].hasPrefix("profiles/default.json:"), "\(uname)")
            let refused = try rules(scene, "default", "bpf")
            #expect(refused.count == 1 && refused[0].hasPrefix("profiles/default.json:"), "\(refused)")
            #expect(try rules(scene, "default", "socket").count > 1)
        }

        #if arch(x86_64)
            @Test("a call may go by its number, as audit records have it")
            func number() throws {
                let scene = try Scene(Caller.all[0])
                let named = try scene.sandbox("profile", "explain", "default", "ptrace")
                #expect(named.isSuccess && named.text.hasPrefix("ptrace under"), "\(named)")
                #expect(try scene.sandbox("profile", "explain", "default", "101").text == named.text)
                let none = try scene.sandbox("profile", "explain", "default", "9999")
                #expect(none.ending == .exited(125) && none.errorText.contains("\"9999\""), "\(none)")
            }
        #endif

        @Test("of lists that differ, what only one of them has is told")
        func differences() throws {
            let scene = try Scene(Caller.all[0])
            let outcome = try scene.sandbox("profile", "diff", "default", "agent")
            #expect(outcome.ending == .exited(1), "\(outcome)")
            let start = outcome.lines.firstIndex(of: "environment") ?? 0
            #expect(outcome.lines[start + 1] == "  default: nothing more", "\(outcome)")
            #expect(outcome.lines[start + 2].hasPrefix("  agent: also CI GIT_AUTHOR_NAME"), "\(outcome)")
            #expect(try scene.sandbox("profile", "diff", "default", "default").text == "")
        }

        @Test("a program outside the places of its profile is refused with their property", .needsLandlock(1))
        func places() throws {
            let scene = try Scene(Caller.all[0])
            try scene.makeProfile("narrow", #""extends": "default", "landlock": {"read": ["/srv"]}"#)
            let outcome = try scene.sandbox("run", "--profile", "narrow", "--", "true", in: scene.project)
            #expect(outcome.ending == .exited(126), "\(outcome)")
            #expect(outcome.errorText.contains("landlock.read names what may be read"), "\(outcome)")
        }

        @Test("the line is in the file that a run reads: a sibling of the first one")
        func siblings() throws {
            let scene = try Scene(Caller.all[0])
            let rule =
                #""extends": "default", "seccomp": {"syscalls": [{"names": ["sysinfo"], "action": "SCMP_ACT_ERRNO"}]}"#
            try scene.makeProfile("middle", #""extends": "end""#)
            try scene.makeProfile("end", rule)
            for (name, properties) in [("first", #""extends": "middle""#), ("end", rule)] {
                try scene.write(
                    #"{"doesNotProtect": ["x"], "description": "d", \#(properties)}"#,
                    to: scene.project + "/\(name).json")
            }
            #expect(try rules(scene, "./first.json", "sysinfo") == ["./end.json:1"])
        }

        @Test("rules that follow from ports are told with the line of the ports")
        func ports() throws {
            let scene = try Scene(Caller.all[0])
            try scene.write(
                "{\"doesNotProtect\": [\"x\"], \"description\": \"d\", \"extends\": \"default\",\n\"landlock\": {\n\"tcpConnect\": [443]}}",
                to: scene.project + "/ports.json")
            let rules = try rules(scene, "./ports.json", "setsockopt")
            #expect(rules.first == "./ports.json:3: Landlock's rules of TCP ports do not see it.", "\(rules)")
            #expect(rules.last?.hasPrefix("profiles/default.json:") == true, "\(rules)")
        }

        @Test(
            "a rule that asks a supervisor is refused with the mend by everything that reads it",
            arguments: [
                ["profile", "check", "./n.json"], ["run", "--profile", "./n.json", "--", "true"],
                ["run", "-d", "--name", "notified", "--profile", "./n.json", "--", "true"],
            ])
        func notify(_ words: [String]) throws {
            let scene = try Scene(Caller.all[0])
            try scene.write(
                "{\"doesNotProtect\": [\"x\"], \"description\": \"d\", \"extends\": \"default\", \"seccomp\": {\"syscalls\": [\n{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}}",
                to: scene.project + "/n.json")
            let outcome = try scene.run([scene.executable.folder + "/sandbox"] + words)
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(
                outcome.errorText.contains("./n.json: line 2: seccomp.syscalls[0].action: SCMP_ACT_NOTIFY"),
                "\(outcome)")
            #expect(outcome.errorText.contains("SCMP_ACT_ERRNO refuses the call"), "\(outcome)")
        }

        @Test("a filter for a machine of the other byte order is written in it; x32 is no machine")
        func byteOrder() throws {
            let scene = try Scene(Caller.all[0])
            func file(_ arch: String) throws -> [UInt8] {
                let outcome = try scene.sandbox(
                    "profile", "compile", "default", "--arch", arch, "-o", "\(arch).bpf", in: scene.project)
                #expect(outcome.isSuccess, "\(outcome)")
                return [UInt8](try Data(contentsOf: URL(filePath: scene.project + "/\(arch).bpf")))
            }
            // Both begin by loading the architecture, word 4, and comparing it.
            let little = try file("aarch64")
            #expect(little.prefix(8) == [0x20, 0, 0, 0, 4, 0, 0, 0] && little[12..<16] == [0xb7, 0, 0, 0xc0])
            let big = try file("s390x")
            #expect(big.prefix(8) == [0, 0x20, 0, 0, 0, 0, 0, 4] && big[12..<16] == [0x80, 0, 0, 0x16])
            let refused = try scene.sandbox(
                "profile", "compile", "default", "--arch", "x32", "-o", "x32.bpf", in: scene.project)
            #expect(refused.ending == .exited(125) && refused.errorText.contains("SCMP_ARCH_X32"), "\(refused)")
            #expect(access(scene.project + "/x32.bpf", F_OK) != 0)
        }

        @Test("what engines are given names the architecture, without which they refuse newer calls with EPERM")
        func architectures() throws {
            let scene = try Scene(Caller.all[0])
            for words in [["show", "default", "--oci"], ["export", "default"]] {
                let outcome = try scene.run([scene.executable.folder + "/sandbox", "profile"] + words)
                let filter = try #require(
                    JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any])
                let names = filter["architectures"] as? [String]
                #expect(names?.count == 1 && names?[0].hasPrefix("SCMP_ARCH_") == true, "\(words): \(names ?? [])")
            }
        }
    }

    @Suite("ports of a profile", .needsUserNamespaces, .needsFuse) struct ProfilePortRunTests {
        @Test(
            "no way around the rules of ports: MPTCP, fast open and its messages", .needsLandlock(4),
            .needs("python3", package: "python3"), arguments: Caller.all)
        func ports(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeProfile(
                "walled", #""extends": "default", "landlock": {"tcpBind": [9771], "tcpConnect": [443]}"#)
            try scene.write(
                """
                import socket
                place = ("127.0.0.1", 9771)
                server = socket.socket()
                server.bind(place)
                server.listen()
                server.setblocking(False)
                FAST = 0x20000000
                ways = {
                    "connect": lambda s: s.connect(place),
                    "sendto": lambda s: s.sendto(b"x", FAST, place),
                    "sendmsg": lambda s: s.sendmsg([b"x"], [], FAST, place),
                    "option": lambda s: s.setsockopt(6, 30, 1),
                    "multipath": lambda s: socket.socket(2, 1, 262),
                    "multipath6": lambda s: socket.socket(10, 1, 262),
                }
                for name, way in ways.items():
                    try: way(socket.socket()); print(name, "passed")
                    except OSError as error: print(name, error.errno)
                try: server.accept(); print("reached")
                except BlockingIOError: print("alone")
                """, to: scene.project + "/ways.py")
            let outcome = try scene.run(
                [scene.executable.folder + "/sandbox", "run", "--profile", "walled", "--", "python3", "ways.py"])
            #expect(
                outcome.lines == [
                    "connect 13", "sendto 95", "sendmsg 95", "option 92", "multipath 93", "multipath6 93", "alone",
                ], "\(outcome)")
        }
    }
}
