import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: exit status", .needsUserNamespaces, .needsFuse) struct RunStatusTests {
        @Test("the status is the command's", arguments: Caller.all, [0, 1, 42, 255] as [Int32])
        func commandStatus(_ caller: Caller, _ status: Int32) throws {
            let outcome = try Scene(caller).shell("exit \(status)")
            #expect(outcome.ending == .exited(status), "\(outcome)")
        }

        @Test(
            "a command that a signal ended gives 128 and its number", arguments: Caller.all,
            [("TERM", 15), ("KILL", 9), ("SEGV", 11)] as [(String, Int32)])
        func commandSignal(_ caller: Caller, _ signal: (name: String, number: Int32)) throws {
            let outcome = try Scene(caller).shell("kill -\(signal.name) $$")
            #expect(outcome.ending == .exited(128 + signal.number), "\(outcome)")
        }

        @Test("127 and its name for a command that is not there", arguments: Caller.all)
        func notFound(_ caller: Caller) throws {
            let outcome = try Scene(caller).sandbox("run", "--", "no-such-command-here")
            #expect(outcome.ending == .exited(127), "\(outcome)")
            #expect(outcome.errorText.contains("no-such-command-here"), "\(outcome)")
        }

        @Test("126 for a file that cannot be executed", arguments: Caller.all)
        func notExecutable(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("just text\n", to: scene.project + "/notes.txt")
            let outcome = try scene.sandbox("run", "--", "./notes.txt")
            #expect(outcome.ending == .exited(126), "\(outcome)")
            #expect(outcome.errorText.contains("notes.txt"), "\(outcome)")
        }

        @Test(
            "125 and a message for the sandbox's own failures", arguments: Caller.all,
            [
                (["run", "--no-such-option", "--", "true"], "--no-such-option"),
                (["run", "--bind", "/no/such/source", "--", "true"], "/no/such/source"),
                (["run", "--rootfs", "/no/such/tree", "--", "true"], "/no/such/tree"),
                (["run", "--rlimit", "NOSUCH=1", "--", "true"], "NOSUCH"),
                (["run", "--env", "=value", "--", "true"], "--env"),
                (["run", "--net", "wormhole", "--", "true"], "wormhole"),
                (["run", "--"], "command"),
            ] as [([String], String)])
        func ownFailure(_ caller: Caller, _ wrong: (arguments: [String], named: String)) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let outcome = try scene.run([scene.executable.folder + "/sandbox"] + wrong.arguments)
                #expect(outcome.ending == .exited(125), "\(outcome)")
                #expect(outcome.errorText.contains(wrong.named), "\(outcome)")
                #expect(outcome.output.isEmpty, "\(outcome)")
            }
        }

        @Test("an unknown verb is named", arguments: Caller.all)
        func unknownVerb(_ caller: Caller) throws {
            let outcome = try Scene(caller).sandbox("rnu", "--", "true")
            #expect(outcome.ending != .exited(0), "\(outcome)")
            #expect(outcome.errorText.contains("rnu"), "\(outcome)")
        }
    }

    @Suite("sandbox run: pipes and processes", .needsUserNamespaces, .needsFuse) struct RunPipeTests {
        @Test("standard input and output carry every byte, and much of it", arguments: Caller.all)
        func binaryPipes(_ caller: Caller) throws {
            // 3 MiB: many times a pipe's buffer; every byte value, no period that a block size could hide.
            let bytes = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            let outcome = try Scene(caller).sandbox("run", "--", "cat", feeding: bytes)
            #expect(outcome.isSuccess, "\(outcome.ending) \(outcome.errorText)")
            #expect(outcome.output == bytes)
        }

        @Test("standard output and standard error stay apart", arguments: Caller.all)
        func separateOutputs(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("echo out; echo err >&2")
            #expect(outcome.text == "out\n")
            #expect(outcome.errorText == "err\n")
        }

        @Test("the end of input reaches the command", arguments: Caller.all)
        func endOfInput(_ caller: Caller) throws {
            let outcome = try Scene(caller).sandbox("run", "--", "wc", "-c", feeding: Array("12345".utf8))
            #expect(outcome.lines == ["5"], "\(outcome)")
        }

        @Test("a closed reader ends the command as without the sandbox", arguments: Caller.all)
        func brokenPipe(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.run(["sh", "-c", "'\(scene.executable.folder)/sandbox' run -- yes | head -n 1"])
            #expect(outcome.lines == ["y"], "\(outcome)")
        }

        @Test("the command gets no descriptor but 0, 1 and 2", arguments: Caller.all)
        func noLeakedDescriptors(_ caller: Caller) throws {
            let scene = try Scene(caller)
            // 7 and 50 are open and not close-on-exec in our process, as from a careless parent.
            let leaked = open("/etc/passwd", O_RDONLY | O_CLOEXEC)
            defer { close(leaked) }
            var invocation = scene.invocation(
                [scene.executable.folder + "/sandbox", "run", "--", "sh", "-c", "ls -l /proc/self/fd | cut -d: -f2-"])
            invocation.descriptors = [(7, leaked), (50, leaked)]
            let outcome = try Child(invocation).finish()
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(!outcome.text.contains("passwd"), "\(outcome)")

            // The shell's own list, so that ls's folder descriptor is not counted.
            var listing = scene.invocation(
                [scene.executable.folder + "/sandbox", "run", "--", "sh", "-c", "cd /proc/$$/fd && echo *"])
            listing.descriptors = invocation.descriptors
            let numbers = try Child(listing).finish()
            #expect(numbers.text.split(separator: " ").prefix(3) == ["0", "1", "2"], "\(numbers)")
            #expect(!numbers.text.contains(" 7"), "\(numbers)")
            #expect(!numbers.text.contains(" 50"), "\(numbers)")
        }

        @Test("a small init of ours is process 1 and reaps orphans", arguments: Caller.all)
        func reapsOrphans(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell(
                """
                (sleep 0.05 & sleep 0.05 & sleep 0.05 &) ; sleep 0.4
                echo "init $(tr '\\0' ' ' </proc/1/cmdline)"
                grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l
                echo "self $$"
                """)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.lines.contains("0"), "zombies: \(outcome)")
            #expect(!outcome.lines.contains("self 1"), "\(outcome)")
        }

        @Test("host processes cannot be seen", arguments: Caller.all)
        func processesHidden(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("ls -d /proc/[0-9]* | wc -l; ls -d /proc/\(getpid())/exe")
            #expect((Int(outcome.lines.first ?? "") ?? 99) < 8, "\(outcome)")
        }
    }
}
