import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: hooks", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciHookTests {
        static let points = [
            "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
        ]

        /// A bundle whose hooks append their name and the state's status to `/log` of the root, which is the same
        /// file for those that run inside.
        private func bundle(_ caller: Caller) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            try bundle.scene.write("", to: bundle.rootfs + "/log")
            for point in Self.points { bundle["hooks.\(point)"] = [hook(point, bundle)] }
            bundle.script("echo command >>/log")
            return bundle
        }

        private func hook(_ point: String, _ bundle: Bundle, then end: String = "") -> [String: Any] {
            // createContainer runs in the container's namespaces before its root is entered, startContainer after.
            let isInside = point == "startContainer"
            let log = isInside ? "/log" : bundle.rootfs + "/log"
            let script =
                "s=$(cat); st=$(echo \"$s\" | tr -d ' \\n' | sed 's/.*\"status\":\"\\([a-z]*\\)\".*/\\1/'); echo \"\(point) $st $0 $HOOK\" >>\(log); \(end)"
            return [
                "path": "/bin/sh", "args": ["sh", "-c", script, "name"], "env": ["PATH=/bin:/usr/bin", "HOOK=env"],
            ]
        }

        @Test("they run in the specification's order, with the state on standard input", arguments: Caller.all)
        func order(_ caller: Caller) throws {
            let bundle = try bundle(caller)
            let outcome = try bundle.run()
            #expect(outcome.isSuccess, "\(outcome)")
            let log = readText(bundle.rootfs + "/log").split(separator: "\n").map { $0.split(separator: " ") }
            #expect(
                log.map(\.first) == [
                    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
                ]
                    || log.filter { $0 != ["command"] }.map(\.first) == Self.points.map { Substring($0) }, "\(log)")
            #expect(log.contains(["command"]), "\(log)")
            for line in log where line != ["command"] { #expect(line.suffix(2) == ["name", "env"], "\(line)") }
            #expect(log.first?[1] == "creating" && log.last?[1] == "stopped", "\(log)")
            let started = log.firstIndex { $0.first == "startContainer" }
            let command = log.firstIndex { $0 == ["command"] }
            #expect((started ?? 99) < (command ?? -1), "\(log)")
        }

        @Test(
            "a failing hook before the command stops the container, is named, and leaves nothing",
            arguments: Caller.all,
            ["prestart", "createRuntime", "createContainer", "startContainer"])
        func failure(_ caller: Caller, _ point: String) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try scene.write("", to: bundle.rootfs + "/log")
                bundle["hooks.\(point)"] = [hook(point, bundle, then: "echo sorrow >&2; exit 9")]
                bundle["hooks.poststop"] = [hook("poststop", bundle)]
                bundle.script("echo command >>/log")
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess, "\(outcome)")
                #expect(outcome.errorText.contains(point), "\(outcome)")
                #expect(!readText(bundle.rootfs + "/log").contains("command"))
                #expect(try bundle.state() == nil)
            }
        }

        @Test("a hook that takes longer than its timeout is ended", arguments: Caller.all)
        func timeout(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["hooks.createRuntime"] = [
                    ["path": "/bin/sh", "args": ["sh", "-c", "exec \(scene.nap)"], "timeout": 1] as [String: Any]
                ]
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess && outcome.ending != .timedOut, "\(outcome)")
                #expect(outcome.errorText.contains("createRuntime"), "\(outcome)")
            }
        }

        @Test("a failing poststart or poststop hook is a warning", arguments: Caller.all, ["poststart", "poststop"])
        func lateFailure(_ caller: Caller, _ point: String) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["hooks.\(point)"] = [["path": "/bin/false"]]
            bundle.script("sleep 0.3; echo ran")
            let outcome = try bundle.run()
            #expect(outcome.text == "ran\n", "\(outcome)")
            #expect(outcome.isSuccess || point == "poststart", "\(outcome)")
        }
    }
}
