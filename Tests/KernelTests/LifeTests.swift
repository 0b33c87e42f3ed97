import Foundation
import Testing

extension Kernel {
    @Suite("named and detached sandboxes", .needsUserNamespaces, .needsFuse) struct LifeTests {
        /// Runs the sandbox and looks at its end and at what it says.
        func check(
            _ scene: Scene, _ words: [String], ends ending: Ending? = nil, prints text: String? = nil,
            shows part: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let outcome = try scene.run([scene.executable.folder + "/sandbox"] + words)
            if let ending {
                #expect(outcome.ending == ending, "\(outcome)", sourceLocation: sourceLocation)
            } else if text == nil {
                #expect(outcome.isSuccess, "\(outcome)", sourceLocation: sourceLocation)
            }
            if let text { #expect(outcome.text == text, "\(outcome)", sourceLocation: sourceLocation) }
            if let part {
                #expect((outcome.text + outcome.errorText).contains(part), "\(outcome)", sourceLocation: sourceLocation)
            }
        }

        /// Whether a process has a file open whose path ends so.
        private func holds(_ pid: pid_t, _ suffix: String) -> Bool {
            let folder = "/proc/\(pid)/fd"
            let links = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return links.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)"))?.hasSuffix(suffix)
                    ?? false
            }
        }

        @Test("a named sandbox is listed, joined and waited for", arguments: Caller.all)
        func named(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let child = try scene.start("run", "--name", "web", "--", "sh", "-c", "echo ready; read line; exit 4")
                try child.waitForOutput("ready")
                try check(scene, ["ps", "-q"], prints: "web\n")
                let inside = try scene.sandbox(
                    "exec", "web", "--", "sh", "-c", "echo $$ $USER; cat; exit 7", feeding: [120])
                #expect(inside.ending == .exited(7) && inside.text.hasSuffix(" \(caller.name)\nx"), "\(inside)")
                let second = try scene.sandbox("run", "--name", "web", "--", "true")
                #expect(second.ending == .exited(125) && second.errorText.contains("\"web\" is running"), "\(second)")
                let waiting = try scene.start("wait", "web")
                #expect(eventually { holds(waiting.pid, "/exit") })
                let outcome = child.finish(feeding: Array("go\n".utf8))
                #expect(outcome.ending == .exited(4), "\(outcome)")
                let waited = waiting.finish()
                #expect(waited.ending == .exited(4) && waited.text == "4\n", "\(waited)")
                try check(scene, ["ps", "-a", "-q"], prints: "")
            }
        }

        @Test("exec is in the same namespaces, with the same rights", arguments: Caller.all)
        func sameNamespaces(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let show =
                "for n in user mnt pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done; "
                + "grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid)' /proc/self/status"
            let child = try scene.start(
                "run", "--name", "a", "--", "sh", "-c", "(\(show)) >seen; touch /etc/mark; echo ready; read line")
            try child.waitForOutput("ready")
            let outcome = try scene.sandbox("exec", "a", "--", "sh", "-c", "ls /etc/mark; \(show)")
            let first = readText(scene.project + "/seen").split(separator: "\n").map(String.init)
            let second = outcome.text.split(separator: "\n").map(String.init)
            #expect(second.first == "/etc/mark", "\(outcome)")
            // The cgroup namespace is another one of the same cgroup: nobody can open the first.
            #expect(first.filter { !$0.hasPrefix("cgroup") } == second.dropFirst().filter { !$0.hasPrefix("cgroup") })
            _ = child.finish(feeding: [10])
        }

        @Test("exec says what cannot be run", arguments: Caller.all)
        func execFailures(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let child = try scene.start("run", "--name", "b", "--", "sh", "-c", "echo ready; read line")
            try child.waitForOutput("ready")
            try check(scene, ["exec", "b", "--", "no-such-command"], ends: .exited(127))
            try check(scene, ["exec", "b", "--", "/etc"], ends: .exited(126))
            try check(scene, ["exec", "b"], ends: .exited(125))
            let signalled = try scene.sandbox("exec", "b", "--", "sh", "-c", "kill -TERM $$")
            #expect(signalled.ending == .exited(128 + SIGTERM), "\(signalled)")
            let variable = try scene.sandbox("exec", "-e", "A=1", "-w", "/usr", "b", "--", "sh", "-c", "echo $A $PWD")
            #expect(variable.text == "1 /usr\n", "\(variable)")
            let missing = try scene.sandbox("exec", "nobody", "--", "true")
            #expect(missing.ending == .exited(125) && missing.errorText.contains("no sandbox is named"), "\(missing)")
            _ = child.finish(feeding: [10])
        }

        @Test("a detached sandbox keeps its journal and its exit status", arguments: Caller.all)
        func detached(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let start = try scene.sandbox(
                    "run", "-d", "--name", "job", "--", "sh", "-c", "echo one; echo two >&2; sleep 0.3; exit 9")
                #expect(start.text == "job\n" && start.isSuccess, "\(start)")
                let followed = try scene.sandbox("logs", "-f", "job")
                #expect(followed.text == "one\ntwo\n", "\(followed)")
                try check(scene, ["wait", "job"], prints: "9\n")
                try check(scene, ["logs", "-n", "1", "job"], prints: "two\n")
                try check(scene, ["ps", "-a"], shows: "exited 9")
                try check(scene, ["run", "--name", "job", "--", "true"], ends: .exited(125), shows: "sandbox rm job")
                try check(scene, ["rm", "job"])
                try check(scene, ["ps", "-a", "-q"], prints: "")
            }
        }

        @Test("a detached command that cannot be run is the caller's error", arguments: Caller.all)
        func detachedFailure(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let outcome = try scene.sandbox("run", "-d", "--", "no-such-command")
                #expect(outcome.ending == .exited(127) && outcome.text == "", "\(outcome)")
                try check(scene, ["ps", "-a", "-q"], prints: "")
            }
        }

        @Test("options may follow the names", arguments: Caller.all)
        func optionsBehindNames(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let script = "trap 'echo hup; exit 3' HUP; echo ready; while :; do sleep 0.05; done"
                try check(scene, ["run", "-d", "--name", "late", "--", "sh", "-c", script])
                #expect(eventually { (try? scene.sandbox("logs", "late").text) == "ready\n" })
                let unknown = try scene.sandbox("kill", "late", "--sginal", "HUP")
                #expect(unknown.ending == .exited(125) && unknown.errorText.contains("--signal"), "\(unknown)")
                try check(scene, ["kill", "late", "-s", "HUP"])
                try check(scene, ["wait", "late"], ends: .exited(3))
                try check(scene, ["logs", "late"], prints: "ready\nhup\n")
                try check(scene, ["rm", "late", "--force"])
            }
        }

        @Test("stop asks, and then kills", arguments: Caller.all)
        func stop(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for (name, trap) in [("kind", "trap 'echo bye; exit 3' TERM"), ("deaf", "trap '' TERM")] {
                    let script = "\(trap); echo ready; while :; do sleep 0.05; done"
                    try check(scene, ["run", "-d", "--name", name, "--", "sh", "-c", script])
                    #expect(eventually { (try? scene.sandbox("logs", name).text) == "ready\n" })
                }
                try check(scene, ["stop", "--time", "1", "kind", "deaf"])
                try check(scene, ["logs", "kind"], prints: "ready\nbye\n")
                try check(scene, ["wait", "kind"], ends: .exited(3))
                try check(scene, ["wait", "deaf"], ends: .exited(137))
                try check(scene, ["prune"], prints: "deaf\nkind\n")
            }
        }

        @Test("the journal survives the supervisor's death, and the sandbox does not", arguments: Caller.all)
        func supervisorKilled(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let script = "echo kept; exec \(scene.nap)"
                try check(scene, ["run", "-d", "--name", "k", "--", "sh", "-c", script])
                #expect(eventually { (try? scene.sandbox("logs", "k").text) == "kept\n" })
                let printed = try scene.sandbox("ps", "--json").text
                let json = try JSONSerialization.jsonObject(with: Data(printed.utf8))
                let entry = try #require((json as? [[String: Any]])?.first)
                kill(try #require(entry["supervisor"] as? pid_t), SIGKILL)
                #expect(eventually { (try? scene.sandbox("ps", "-q").text) == "" })
                try check(scene, ["ps", "-a"], shows: "lost")
                try check(scene, ["logs", "k"], prints: "kept\n")
                try check(scene, ["wait", "k"], ends: .exited(125))
                try check(scene, ["rm", "k"])
            }
        }

        @Test("a supervisor killed at any moment leaves a name that can be taken again", arguments: Caller.all)
        func killedAtAnyMoment(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for round in 0..<20 {
                    let child = try scene.start("run", "--name", "n", "--", "sh", "-c", "echo ready; exec \(scene.nap)")
                    usleep(useconds_t(round * 1500))
                    child.send(SIGKILL)
                    #expect(child.finish().ending == .signaled(SIGKILL))
                }
                let outcome = try scene.sandbox("run", "--name", "n", "--", "echo", "taken")
                #expect(outcome.text == "taken\n", "\(outcome)")
            }
        }

        @Test("of two with one name, or one kept overlay, the second is refused", arguments: Caller.all)
        func together(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for option in ["--name", "--keep"] {
                let children = try (0..<4).map { _ in
                    try scene.start("run", option, "same", "--", "cat")
                }
                // The first holds the name until the others have been answered, however late they start.
                _ = eventually(within: 30) { children.count { $0.hasEnded() } >= 3 }
                let outcomes = children.map { $0.finish() }
                #expect(outcomes.filter(\.isSuccess).count == 1, "\(outcomes)")
                for outcome in outcomes where !outcome.isSuccess {
                    #expect(outcome.ending == .exited(125), "\(outcome)")
                    #expect(
                        outcome.errorText.contains("is running") || outcome.errorText.contains("is using it"),
                        "\(outcome)")
                }
            }
        }

        @Test("a registry that belongs to somebody else is refused", arguments: Caller.all.filter { !$0.isRoot })
        func foreignRegistry(_ caller: Caller) throws {
            let scene = try Scene(caller)
            scene.environment["XDG_RUNTIME_DIR"] = scene.folder + "/foreign"
            for path in ["/foreign", "/foreign/sandbox", "/foreign/sandbox/@run"] {
                mkdir(scene.folder + path, 0o777)
                chmod(scene.folder + path, 0o777)
                if !path.hasSuffix("@run") { try caller.own(scene.folder + path) }
            }
            try #require(!caller.isSwitched || access(scene.folder + "/foreign", F_OK) == 0)
            if !caller.isSwitched { chmod(scene.folder + "/foreign/sandbox/@run", 0o777) }
            let outcome = try scene.sandbox("run", "--name", "x", "--", "true")
            #expect(outcome.ending == .exited(125), "\(outcome)")
        }
    }
}
