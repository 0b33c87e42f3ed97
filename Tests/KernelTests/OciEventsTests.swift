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
