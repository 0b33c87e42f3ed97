import Foundation
import Testing

extension Kernel {
    @Suite("terminals of shells, joined and attached sandboxes", .needsUserNamespaces, .needsFuse)
    struct TerminalLifeTests {
        func sandbox(_ scene: Scene, _ words: String...) throws -> Terminal {
            try scene.terminal([scene.executable.folder + "/sandbox"] + words)
        }

        /// An interactive shell of the caller's, as a person's.
        func shell(_ scene: Scene) throws -> Terminal {
            let terminal = try scene.terminal(["sh", "-i", "-m"])
            terminal.type("PS1='prompt> '\n")
            try terminal.waitFor("prompt> ")
            return terminal
        }

        @Test(
            "attach shows the terminal, passes keys and sizes, leaves with its keys, and ends with the command",
            arguments: Caller.all)
        func attach(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let script =
                    "while read line; do case $line in size) stty size;; end) exit 5;; *) echo \"got $line\";; esac; done"
                let started = try scene.sandbox("run", "-d", "-t", "--name", "t", "--", "sh", "-c", script)
                #expect(started.text == "t\n", "\(started)")
                let first = try sandbox(scene, "attach", "t")
                try first.type("word\n", until: "got word")
                try first.type("size\n", until: "33 111")
                first.resize(rows: 20, columns: 60)
                try first.type("size\n", until: "20 60")
                first.type("\u{1d}\u{1d}\u{1d}")
                #expect(first.finish() == .exited(0), "\(first.shown())")
                let listed = try scene.sandbox("ps", "-q")
                #expect(listed.text == "t\n", "\(listed)")
                let second = try sandbox(scene, "attach", "t")
                try second.type("again\n", until: "got again")
                second.type("end\n")
                #expect(second.finish() == .exited(5), "\(second.shown())")
                let logs = try scene.sandbox("logs", "t")
                #expect(logs.text.contains("got word") && logs.text.contains("20 60"), "\(logs)")
                let removed = try scene.sandbox("rm", "t")
                #expect(removed.isSuccess, "\(removed)")
            }
        }

        @Test("Ctrl-Z suspends a joined command, and fg goes on", arguments: Caller.all)
        func execJobControl(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let holder = try scene.start("run", "--name", "j", "--", "sh", "-c", "echo ready; read line")
                try holder.waitForOutput("ready")
                let terminal = try shell(scene)
                let sandbox = scene.executable.folder + "/sandbox"
                terminal.type("\(sandbox) exec j -- sh -c 'echo re''ady; read line; echo go\"t $line\"'\n")
                try terminal.waitFor("ready")
                terminal.type("\u{1a}")
                try terminal.waitFor("Stopped")
                terminal.type("fg\n")
                try terminal.type("word\n", until: "got word")
                try terminal.type("echo back-$((1+1))\n", until: "back-2")
                terminal.type("exit\n")
                #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
                _ = holder.finish(feeding: [10])
            }
        }

        @Test(
            "a run in the background writes, stops when it reads, and fg gives it the terminal", arguments: Caller.all)
        func background(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let sandbox = scene.executable.folder + "/sandbox"
            let terminal = try shell(scene)
            terminal.type("\(sandbox) run -- sh -c 'echo wri''tten; read line; echo go\"t $line\"' &\n")
            try terminal.waitFor("written")
            try terminal.type("jobs\n", until: "Stopped")
            terminal.type("fg\n")
            try terminal.type("late\n", until: "got late")
            try terminal.type("echo back-$((1+1))\n", until: "back-2")
            // Builtins alone: a shell that waits in vfork(2) for a child which is stopped before it executes cannot be
            // stopped itself, and the shell outside would wait for it, sandbox or not.
            let flag = scene.project + "/go"
            terminal.type("\(sandbox) run -- sh -c 'echo be''gun; until [ -e go ]; do :; done; echo do''ne'\n")
            try terminal.waitFor("begun")
            terminal.type("\u{1a}")
            try terminal.type("echo stopped-$((1+1))\n", until: "stopped-2")
            terminal.type("bg\n")
            #expect(FileManager.default.createFile(atPath: flag, contents: nil))
            try terminal.waitFor("done")
            try terminal.type("wait; echo settled-$((1+1))\n", until: "settled-2")
            terminal.type("exit\n")
            _ = terminal.finish()
        }

        @Test(
            "a shell has a mark in its prompt and job control, and each terminal its own size",
            .needs("bash", package: "bash"), arguments: Caller.all)
        func shellTerminal(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let first = try sandbox(scene, "shell", "--net", "none", "--", "bash")
                try first.waitFor("(project)")
                first.type("stty size; sleep 100\n")
                try first.waitFor("33 111")
                // Again until the command has started: the shell itself takes no notice of the key.
                try first.type("\u{1a}", until: "Stopped")
                first.type("bg; jobs; kill %1; wait; echo over-$((40+2))\n")
                try first.waitFor("Running")
                try first.waitFor("over-42")
                let second = try sandbox(scene, "shell", "--net", "none", "--", "bash")
                try second.waitFor("(project)")
                second.resize(rows: 20, columns: 60)
                try second.type("stty size\n", until: "20 60")
                // Each terminal's processes are to be seen in the other: it is one sandbox.
                first.type("sleep 4321 &\n")
                try second.type("echo naps-$(cat /proc/[0-9]*/comm | grep -cx sleep)\n", until: "naps-1")
                first.type("kill %1; exit 3\n")
                #expect(first.finish() == .exited(3), "\(first.shown())")
                second.type("echo still-$((1+1))\n")
                try second.waitFor("still-2")
                second.type("exit\n")
                #expect(second.finish() == .exited(0), "\(second.shown())")
                #expect(eventually { (try? scene.sandbox("ps", "-q").text) == "" })
            }
        }

        @Test("a terminal that is closed ends what ran in it", arguments: Caller.all)
        func hangup(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let terminal = try sandbox(
                    scene, "shell", "--net", "none", "--", "sh", "-c", "echo ready; exec \(scene.nap)")
                try terminal.waitFor("ready")
                kill(terminal.pid, SIGHUP)
                #expect(terminal.finish() != .timedOut, "\(terminal.shown())")
                #expect(eventually { (try? scene.sandbox("ps", "-q").text) == "" })
            }
        }

        @Test(
            "the terminal is as before when the command was killed, also in the middle of a screen",
            arguments: Caller.all)
        func killedCommand(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let sandbox = scene.executable.folder + "/sandbox"
            for words in ["run", "shell --net none"] {
                let terminal = try scene.terminal([
                    "sh", "-c",
                    "stty -g >before; \(sandbox) \(words) -- sh -c 'stty raw -echo; kill -9 $$'; "
                        + "echo status $?; stty -g >after",
                ])
                #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
                #expect(terminal.shown().contains("status 137"), "\(words): \(terminal.shown())")
                let before = readText(scene.project + "/before")
                #expect(!before.isEmpty && readText(scene.project + "/after") == before, "\(words)")
            }
        }

        /// A program of the whole screen: shows something, is told another size, and ends by its key.
        func wholeScreen(_ caller: Caller, _ words: [String], shows text: String, quit: String) throws {
            let scene = try Scene(caller)
            try scene.write((1...200).map { "line \($0)\n" }.joined(), to: scene.project + "/text")
            let terminal = try scene.terminal([scene.executable.folder + "/sandbox", "run", "-q", "--"] + words)
            try terminal.waitFor(text)
            #expect(!terminal.shown().contains("line 45"), "more than the terminal's 33 lines")
            terminal.resize(rows: 60, columns: 100)
            if text.hasPrefix("line") { try terminal.waitFor("line 45") }
            terminal.type(quit)
            #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
        }

        @Test("an editor works", .needs("vi", package: "vim-tiny"), arguments: Caller.all)
        func editor(_ caller: Caller) throws {
            try wholeScreen(caller, ["vi", "text"], shows: "line 20", quit: "\u{1b}:q!\r")
        }

        @Test("a pager works", .needs("less", package: "less"), arguments: Caller.all)
        func pager(_ caller: Caller) throws {
            try wholeScreen(caller, ["less", "text"], shows: "line 20", quit: "q")
        }

        @Test("top works", .needs("top", package: "procps"), arguments: Caller.all)
        func top(_ caller: Caller) throws {
            try wholeScreen(caller, ["top"], shows: "PID", quit: "q")
        }

        @Test("tmux works inside", .needs("tmux", package: "tmux"), arguments: Caller.all)
        func tmux(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let terminal = try sandbox(scene, "run", "-q", "--", "tmux", "-f", "/dev/null", "new", "sh")
                try terminal.type("echo in-tmux-$((6*7))\n", until: "in-tmux-42")
                terminal.resize(rows: 50, columns: 90)
                // One line is tmux's own.
                try terminal.type("stty size\n", until: "49 90")
                terminal.type("exit\n")
                #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
            }
        }
    }
}
