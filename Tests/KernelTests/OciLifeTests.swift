import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: a container's life", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciLifeTests {
        @Test("create, start, kill and delete go through the specification's states", arguments: Caller.all)
        func life(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.script("echo started >/ran; exec \(scene.nap)")
                let created = try bundle.create(["--pid-file", scene.folder + "/pid"])
                #expect(created.isSuccess, "\(created)")
                let state = try #require(try bundle.state())
                #expect(state["status"] as? String == "created")
                #expect(state["id"] as? String == bundle.id)
                #expect(state["bundle"] as? String == bundle.folder)
                #expect((state["ociVersion"] as? String)?.hasPrefix("1.") == true)
                let pid = try #require(state["pid"] as? Int)
                #expect(readText(scene.folder + "/pid") == "\(pid)")
                #expect(readText("/proc/\(pid)/status").contains("PPid:"), "the pid is not the host's")
                #expect(access(bundle.rootfs + "/ran", F_OK) != 0, "the command ran before start")

                #expect(try bundle.verb("start", [bundle.id]).isSuccess)
                #expect(try bundle.waitForStatus("running"))
                #expect(eventually { readText(bundle.rootfs + "/ran") == "started\n" })
                #expect(try bundle.state()?["pid"] as? Int == pid)

                #expect(try bundle.verb("kill", [bundle.id, "KILL"]).isSuccess)
                #expect(try bundle.waitForStatus("stopped"))
                #expect(try bundle.verb("delete", [bundle.id]).isSuccess)
                let gone = try bundle.verb("state", [bundle.id])
                #expect(gone.ending == .exited(1), "\(gone)")
                #expect(gone.errorText.contains(bundle.id), "\(gone)")
            }
        }

        @Test("run gives the command's exit status and leaves nothing", arguments: Caller.all, [0, 3, 255] as [Int32])
        func runStatus(_ caller: Caller, _ status: Int32) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.script("cat; exit \(status)")
                let outcome = try bundle.run(feeding: Array("through".utf8))
                #expect(outcome.ending == .exited(status), "\(outcome)")
                #expect(outcome.text == "through", "\(outcome)")
                #expect(try bundle.state() == nil)
            }
        }

        @Test("run gives 128 and the number for a signal", arguments: Caller.all)
        func runSignal(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle.script("kill -USR1 1; /bin/sh -c 'kill -KILL $$'")
            let outcome = try bundle.run()
            #expect(outcome.ending == .exited(128 + SIGKILL), "\(outcome)")
        }

        @Test("run --keep and run --detach", arguments: Caller.all)
        func detached(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle.script("echo up >/up; exec \(scene.nap)")
            let outcome = try bundle.run(["--detach", "--pid-file", scene.folder + "/pid"])
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(try bundle.waitForStatus("running"))
            #expect(eventually { readText(bundle.rootfs + "/up") == "up\n" })
            #expect(try bundle.state()?["pid"] as? Int == Int(readText(scene.folder + "/pid")))
        }

        @Test("list names the containers, in JSON and in lines", arguments: Caller.all)
        func list(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(try bundle.create().isSuccess)
            let json = try bundle.verb("list", ["--format", "json"])
            let entries = try JSONSerialization.jsonObject(with: Data(json.output)) as? [[String: Any]]
            #expect(entries?.map { $0["id"] as? String } == [bundle.id], "\(json)")
            #expect(entries?.first?["status"] as? String == "created", "\(json)")
            let quiet = try bundle.verb("list", ["--quiet"])
            #expect(quiet.lines == [bundle.id], "\(quiet)")
            let table = try bundle.verb("list", [])
            #expect(table.text.contains(bundle.id) && table.text.contains("created"), "\(table)")
        }

        @Test("verbs that the state does not allow say so and change nothing", arguments: Caller.all)
        func wrongState(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle.script("exec \(scene.nap)")
            #expect(try bundle.create().isSuccess)
            let twice = try bundle.create()
            #expect(twice.ending == .exited(1) && twice.errorText.contains(bundle.id), "\(twice)")
            let deleted = try bundle.verb("delete", [bundle.id])
            #expect(deleted.isSuccess || deleted.ending == .exited(1), "\(deleted)")
            if deleted.isSuccess { #expect(try bundle.create().isSuccess) }
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            #expect(try bundle.waitForStatus("running"))
            let started = try bundle.verb("start", [bundle.id])
            #expect(started.ending == .exited(1) && started.errorText.contains("running"), "\(started)")
            let running = try bundle.verb("delete", [bundle.id])
            #expect(running.ending == .exited(1) && running.errorText.contains("running"), "\(running)")
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            let killed = try bundle.verb("kill", [bundle.id, "TERM"])
            #expect(killed.ending == .exited(1), "\(killed)")
        }

        @Test("delete --force of nothing is well, and a strange id is refused", arguments: Caller.all)
        func strangeIDs(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            try bundle.writeConfig()
            for id in ["../x", "a/b", "", ".", "..", "a b"] {
                let outcome = try bundle.verb("create", ["--bundle", bundle.folder, id])
                #expect(outcome.ending == .exited(1), "\(id): \(outcome)")
            }
        }

        @Test("an init that dies before start makes start an error, not a hang", arguments: Caller.all)
        func diedBeforeStart(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("kill", [bundle.id, "KILL"]).isSuccess)
            #expect(try bundle.waitForStatus("stopped"))
            let outcome = try bundle.verb("start", [bundle.id])
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(outcome.errorText.contains("stopped"), "\(outcome)")
        }

        @Test("signals by name, with and without SIG, and by number", arguments: ["TERM", "SIGTERM", "15", "term"])
        func signalNames(_ signal: String) throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            bundle.script("trap 'echo $? >/got; exit 0' TERM; echo up >/up; while :; do sleep 0.02; done")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            #expect(eventually { readText(bundle.rootfs + "/up") == "up\n" })
            #expect(try bundle.verb("kill", [bundle.id, signal]).isSuccess)
            #expect(try bundle.waitForStatus("stopped"))
            #expect(access(bundle.rootfs + "/got", F_OK) == 0)
        }

        @Test("an unknown signal is an error", arguments: ["NOSUCH", "0x10", "-1", "4096", ""])
        func unknownSignal(_ signal: String) throws {
            let bundle = try Bundle(Scene(.current))
            #expect(try bundle.create().isSuccess)
            let outcome = try bundle.verb("kill", [bundle.id, signal])
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(try bundle.state()?["status"] as? String == "created")
        }

        @Test("the same executable answers as sandbox-oci and as runc", arguments: ["sandbox-oci", "runc"])
        func otherNames(_ name: String) throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            bundle.script("echo here")
            try bundle.writeConfig()
            let outcome = try scene.run([
                "\(scene.executable.folder)/\(name)", "--root", bundle.states, "run", "--bundle", bundle.folder,
                bundle.id,
            ])
            #expect(outcome.text == "here\n", "\(outcome)")
        }

        @Test("spec writes a configuration that runs", arguments: Caller.all)
        func spec(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let written = try bundle.verb("spec", caller.isRoot ? [] : ["--rootless"])
            #expect(written.isSuccess, "\(written)")
            try runWrittenSpec(bundle)
            let again = try bundle.verb("spec", [])
            #expect(again.ending == .exited(1), "it overwrote config.json: \(again)")
        }

        @Test(
            "a bundle of runc spec --rootless runs unchanged", .needs("runc", package: "runc"), .needsOrdinaryUser)
        func runcSpec() throws {
            let bundle = try Bundle(Scene(try #require(Caller.ordinary)))
            let runc = try #require(Host.path(of: "runc"))
            let written = try bundle.scene.run([runc, "spec", "--rootless"], in: bundle.folder)
            #expect(written.isSuccess, "\(written)")
            try runWrittenSpec(bundle)
        }

        /// Runs the written config.json on a terminal, since `spec` asks for one, with `sh` as it says.
        private func runWrittenSpec(_ bundle: Bundle) throws {
            let terminal = try Terminal(
                bundle.scene.invocation(
                    bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder))
            terminal.type("id -u; touch /x; tty; exit 12\n")
            #expect(terminal.finish() == .exited(12), "\(terminal.shown())")
            #expect(terminal.shown().contains("\n0\n"), "\(terminal.shown())")
            #expect(terminal.shown().contains("Read-only file system"), "\(terminal.shown())")
            #expect(terminal.shown().contains("/dev/"), "\(terminal.shown())")
        }
    }
}
