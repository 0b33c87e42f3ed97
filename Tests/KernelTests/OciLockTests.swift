import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: locks and killed creates", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciLockTests {
        @Test("a hook can ask for the state of the container that is being created", arguments: Caller.all)
        func stateFromHook(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let ask = bundle.command("state", [bundle.id]).map { "'\($0)'" }.joined(separator: " ")
            bundle["hooks.createRuntime"] = [
                ["path": "/bin/sh", "args": ["sh", "-c", "\(ask) >\(scene.folder)/asked 2>&1"], "timeout": 10]
                    as [String: Any]
            ]
            let outcome = try bundle.create()
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(readText(scene.folder + "/asked").contains("\"status\": \"creating\""))
        }

        @Test("a create that is killed leaves no process, and its id can be used again", arguments: Caller.all)
        func killedCreate(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let marker = scene.folder + "/reached"
            bundle["process.args"] = ["sleep", "60"]
            bundle["hooks.createRuntime"] = [
                ["path": "/bin/sh", "args": ["sh", "-c", "echo >\(marker); exec sleep 5 >/dev/null 2>&1"]]
                    as [String: Any]
            ]
            try bundle.writeConfig()
            let command = bundle.command("create", ["--bundle", bundle.folder, bundle.id])
            let child = try Child(scene.invocation(command))
            #expect(eventually { access(marker, F_OK) == 0 })
            #expect(kill(child.pid, SIGKILL) == 0)
            _ = child.finish(within: 20)
            #expect(try bundle.state()?["status"] as? String == "stopped")
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            bundle["hooks.createRuntime"] = nil
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            let cgroups = try scene.run(["sh", "-c", "ls -d /sys/fs/cgroup/*/\(bundle.id) 2>/dev/null; true"])
            #expect(cgroups.text.isEmpty, "\(cgroups)")
        }
    }
}
