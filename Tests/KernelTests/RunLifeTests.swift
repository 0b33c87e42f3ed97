import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: signals, ends and traces", .needsUserNamespaces, .needsFuse) struct RunLifeTests {
        @Test(
            "a signal to the sandbox reaches the command", arguments: Caller.all,
            [("TERM", SIGTERM), ("INT", SIGINT), ("HUP", SIGHUP), ("USR1", SIGUSR1), ("QUIT", SIGQUIT)])
        func forwards(_ caller: Caller, _ signal: (name: String, number: Int32)) throws {
            let scene = try Scene(caller)
            let child = try scene.start(
                "run", "--", "sh", "-c",
                "trap 'echo got \(signal.name); exit 7' \(signal.name); echo ready; while :; do sleep 0.02; done")
            try child.waitForOutput("ready")
            child.send(signal.number)
            let outcome = child.finish()
            #expect(outcome.text.contains("got \(signal.name)"), "\(outcome)")
            #expect(outcome.ending == .exited(7), "\(outcome)")
        }

        @Test("a command without a handler ends by the forwarded signal", arguments: Caller.all)
        func defaultSignal(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let child = try scene.start("run", "--", "sh", "-c", "echo ready; exec \(scene.nap)")
                try child.waitForOutput("ready")
                child.send(SIGTERM)
                let outcome = child.finish()
                #expect(outcome.ending == .exited(128 + SIGTERM) || outcome.ending == .signaled(SIGTERM), "\(outcome)")
            }
        }

        @Test("what the command left running in the background ends with it", arguments: Caller.all)
        func backgroundEnds(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let outcome = try scene.shell("setsid \(scene.nap) >/dev/null 2>&1 & \(scene.nap) & sleep 0.1; exit 3")
                #expect(outcome.ending == .exited(3), "\(outcome)")
            }
        }

        @Test("one run leaves nothing", arguments: Caller.all)
        func leavesNothingBehind(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let outcome = try scene.shell("touch /etc/x ~/y /tmp/z; echo done")
                #expect(outcome.text == "done\n", "\(outcome)")
            }
        }

        /// From the first microseconds of the start to the running command.
        @Test("SIGKILL at any moment leaves nothing", arguments: Caller.all)
        func killedAtAnyMoment(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for round in 0..<40 {
                    let child = try scene.start("run", "--", "sh", "-c", "touch /etc/x; echo ready; exec \(scene.nap)")
                    if round % 8 == 7 { try child.waitForOutput("ready") } else { usleep(useconds_t(round * 700)) }
                    child.send(SIGKILL)
                    #expect(child.finish().ending == .signaled(SIGKILL))
                }
                // Stale state is swept at the next run.
                let outcome = try scene.shell("echo swept")
                #expect(outcome.text == "swept\n", "\(outcome)")
            }
        }

        @Test("many in a row, all well, leave nothing", arguments: Caller.all)
        func inARow(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for round in 0..<100 {
                    let outcome = try scene.sandbox("run", "--", "echo", "\(round)")
                    #expect(outcome.lines == ["\(round)"] && outcome.isSuccess, "\(outcome)")
                }
            }
        }

        @Test("fifty at once, all well, leave nothing", arguments: Caller.all)
        func atOnce(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let children = try (0..<50).map {
                    try scene.start("run", "--", "sh", "-c", "echo \($0) >result-\($0); sleep 0.2; echo \($0)")
                }
                for (number, child) in children.enumerated() {
                    let outcome = child.finish(within: 50)
                    #expect(outcome.lines == ["\(number)"] && outcome.isSuccess, "\(outcome)")
                    #expect(readText("\(scene.project)/result-\(number)") == "\(number)\n")
                }
            }
        }

        @Test("--keep keeps the writes for the next run of that name", arguments: Caller.all)
        func keep(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let name = "test-\(UUID().uuidString.prefix(8).lowercased())"
            let first = try scene.shell("echo kept >/etc/sandbox-kept", options: ["--keep", name])
            #expect(first.isSuccess, "\(first)")
            let second = try scene.shell("cat /etc/sandbox-kept", options: ["--keep", name])
            #expect(second.text == "kept\n", "\(second)")
            #expect(access("/etc/sandbox-kept", F_OK) != 0)
            let other = try scene.shell("cat /etc/sandbox-kept")
            #expect(!other.isSuccess, "\(other)")
        }

        @Test("a C project is configured, built and tested", .needs("gcc", package: "gcc"), arguments: Caller.all)
        func buildsCProject(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                "#!/bin/sh\necho 'CC = gcc' >config.mk; echo '#define WORD \"built\"' >config.h\n",
                to: scene.project + "/configure", mode: 0o755)
            try scene.write(
                "#include <stdio.h>\n#include \"config.h\"\nint main(void) { puts(WORD); return 0; }\n",
                to: scene.project + "/main.c")
            try scene.write(
                "include config.mk\nprogram: main.o\n\t$(CC) -o $@ $^\nmain.o: main.c config.h\n\t$(CC) -c $<\n",
                to: scene.project + "/Makefile")
            let outcome = try scene.shell("./configure && make -j2 && ./program")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.lines.last == "built", "\(outcome)")
            #expect(access(scene.project + "/program", X_OK) == 0)
        }
    }
}
