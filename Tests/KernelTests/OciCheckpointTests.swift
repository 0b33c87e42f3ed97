import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: checkpoint and restore", .needsCriu, .needs("busybox", package: "busybox-static"),
        .needs("iptables-restore", package: "iptables"))
    struct OciCheckpointTests {
        /// Counts in /count, ten times a second.
        private static let counter = "n=0; while :; do n=$((n+1)); echo $n >/count; sleep 0.05; done"

        private func counting(_ change: (Bundle) throws -> Void = { _ in }) throws -> Bundle {
            let bundle = try Bundle(Scene(.current))
            bundle.script(Self.counter)
            try change(bundle)
            try bundle.writeConfig()
            // Nothing of ours at 0, 1 and 2, which criu could not find again.
            let run = bundle.command("run", ["--detach", "--bundle", bundle.folder, bundle.id])
            let outcome = try bundle.scene.run(
                ["sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh"] + run, in: bundle.folder)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(eventually { count(bundle) > 2 })
            return bundle
        }

        private func count(_ bundle: Bundle) -> Int { Int(readText(bundle.rootfs + "/count").dropLast()) ?? 0 }

        private func restore(_ bundle: Bundle, _ options: [String] = []) throws -> Outcome {
            let command = try bundle.criuCommand("restore", ["--detach"] + options)
            return try bundle.scene.run(
                ["sh", "-c", "exec \"$@\" </dev/null >/dev/null", "sh"] + command, in: bundle.folder)
        }

        @Test("the container is gone after a checkpoint, and goes on after a restore, twice")
        func twice() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try counting()
                for _ in 0..<2 {
                    let dumped = try bundle.criu("checkpoint")
                    #expect(dumped.isSuccess, "\(dumped)")
                    #expect(try bundle.state() == nil)
                    let before = count(bundle)
                    usleep(150_000)
                    #expect(count(bundle) == before, "it still runs")
                    let restored = try restore(bundle, ["-no-subreaper", "--pid-file", bundle.scene.folder + "/pid"])
                    #expect(restored.isSuccess, "\(restored)")
                    #expect(eventually { count(bundle) > before + 2 })
                    let state = try #require(try bundle.state())
                    #expect(state["status"] as? String == "running")
                    #expect(readText(bundle.scene.folder + "/pid") == "\(state["pid"] ?? "")")
                    let inside = try bundle.verb("exec", [bundle.id, "sh", "-c", "hostname; echo $$"])
                    #expect(inside.lines.first == "cell", "\(inside)")
                }
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }

        @Test("--leave-running lets it go on, and what was written can be restored later")
        func leaveRunning() throws {
            let bundle = try counting()
            let options = ["--image-path", "images", "--work-path", "work"]
            let dumped = try bundle.criu("checkpoint", ["--leave-running"] + options)
            #expect(dumped.isSuccess, "\(dumped)")
            #expect(access(bundle.folder + "/work/dump.log", F_OK) == 0)
            let before = count(bundle)
            #expect(eventually { count(bundle) > before + 2 })
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            let restored = try restore(bundle, options)
            #expect(restored.isSuccess, "\(restored)")
            #expect(try bundle.state()?["status"] as? String == "running")
        }

        @Test("--pre-dump lets it go on, and a dump builds on it", .needsDirtyTracking)
        func preDump() throws {
            let bundle = try counting()
            let pre = try bundle.criu("checkpoint", ["--pre-dump", "--image-path", "first"])
            #expect(pre.isSuccess, "\(pre)")
            let dumped = try bundle.criu("checkpoint", ["--image-path", "second", "--parent-path", "../first"])
            #expect(dumped.isSuccess, "\(dumped)")
            #expect(access(bundle.folder + "/second/parent", F_OK) == 0)
            let restored = try restore(bundle, ["--image-path", "second"])
            #expect(restored.isSuccess, "\(restored)")
        }

        @Test("in the foreground restore gives what the command writes and its status; pipes are replaced")
        func foreground() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.script("echo up; read word; echo got $word; exit 7")
                try bundle.writeConfig()
                let child = try Child(
                    scene.invocation(bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder))
                try child.waitForOutput("up")
                let dumped = try bundle.criu("checkpoint")
                #expect(dumped.isSuccess, "\(dumped)")
                _ = child.finish()
                let restored = try bundle.criu("restore", feeding: Array("through\n".utf8))
                #expect(restored.ending == .exited(7), "\(restored)")
                #expect(restored.text == "got through\n", "\(restored)")
                #expect(try bundle.state() == nil)
            }
        }

        @Test("the terminal comes back over the console socket")
        func terminal() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["process.terminal"] = true
            bundle.script("echo up; while read line; do echo got $line; done")
            let path = bundle.scene.folder + "/console"
            do {
                let receiver = try ConsoleReceiver(at: path)
                #expect(try bundle.run(["--detach", "--console-socket", path]).isSuccess)
                let master = try receiver.receive()
                #expect(ConsoleReceiver.read(master, until: "up").contains("up"))
                let dumped = try bundle.criu("checkpoint")
                #expect(dumped.isSuccess, "\(dumped)")
                close(master)
            }
            unlink(path)
            let receiver = try ConsoleReceiver(at: path)
            let restored = try bundle.criu("restore", ["--detach", "--console-socket", path])
            #expect(restored.isSuccess, "\(restored)")
            let master = try receiver.receive()
            defer { close(master) }
            _ = "again\n".withCString { write(master, $0, 6) }
            #expect(ConsoleReceiver.read(master, until: "got again").contains("got again"))
        }

        @Test("binds, places below binds, masked files and the hooks of the runtime namespace are there again")
        func surroundings() throws {
            let bundle = try counting { bundle in
                let scene = bundle.scene
                for name in ["one", "two"] { try scene.makeFolder("\(scene.folder)/\(name)") }
                try scene.write("kept\n", to: scene.folder + "/two/file")
                bundle.add(
                    ["destination": "/one", "type": "bind", "source": scene.folder + "/one", "options": ["bind"]],
                    to: "mounts")
                bundle.add(
                    ["destination": "/one/a/b", "type": "bind", "source": scene.folder + "/two", "options": ["rbind"]],
                    to: "mounts")
                bundle["linux.maskedPaths"] = ["/proc/kcore", "/proc/timer_list", "/sys/firmware"]
                bundle["hooks"] = [
                    "prestart": [["path": "/bin/sh", "args": ["sh", "-c", "cat >>\(scene.folder)/hooked"]]]
                ]
            }
            let dumped = try bundle.criu("checkpoint", ["--manage-cgroups-mode", "ignore"])
            #expect(dumped.isSuccess, "\(dumped)")
            try FileManager.default.removeItem(atPath: bundle.scene.folder + "/one/a")
            unlink(bundle.scene.folder + "/hooked")
            let restored = try restore(bundle, ["--manage-cgroups-mode=ignore"])
            #expect(restored.isSuccess, "\(restored)")
            let script = "cat /one/a/b/file; cat /proc/kcore; ls /sys/firmware; echo end"
            let inside = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(inside.text == "kept\nend\n", "\(inside)")
            let pid = try #require(try bundle.state()?["pid"] as? Int)
            #expect(readText(bundle.scene.folder + "/hooked").contains("\"pid\":\(pid)"))
            #expect(readText("/proc/\(pid)/cgroup").contains(bundle.id))
        }

        @Test("a restore that fails names criu's log and leaves nothing")
        func failure() throws {
            let bundle = try counting()
            #expect(try bundle.criu("checkpoint").isSuccess)
            try leavesNothing(bundle.scene) {
                for path in try FileManager.default.contentsOfDirectory(atPath: bundle.folder + "/checkpoint")
                where path.hasPrefix("core-") {
                    try bundle.scene.write("torn", to: bundle.folder + "/checkpoint/" + path)
                }
                let outcome = try restore(bundle)
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("Error ("), "\(outcome)")
                #expect(outcome.errorText.contains("/checkpoint/restore.log"), "\(outcome)")
                #expect(try bundle.state() == nil)
            }
        }
    }
}
