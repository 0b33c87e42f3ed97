import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: events", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciEventsTests {
        private func running(_ caller: Caller, _ script: String) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            bundle.script(script)
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            return bundle
        }

        private func documents(_ outcome: Outcome) throws -> [[String: Any]] {
            try outcome.lines.map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
        }

        @Test("--stats prints the figures once, in the reference runtime's form", .needsCgroups)
        func once() throws {
            let bundle = try running(.current, "exec sleep 60")
            let outcome = try bundle.verb("events", ["--stats", bundle.id])
            #expect(outcome.text.hasPrefix("{\"type\":\"stats\",\"id\":\"\(bundle.id)\",\"data\":{"), "\(outcome)")
            let event = try #require(try documents(outcome).first)
            let data = try #require(event["data"] as? [String: Any])
            let pids = try #require(data["pids"] as? [String: Any])
            #expect(pids["current"] as? Int == 1, "\(outcome)")
            let memory = try #require((data["memory"] as? [String: Any])?["usage"] as? [String: Any])
            #expect(try #require(memory["usage"] as? Int) > 0, "\(outcome)")
            for name in ["cpu", "blkio", "hugetlb", "intel_rdt"] { #expect(data[name] != nil, "\(name)") }
        }

        @Test("version 1 also tells of the cpuset and of each processor", .needsRoot, .needsLegacyCgroups)
        func legacyFigures() throws {
            let bundle = try running(.current, "exec sleep 60")
            let outcome = try bundle.verb("events", ["--stats", bundle.id])
            let data = try #require(try documents(outcome).first?["data"] as? [String: Any])
            let cpuset = try #require(data["cpuset"] as? [String: Any])
            #expect((cpuset["cpus"] as? [Int])?.contains(0) == true && cpuset["mems"] as? [Int] == [0], "\(cpuset)")
            #expect(cpuset["cpu_exclusive"] as? Int == 0 && cpuset["sched_load_balance"] as? Int == 1, "\(cpuset)")
            let usage = try #require((data["cpu"] as? [String: Any])?["usage"] as? [String: Any])
            for name in ["percpu", "percpu_kernel", "percpu_user"] {
                #expect((usage[name] as? [Int])?.isEmpty == false, "\(name): \(usage)")
            }
        }

        @Test("figures come at each interval until the container ends", .needsCgroups, arguments: ["50ms", "0.05s"])
        func interval(_ interval: String) throws {
            let bundle = try running(.current, "exec sleep 60")
            let watcher = try Child(
                bundle.scene.invocation(
                    bundle.command("events", ["--interval", interval, bundle.id]), in: bundle.folder))
            #expect(eventually { watcher.printed().split(separator: "\n").count >= 3 })
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            let outcome = watcher.finish()
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(try documents(outcome).allSatisfy { $0["type"] as? String == "stats" }, "\(outcome)")
        }

        @Test("a process ended for want of memory is an oom event", .needsCgroups)
        func outOfMemory() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.resources"] = ["memory": ["limit": 16 << 20, "swap": 16 << 20]]
            bundle.script("while ! test -e /go; do sleep 0.05; done; tail /dev/zero; exec sleep 60")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let watcher = try Child(
                bundle.scene.invocation(
                    bundle.command("events", ["--interval", "30ms", bundle.id]), in: bundle.folder))
            try watcher.waitForOutput("stats")
            try bundle.scene.write("", to: bundle.rootfs + "/go")
            try watcher.waitForOutput("{\"type\":\"oom\",\"id\":\"\(bundle.id)\"}")
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            #expect(watcher.finish().isSuccess)
        }

        @Test("processes that wait for processors are a pressure event", .needsCgroups, .needsPressure)
        func pressure() throws {
            let bundle = try running(
                .current, "for n in 1 2 3 4 5 6 7 8; do while :; do :; done & done; exec sleep 60")
            let watcher = try Child(
                bundle.scene.invocation(
                    bundle.command("events", ["--interval", "1m", "--pressure", "cpu=100ms", bundle.id]),
                    in: bundle.folder))
            try watcher.waitForOutput("\n")
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            let event = try #require(try documents(watcher.finish()).first)
            #expect(event["type"] as? String == "pressure" && event["id"] as? String == bundle.id, "\(event)")
            let some = ((event["data"] as? [String: Any])?["cpu"] as? [String: Any])?["some"] as? [String: Any]
            #expect(try #require(some?["total"] as? Int, "\(event)") >= 100_000, "\(event)")
            let once = try bundle.verb("events", ["--stats", "--pressure", "cpu", bundle.id])
            #expect(once.ending == .exited(1) && once.errorText.contains("--stats"), "\(once)")
            for text in ["disk", "cpu=0s", "cpu=3s", "cpu=", "cpu=soon"] {
                let outcome = try bundle.verb("events", ["--pressure", text, bundle.id])
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains("--pressure"), "\(outcome)")
            }
        }

        @Test("a stopped container, a missing one and a strange interval are errors", arguments: Caller.all)
        func errors(_ caller: Caller) throws {
            let bundle = try running(caller, "exit 0")
            #expect(try bundle.waitForStatus("stopped"))
            let stopped = try bundle.verb("events", [bundle.id])
            #expect(stopped.ending == .exited(1) && stopped.errorText.contains("is not running"), "\(stopped)")
            let missing = try bundle.verb("events", ["--stats", "no-such"])
            #expect(missing.ending == .exited(1) && missing.errorText.contains("does not exist"), "\(missing)")
            for text in ["0s", "0", "-1s", "soon", "5", ""] {
                let outcome = try bundle.verb("events", ["--interval", text, bundle.id])
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains("--interval"), "\(text): \(outcome)")
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// A group of cgroup v2 tells of pressure.
    fileprivate static var needsPressure: Self {
        .enabled(
            if: ["", "/unified"].contains { access("/sys/fs/cgroup\($0)/cpu.pressure", R_OK) == 0 },
            "this kernel counts no pressure, or no cgroup v2 is mounted")
    }
}
