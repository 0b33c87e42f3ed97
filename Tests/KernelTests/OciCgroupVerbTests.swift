import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: cgroup managers and groups below", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciCgroupVerbTests {
        /// Lines of `/proc/PID/cgroup` that name the container.
        private func groups(_ pid: Int, of bundle: Bundle) -> [String] {
            readText("/proc/\(pid)/cgroup").split(separator: "\n").map(String.init).filter { $0.contains(bundle.id) }
        }

        private func running(_ caller: Caller, _ options: [String]) throws -> (bundle: Bundle, pid: Int) {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            try bundle.writeConfig()
            let run = ["run", "--detach", "--bundle", bundle.folder, bundle.id]
            let command = [bundle.scene.executable.folder + "/sandbox", "oci", "--root", bundle.states] + options + run
            let outcome = try bundle.scene.run(command, in: bundle.folder)
            #expect(outcome.isSuccess, "\(outcome)")
            return (bundle, try #require(try bundle.state()?["pid"] as? Int))
        }

        @Test("--cgroup-manager disabled leaves the container in the caller's cgroups", arguments: Caller.all)
        func disabled(_ caller: Caller) throws {
            let (bundle, pid) = try running(caller, ["--cgroup-manager", "disabled"])
            #expect(groups(pid, of: bundle).isEmpty)
        }

        @Test("--cgroup-manager disabled refuses limits instead of leaving them out", arguments: Caller.all)
        func disabledWithLimits(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.resources"] = ["pids": ["limit": 7]]
                try bundle.writeConfig()
                let outcome = try scene.run(
                    [
                        scene.executable.folder + "/sandbox", "oci", "--root", bundle.states,
                        "--cgroup-manager=disabled", "run", "--bundle", bundle.folder, bundle.id,
                    ])
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("linux.resources"), "\(outcome)")
            }
        }

        @Test("--rootless true makes no cgroup where nothing is limited, false makes one", .needsCgroups)
        func rootless() throws {
            let (without, first) = try running(.current, ["--rootless", "true"])
            #expect(groups(first, of: without).isEmpty)
            let (with, second) = try running(.current, ["--rootless=false"])
            #expect(!groups(second, of: with).isEmpty)
        }

        @Test("strange managers and contradictions are refused")
        func strange() throws {
            let scene = try Scene(.current)
            for options in [
                ["--cgroup-manager", "cron"], ["--cgroup-manager", "cgroupfs", "--systemd-cgroup"],
                ["--rootless", "maybe"],
            ] {
                let outcome = try scene.run([scene.executable.folder + "/sandbox", "oci"] + options + ["list"])
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains(options[0]), "\(outcome)")
            }
        }

        @Test("exec --cgroup joins an existing group below the container's and nothing else", .needsCgroups)
        func below() throws {
            let (bundle, pid) = try running(.current, [])
            let all = groups(pid, of: bundle).map {
                $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            }
            let own = try #require(all.first { $0[1] == "memory" } ?? all.first { $0[1].isEmpty })
            let tree = own[1].isEmpty ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let inner = "\(tree)\(own[2])/inner"
            _ = try TestTrouble.check(mkdir(inner, 0o755), "mkdir \(inner)")
            let option = own[1].isEmpty ? "inner" : "memory:inner"
            let joined = try bundle.verb("exec", ["--cgroup", option, bundle.id, "cat", "/proc/self/cgroup"])
            #expect(joined.lines.contains { $0.hasSuffix("/inner") }, "\(joined)")
            for (option, words) in [
                ("..", "bad sub cgroup path"), ("missing", "no such file or directory"), ("missing", " adding pid "),
                ("nocontroller:/", "unknown"),
                (":/", "empty <controller> prefix"),
            ] {
                let outcome = try bundle.verb("exec", ["--cgroup", option, bundle.id, "true"])
                #expect(outcome.ending == .exited(255) && outcome.errorText.contains(words), "\(option): \(outcome)")
            }
            let twice = try bundle.verb("exec", ["--cgroup=a:/", "--cgroup=a:/", bundle.id, "true"])
            #expect(twice.errorText.contains("multiple times"), "\(twice)")
        }
    }
}
