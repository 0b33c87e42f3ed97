import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: ends and pauses", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciSignalTests {
        private func started(_ bundle: Bundle) throws -> Bundle {
            let created = try bundle.create()
            #expect(created.isSuccess, "\(created)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            return bundle
        }

        @Test("a created container ends by a signal that its process would not handle", arguments: Caller.all)
        func created(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("kill", [bundle.id, "TERM"]).isSuccess)
            #expect(try bundle.waitForStatus("stopped"))
        }

        @Test("signal 0 asks whether the process is there; --all finds nothing wrong with none", arguments: Caller.all)
        func probe(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            _ = try started(bundle)
            #expect(try bundle.verb("kill", [bundle.id, "0"]).isSuccess)
            #expect(try bundle.verb("kill", [bundle.id, "KILL"]).isSuccess)
            #expect(try bundle.waitForStatus("stopped"))
            let gone = try bundle.verb("kill", [bundle.id, "0"])
            #expect(gone.ending == .exited(1) && gone.errorText.contains("container not running"), "\(gone)")
            #expect(try bundle.verb("kill", ["--all", bundle.id, "0"]).isSuccess)
        }

        @Test(
            "without a pid namespace SIGKILL ends all of the container, its first process gone or not", .needsRoot,
            arguments: [false, true])
        func hostProcesses(_ isFirstGone: Bool) throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.removeNamespace("pid")
                bundle.script("\(scene.nap) & exec \(scene.nap)")
                _ = try started(bundle)
                let pid = try #require(try bundle.state()?["pid"] as? Int)
                let listed = {
                    try bundle.verb("ps", ["--format", "json", bundle.id]).text.split(separator: ",").count
                }
                #expect(try eventually { try listed() == 2 })
                if isFirstGone {
                    #expect(kill(pid_t(pid), SIGKILL) == 0)
                    #expect(try bundle.waitForStatus("stopped"))
                }
                #expect(try bundle.verb("kill", [bundle.id, "KILL"]).isSuccess)
                #expect(try bundle.waitForStatus("stopped"))
                #expect(try bundle.verb("delete", [bundle.id]).isSuccess)
            }
        }

        @Test("a paused container is deleted by force", .needsRoot)
        func pausedDelete() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["process.args"] = ["sleep", "60"]
                _ = try started(bundle)
                #expect(try bundle.verb("pause", [bundle.id]).isSuccess)
                let deleted = try bundle.verb("delete", ["--force", bundle.id])
                #expect(deleted.isSuccess, "\(deleted)")
            }
        }

        @Test("an exec in a paused container waits for the resume, which does not wait for it", .needsRoot)
        func pausedExec() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["process.args"] = ["sleep", "60"]
            _ = try started(bundle)
            #expect(try bundle.verb("pause", [bundle.id]).isSuccess)
            let refused = try bundle.verb("exec", [bundle.id, "true"])
            #expect(refused.ending == .exited(255) && refused.errorText.contains("paused"), "\(refused)")
            let child = try Child(
                bundle.scene.invocation(
                    bundle.command("exec", ["--ignore-paused", bundle.id, "echo", "ran"]), in: bundle.folder))
            usleep(200_000)
            #expect(try bundle.verb("resume", [bundle.id]).isSuccess)
            let outcome = child.finish()
            #expect(outcome.lines == ["ran"], "\(outcome)")
        }

        @Test("a container is not started in a cgroup that is in use, or stopped", .needsRoot)
        func usedCgroup() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.cgroupsPath"] = "/" + bundle.id
            bundle["process.args"] = ["sleep", "60"]
            _ = try started(bundle)
            let second = try bundle.verb("create", ["--bundle", bundle.folder, bundle.id + "-2"])
            #expect(second.ending == .exited(1), "\(second)")
            #expect(second.errorText.contains("container's cgroup is not empty"), "\(second)")
        }

        @Test("a folder of states that was named and is not there is an error for list", arguments: Caller.all)
        func missingRoot(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let named = try scene.run([scene.executable.folder + "/sandbox", "oci", "--root", "/no/such", "list"])
            #expect(named.ending == .exited(1) && named.errorText.contains("/no/such"), "\(named)")
        }
    }
}
