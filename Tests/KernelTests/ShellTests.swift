import Foundation
import Testing

extension Kernel {
    @Suite("sandbox shell", .needsUserNamespaces, .needsFuse) struct ShellTests {
        /// `sandbox shell OPTIONS -- sh -c SCRIPT`.
        func run(_ scene: Scene, _ script: String, options: [String] = []) throws -> Outcome {
            try scene.run([scene.executable.folder + "/sandbox", "shell"] + options + ["--", "sh", "-c", script])
        }

        @Test("what is changed stays, and --reset forgets it", arguments: Caller.all)
        func keeps(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let first = try run(scene, "echo 1 >~/mine; id -u; echo $HOME; pwd; exit 3")
                #expect(first.ending == .exited(3), "\(first)")
                #expect(first.text == "\(caller.uid)\n\(scene.home)\n\(scene.project)\n", "\(first)")
                let root = try run(
                    scene, "id -u; echo x >/usr/local/new; echo y >>/etc/hostname", options: ["--as-root"])
                #expect(root.text == "0\n" && root.isSuccess, "\(root)")
                let second = try run(scene, "cat ~/mine /usr/local/new; tail -1 /etc/hostname")
                #expect(second.text == "1\nx\ny\n", "\(second)")
                #expect(access("/usr/local/new", F_OK) != 0)
                #expect(access(scene.home + "/mine", F_OK) != 0)
                let reset = try run(scene, "ls ~/mine /usr/local/new 2>/dev/null", options: ["--reset"])
                #expect(reset.text == "" && reset.errorText == "", "\(reset)")
            }
        }

        @Test("the project file's options hold, the words' before them", arguments: Caller.all)
        func projectFile(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                """
                hostname = "common"
                [shell.node]
                hostname = "noded"
                env = ["NODE_ENV=test"]
                """, to: scene.project + "/sandbox.toml")
            let untrusted = try run(scene, "uname -n")
            #expect(untrusted.ending == .exited(125) && untrusted.errorText.contains("trust"), "\(untrusted)")
            #expect(try scene.sandbox("trust", "--yes").isSuccess)
            #expect(try run(scene, "uname -n").text == "common\n")
            let named = try scene.sandbox("shell", "node", "--", "sh", "-c", "uname -n; echo $NODE_ENV")
            #expect(named.text == "noded\ntest\n", "\(named)")
            let words = try scene.sandbox("shell", "--hostname", "mine", "node", "--", "uname", "-n")
            #expect(words.text == "mine\n", "\(words)")
            let typo = try scene.sandbox("shell", "nod", "--", "true")
            #expect(typo.ending == .exited(125) && typo.errorText.contains("did you mean node?"), "\(typo)")
            let without = try scene.sandbox("shell", "--no-config", "nod", "--", "uname", "-n")
            #expect(without.text == "sandbox\n", "\(without)")
        }

        @Test("terminals share one sandbox, which ends with the last", arguments: Caller.all)
        func shared(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let first = try scene.start(
                    "shell", "--", "sh", "-c", "\(scene.nap) & echo ready; read line; cat /tmp/word")
                try first.waitForOutput("ready")
                let second = try run(scene, "echo heard >/tmp/word; pgrep -f '\(scene.nap)' >/dev/null && echo seen")
                #expect(second.text == "seen\n", "\(second)")
                let listed = try scene.sandbox("ps")
                #expect(listed.text.contains("(shell)"), "\(listed)")
                let last = first.finish(feeding: [10])
                #expect(last.text == "ready\nheard\n" && last.isSuccess, "\(last)")
                #expect(eventually { (try? scene.sandbox("ps", "-q").text) == "" })
            }
        }

        @Test("terminals that start it at once are in the same one", arguments: Caller.all)
        func atOnce(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let children = try (0..<4).map { _ in
                    try scene.start("shell", "--", "sh", "-c", "readlink /proc/self/ns/mnt; sleep 2")
                }
                let outcomes = children.map { $0.finish() }
                let (failures, places) = (outcomes.filter { !$0.isSuccess }, Set(outcomes.map(\.text)))
                #expect(failures.isEmpty && places.count == 1, "\(outcomes)")
            }
        }

        @Test("a terminal killed at any moment leaves nothing running", arguments: Caller.all)
        func killed(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for round in 0..<12 {
                    let child = try scene.start("shell", "--", "sh", "-c", "\(scene.nap) & exec \(scene.nap)")
                    usleep(useconds_t(round * 15_000))
                    child.send(SIGKILL)
                    let outcome = child.finish()
                    #expect(outcome.ending == .signaled(SIGKILL), "\(outcome)")
                }
                #expect(eventually(within: 20) { (try? scene.sandbox("ps", "-q").text) == "" })
                let outcome = try run(scene, "echo well")
                #expect(outcome.text == "well\n", "\(outcome)")
            }
        }

        @Test("the supervisor's death ends the terminals, and what was kept is there", arguments: Caller.all)
        func supervisorKilled(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let child = try scene.start(
                    "shell", "--", "sh", "-c", "echo kept >~/word; echo ready; exec \(scene.nap)")
                try child.waitForOutput("ready")
                let printed = try scene.sandbox("ps", "--json").text
                let json = try JSONSerialization.jsonObject(with: Data(printed.utf8))
                let entry = try #require((json as? [[String: Any]])?.first)
                kill(try #require(entry["supervisor"] as? pid_t), SIGKILL)
                let outcome = child.finish()
                #expect(outcome.ending != .timedOut && !outcome.isSuccess, "\(outcome)")
                let next = try run(scene, "cat ~/word")
                #expect(next.text == "kept\n", "\(next)")
            }
        }

        @Test("--stay keeps it, and stop ends it", arguments: Caller.all)
        func stays(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let started = try scene.sandbox("shell", "--stay", "other", "--", "sh", "-c", "echo $SANDBOX_SHELL")
                #expect(started.text == "project:other\n", "\(started)")
                let name = try scene.sandbox("ps", "-q").text.trimmingCharacters(in: .newlines)
                #expect(name.hasSuffix(".other"))
                let refused = try scene.sandbox("shell", "--reset", "other", "--", "true")
                #expect(refused.ending == .exited(125) && refused.errorText.contains("is running"), "\(refused)")
                let told = try scene.sandbox("shell", "--net", "host", "other", "--", "true")
                #expect(told.isSuccess && told.errorText.contains("by other options"), "\(told)")
                let stopped = try scene.sandbox("stop", name)
                #expect(stopped.isSuccess, "\(stopped)")
                let listed = try scene.sandbox("ps", "-q")
                #expect(listed.text == "", "\(listed)")
            }
        }

        @Test(
            "where the caller may not write, nothing is told of other options",
            arguments: Caller.all.filter { !$0.isRoot })
        func closedProject(_ caller: Caller) throws {
            let scene = try Scene(caller)
            _ = try scene.run(["chmod", "555", ".git"])
            try leavesNothing(scene) {
                #expect(try scene.sandbox("shell", "--stay", "--", "true").isSuccess)
                let second = try scene.sandbox("shell", "--", "true")
                #expect(second.isSuccess && second.errorText.isEmpty, "\(second)")
                let name = try scene.sandbox("ps", "-q").text.trimmingCharacters(in: .newlines)
                #expect(try scene.sandbox("stop", name).isSuccess)
            }
            _ = try scene.run(["chmod", "755", ".git"])
        }

        @Test(
            "what only the host's root may read is not there, and can be made",
            arguments: Caller.all.filter { !$0.isRoot })
        func unreadable(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = """
                stat -c '%a %u' /etc/shadow; grep -c '^root:\\*:' /etc/shadow
                ls -A /etc/ssl/private 2>&1 | head -1
                mkdir -p /etc/ssl/private && echo key >/etc/ssl/private/k && cat /etc/ssl/private/k
                useradd -r made-inside && getent shadow made-inside | cut -d: -f1,2
                touch /var/lib/dpkg/lock && echo locked
                """
            let outcome = try run(scene, script, options: ["--as-root"])
            #expect(outcome.text.contains("640 0\n1\n"), "\(outcome)")
            #expect(outcome.text.contains("key\nmade-inside:!\nlocked\n"), "\(outcome)")
        }
    }
}
