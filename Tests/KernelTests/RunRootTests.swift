import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: rules of the root", .needsUserNamespaces, .needsFuse) struct RunRootTests {
        @Test("--hide and --deny reach the host's programs too", arguments: Caller.all)
        func hideAndDeny(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell(
                """
                ls /etc/hosts /usr/bin/env 2>&1 | grep -c 'No such file'; echo x 2>/dev/null >/etc/hosts || echo refused
                cat /etc/hostname 2>&1 | grep -c 'Permission denied'; /usr/bin/true && echo works
                """, options: ["--hide", "/etc/hosts", "--hide", "env", "--deny", "/etc/hostname"])
            #expect(outcome.lines == ["2", "refused", "1", "works"], "\(outcome)")
        }

        @Test("--quota ends with ENOSPC, in memory and kept", arguments: Caller.all, [[], ["--keep", "quota"]])
        func quota(_ caller: Caller, _ more: [String]) throws {
            let outcome = try Scene(caller).shell(
                "dd if=/dev/zero of=/etc/big bs=64k count=40 2>&1 | grep -c 'No space left'; rm /etc/big; echo x >/etc/small",
                options: ["--quota", "1m"] + more)
            #expect(outcome.lines == ["1"] && outcome.isSuccess, "\(outcome)")
        }

        @Test("--trace tells what was used", arguments: Caller.all)
        func trace(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell(
                "cat /etc/hosts; cat /etc/missing; echo x >/etc/made; rm /etc/made", options: ["--trace", "trace.json"])
            #expect(outcome.isSuccess, "\(outcome)")
            let events = readText(scene.project + "/trace.json").split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Event.self, from: Data($0.utf8))
            }
            for (event, path) in [
                ("read", "/etc/hosts"), ("missing", "/etc/missing"), ("created", "/etc/made"), ("deleted", "/etc/made"),
            ] {
                #expect(
                    events.filter { $0.event == event && $0.path == path }.count == 1, "\(event) \(path): \(events)")
            }
        }

        private struct Event: Decodable {
            let event: String
            let path: String
        }

        @Test("the death of the root's server is told, and the command does not hang", arguments: Caller.all)
        func death(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let child = try scene.start("run", "--", "sh", "-c", "echo ready; read line; cat /etc/passwd")
            try child.waitForOutput("ready")
            let server = try #require(
                try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.first { pid in
                    let status = readText("/proc/\(pid)/status").split(separator: "\n").map {
                        $0.split(separator: "\t")
                    }
                    return status.contains { $0 == ["PPid:", "\(child.pid)"] }
                        && status.contains { $0 == ["NSpid:", "\(pid)"] }
                })
            kill(server, SIGKILL)
            let outcome = child.finish(feeding: Array("go\n".utf8))
            #expect(outcome.ending == .exited(1) || outcome.ending == .exited(127), "\(outcome)")
            #expect(outcome.errorText.contains("overlay server died (signal 9)"), "\(outcome)")
        }

        @Test(
            "wrong rules are told of",
            arguments: [
                (["--hide", "/"], "not a pattern"), (["--deny", "a/../b"], "not a pattern"),
                (["--quota", "much"], "\"much\""),
                (["--quota", "0"], "nothing could be changed"), (["--trace", "/missing/file"], "/missing/file"),
            ])
        func wrong(_ options: [String], _ words: String) throws {
            let outcome = try Scene(.current).shell("true", options: options)
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains(words), "\(outcome)")
        }
    }
}
