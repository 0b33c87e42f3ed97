import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: terminal", .needsUserNamespaces, .needsFuse) struct RunTerminalTests {
        /// `sandbox run -- sh -c SCRIPT` on a terminal of 33 rows and 111 columns.
        func run(_ scene: Scene, _ script: String) throws -> Terminal {
            try scene.terminal([scene.executable.folder + "/sandbox", "run", "--", "sh", "-c", script])
        }

        @Test("the command has a terminal of its own, of the outer one's size", arguments: Caller.all)
        func ownTerminal(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let terminal = try run(scene, "tty; stty size; test -t 0 -a -t 1 -a -t 2 && echo three; exit 9")
            #expect(terminal.finish() == .exited(9), "\(terminal.shown())")
            #expect(terminal.shown().contains("/dev/pts/0\n33 111\nthree\n"), "\(terminal.shown())")
        }

        @Test("Ctrl-C interrupts the command and not its shell's handler", arguments: Caller.all)
        func controlC(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let terminal = try run(scene, "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.02; done")
            try terminal.waitFor("ready")
            terminal.type("\u{3}")
            #expect(terminal.finish() == .exited(5), "\(terminal.shown())")
            #expect(terminal.shown().contains("caught"), "\(terminal.shown())")
        }

        @Test("Ctrl-C with no handler ends as a signal does", arguments: Caller.all)
        func controlCDefault(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let terminal = try run(scene, "echo ready; exec \(scene.nap)")
            try terminal.waitFor("ready")
            terminal.type("\u{3}")
            let ending = terminal.finish()
            #expect(ending == .exited(128 + SIGINT) || ending == .signaled(SIGINT), "\(ending) \(terminal.shown())")
        }

        @Test("Ctrl-D ends the input", arguments: Caller.all)
        func controlD(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let terminal = try run(scene, "echo ready; cat; echo over")
            try terminal.waitFor("ready")
            terminal.type("typed\n")
            try terminal.waitFor("typed\ntyped")
            terminal.type("\u{4}")
            #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
            #expect(terminal.shown().contains("over"), "\(terminal.shown())")
        }

        @Test("Ctrl-Z gives the terminal back to the shell, and fg goes on", arguments: Caller.all)
        func controlZ(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let sandbox = scene.executable.folder + "/sandbox"
            // An interactive shell with job control, as a person's.
            let terminal = try scene.terminal(["sh", "-i", "-m"])
            terminal.type("PS1='prompt> '\n")
            try terminal.waitFor("prompt> ")
            terminal.type("\(sandbox) run -- sh -c 'echo re''ady; read line; echo go\"t $line\"'\n")
            try terminal.waitFor("ready")
            terminal.type("\u{1a}")
            try terminal.waitFor("Stopped")
            terminal.type("echo shell-$((40+2))\n")
            try terminal.waitFor("shell-42")
            terminal.type("fg\n")
            try terminal.type("word\n", until: "got word")
            try terminal.type("echo back-$((1+1))\n", until: "back-2")
            terminal.type("exit 4\n")
            #expect(terminal.finish() == .exited(4), "\(terminal.shown())")
        }

        @Test("a change of the window reaches the command", arguments: Caller.all)
        func windowSize(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let terminal = try run(scene, "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.02; done")
            try terminal.waitFor("ready")
            terminal.resize(rows: 20, columns: 60)
            #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
            #expect(terminal.shown().contains("20 60"), "\(terminal.shown())")
        }

        @Test("the outer terminal is as before afterwards, also when the sandbox is told to end", arguments: Caller.all)
        func modesAreRestored(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let sandbox = scene.executable.folder + "/sandbox"
            let terminal = try scene.terminal([
                "sh", "-c", "stty -g >before; \(sandbox) run -- sh -c 'echo ready; exec \(scene.nap)'; stty -g >after",
            ])
            try terminal.waitFor("ready")
            // The shell has one child, the sandbox (proc_pid_task_tid_children(5)).
            let children = readText("/proc/\(terminal.pid)/task/\(terminal.pid)/children").split(separator: " ")
            let child = try #require(children.first.flatMap { pid_t($0) })
            kill(child, SIGTERM)
            #expect(terminal.finish() == .exited(0), "\(terminal.shown())")
            let before = readText(scene.project + "/before")
            #expect(!before.isEmpty)
            #expect(readText(scene.project + "/after") == before)
        }

        /// CVE-2017-5226: TIOCSTI would type a line into the shell that called the sandbox.
        @Test("nothing can be typed into the caller's terminal", .needs("gcc", package: "gcc"), arguments: Caller.all)
        func noInjection(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                """
                #include <stdio.h>
                #include <fcntl.h>
                #include <sys/ioctl.h>
                int main(void) {
                    const char *names[] = {"/dev/tty", "/dev/pts/0", "/dev/pts/1", "/dev/console", "/dev/stdin"};
                    for (int n = 0; n < 5; n++) {
                        int fd = open(names[n], O_RDWR);
                        for (const char *c = "touch injected\\n"; *c; c++) ioctl(fd, TIOCSTI, c);
                    }
                    for (int fd = 0; fd < 3; fd++)
                        for (const char *c = "touch injected\\n"; *c; c++) ioctl(fd, TIOCSTI, c);
                    puts("tried");
                }
                """, to: scene.project + "/inject.c")
            let built = try scene.run(["gcc", "-o", "inject", "inject.c"])
            #expect(built.isSuccess, "\(built)")
            let terminal = try scene.terminal(["sh", "-i"])
            terminal.type("PS1='prompt> '\n")
            try terminal.waitFor("prompt> ")
            terminal.type("\(scene.executable.folder)/sandbox run -- ./inject\n")
            try terminal.waitFor("tried\nprompt> ")
            terminal.type("echo settled-$((1+1))\n")
            try terminal.waitFor("settled-2")
            terminal.type("exit\n")
            _ = terminal.finish()
            #expect(access(scene.project + "/injected", F_OK) != 0, "\(terminal.shown())")
        }
    }
}
