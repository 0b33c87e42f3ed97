import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: how they are called", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciCallTests {
        @Test(
            "flags may follow the container's id, but those behind a command are the command's", arguments: Caller.all)
        func flagsBehind(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle.script("exec \(scene.nap)")
            try bundle.writeConfig()
            let file = scene.folder + "/pid"
            #expect(try bundle.verb("create", [bundle.id, "--bundle", bundle.folder, "--pid-file", file]).isSuccess)
            #expect(!readText(file).isEmpty)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try bundle.verb("exec", [bundle.id, "echo", "--detach", "-x"])
            #expect(exec.text == "--detach -x\n", "\(exec)")
            let events = try bundle.verb("update", [bundle.id, "--no-such-flag", "1"])
            #expect(events.ending == .exited(1) && events.errorText.contains("no-such-flag"), "\(events)")
            #expect(try bundle.verb("delete", [bundle.id, "--force"]).isSuccess)
        }

        @Test("limits are changed by flags behind the id", .needsRoot)
        func update() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            bundle.script("exec \(scene.nap)")
            #expect(try bundle.run(["--detach"]).isSuccess)
            let outcome = try bundle.verb("update", [bundle.id, "--pids-limit", "77"])
            #expect(outcome.isSuccess, "\(outcome)")
            let pid = try #require(try bundle.state()?["pid"] as? Int)
            let limits = readText("/proc/\(pid)/cgroup").split(separator: "\n").compactMap { line -> String? in
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, fields[1].isEmpty || fields[1] == "pids" else { return nil }
                return readText("/sys/fs/cgroup/\(fields[1])\(fields[2])/pids.max")
            }
            #expect(limits.contains("77\n"), "\(limits)")
        }

        @Test("help names the program and the verb, and a topic that is not there")
        func help() throws {
            let bundle = try Bundle(Scene(.current))
            let help = try bundle.verb("checkpoint", ["--help"])
            #expect(help.isSuccess, "\(help)")
            #expect(help.lines.dropFirst().first?.contains("oci checkpoint - ") == true, "\(help)")
            let missing = try bundle.verb("sing", ["--help"])
            #expect(
                missing.ending == .exited(1) && missing.errorText.contains("No help topic for 'sing'"), "\(missing)")
        }

        @Test("with a log, warnings go there alone and errors to standard error as well", arguments: Caller.all)
        func log(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle["process.capabilities.bounding"] = ["CAP_NO_SUCH"]
            bundle.script("echo out; echo err >&2")
            try bundle.writeConfig()
            let log = scene.folder + "/log"
            let command = [scene.executable.folder + "/sandbox", "oci", "--root", bundle.states, "--log", log]
            let outcome = try scene.run(command + ["run", "--bundle", bundle.folder, bundle.id])
            #expect(outcome.text == "out\n" && outcome.errorText == "err\n", "\(outcome)")
            #expect(readText(log).contains("CAP_NO_SUCH"))
            let failure = try scene.run(command + ["state", bundle.id])
            #expect(failure.ending == .exited(1) && failure.errorText.contains("does not exist"), "\(failure)")
            #expect(readText(log).contains("does not exist"))
        }
    }
}
