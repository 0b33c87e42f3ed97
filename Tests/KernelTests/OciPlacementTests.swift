import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: processors and memory nodes", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciPlacementTests {
        private let status = "sed -n 's/^Cpus_allowed_list:\\t//p' /proc/self/status"

        private static var hasTwoProcessors: Bool { sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 }

        /// This test's own processors, as a list.
        private var own: String {
            readText("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
                .map { String($0.dropFirst(19)) } ?? ""
        }

        @Test(
            "a container is not held to the processors of its caller, an exec neither",
            .enabled(if: hasTwoProcessors, "there is only one processor"), arguments: Caller.all)
        func reset(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let first = String(own.prefix { $0.isNumber })
            bundle.script(status)
            try bundle.writeConfig()
            let held = ["taskset", "-c", first]
            let run = try scene.run(
                held + bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder)
            #expect(run.lines == [own], "\(run)")

            bundle.script("exec \(scene.nap)")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try scene.run(
                held + bundle.command("exec", [bundle.id, "sh", "-c", status]), in: bundle.folder)
            #expect(exec.lines == [own], "\(exec)")
        }

        @Test(
            "execCPUAffinity holds what exec starts, and not the container",
            .enabled(if: hasTwoProcessors, "there is only one processor"), arguments: Caller.all)
        func execAffinity(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let first = String(own.prefix { $0.isNumber })
            bundle["process.execCPUAffinity"] = ["initial": own, "final": first]
            bundle.script("\(status) >/own; exec \(scene.nap)")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try bundle.verb("exec", [bundle.id, "sh", "-c", status])
            #expect(exec.lines == [first], "\(exec)")
            #expect(eventually { readText(bundle.rootfs + "/own") == own + "\n" })

            let file = scene.folder + "/process.json"
            let process: [String: Any] = [
                "args": ["sh", "-c", status], "cwd": "/", "env": ["PATH=/bin"], "execCPUAffinity": ["initial": first],
            ]
            try scene.write(
                String(decoding: JSONSerialization.data(withJSONObject: process), as: UTF8.self), to: file)
            let initial = try bundle.verb("exec", ["--process", file, bundle.id])
            #expect(initial.isSuccess && initial.lines.count == 1, "\(initial)")
        }

        @Test("processors that are not there are an error that names the property", arguments: Caller.all)
        func absent(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.execCPUAffinity"] = ["final": "4000"]
            bundle.script("exec \(bundle.scene.nap)")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try bundle.verb("exec", [bundle.id, "true"])
            #expect(exec.ending == .exited(255), "\(exec)")
            #expect(exec.errorText.contains("process.execCPUAffinity.final"), "\(exec)")
        }

        private static var hasMemoryNodes: Bool { access("/proc/self/numa_maps", F_OK) == 0 }

        @Test(
            "a memory policy holds the container and what exec starts",
            .enabled(if: hasMemoryNodes, "the kernel has no NUMA support"), arguments: Caller.all,
            [
                ("{\"mode\": \"MPOL_INTERLEAVE\", \"nodes\": \"0\"}", "interleave:0"),
                ("{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_STATIC_NODES\"]}", "bind=static:0"),
                ("{\"mode\": \"MPOL_LOCAL\"}", "local"), ("{\"mode\": \"MPOL_DEFAULT\"}", "default"),
            ])
        func memoryPolicy(_ caller: Caller, _ policy: (json: String, shown: String)) throws {
            let bundle = try Bundle(Scene(caller))
            let read = "head -n 1 /proc/self/numa_maps | cut -d ' ' -f 2"
            bundle["linux.memoryPolicy"] = try JSONSerialization.jsonObject(with: Data(policy.json.utf8))
            bundle.script("\(read) >/shown; exec \(bundle.scene.nap)")
            let created = try bundle.create()
            #expect(created.isSuccess, "\(created)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try bundle.verb("exec", [bundle.id, "sh", "-c", read])
            #expect(exec.lines == [policy.shown], "\(exec)")
            #expect(eventually { readText(bundle.rootfs + "/shown") == policy.shown + "\n" })
        }

        @Test("a memory node that is not there is an error that names the property", arguments: Caller.all)
        func absentNode(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.memoryPolicy"] = ["mode": "MPOL_BIND", "nodes": "1023"]
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains("linux.memoryPolicy"), "\(outcome)")
            }
        }
    }
}
