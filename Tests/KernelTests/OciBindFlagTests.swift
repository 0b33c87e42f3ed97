import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: attributes of bind mounts", .needsRoot, .needs("busybox", package: "busybox-static"))
    struct OciBindFlagTests {
        /// The attributes that `/mnt` has inside, of a source that the host has mounted with `host`.
        private func shown(_ host: String, _ options: [String], userNamespace: Bool) throws -> Outcome {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            let source = scene.folder + "/source"
            try scene.makeFolder(source)
            bundle.add(
                ["destination": "/mnt", "type": "bind", "source": source, "options": options] as [String: Any],
                to: "mounts")
            if userNamespace {
                bundle.add(["type": "user"], to: "linux.namespaces")
                let map = [["containerID": 0, "hostID": 0, "size": 65536]]
                bundle["linux.uidMappings"] = map
                bundle["linux.gidMappings"] = map
            }
            bundle.script("awk '$2 == \"/mnt\" { print $4 }' /proc/self/mounts | tr ',' '\\n'")
            try bundle.writeConfig()
            let run = bundle.command("run", ["--bundle", bundle.folder, bundle.id]).joined(separator: " ")
            let script = "mount -t tmpfs none \(source) && mount -o remount,bind,\(host) \(source) && \(run)"
            return try scene.run(["unshare", "--mount", "sh", "-c", script], in: bundle.folder)
        }

        @Test("without an attribute among the options the source's stay", arguments: [false, true])
        func untouched(_ userNamespace: Bool) throws {
            let outcome = try shown("ro,noexec,nosuid,nodiratime", ["bind"], userNamespace: userNamespace)
            for name in ["ro", "noexec", "nosuid", "nodiratime"] { #expect(outcome.lines.contains(name), "\(outcome)") }
        }

        @Test("with one, what is not named is off; access times stay")
        func replaced() throws {
            let outcome = try shown("ro,noexec,noatime", ["bind", "nosuid"], userNamespace: false)
            #expect(outcome.lines.contains("rw") && outcome.lines.contains("nosuid"), "\(outcome)")
            #expect(!outcome.lines.contains("noexec") && outcome.lines.contains("noatime"), "\(outcome)")
        }

        @Test("what a user namespace finds locked stays unless it is named, and is an error then")
        func locked() throws {
            let kept = try shown("ro,noexec", ["bind", "nosuid"], userNamespace: true)
            for name in ["ro", "noexec", "nosuid"] { #expect(kept.lines.contains(name), "\(kept)") }
            let refused = try shown("ro,noexec", ["bind", "rw"], userNamespace: true)
            #expect(refused.ending == .exited(1), "\(refused)")
            #expect(refused.errorText.contains("/mnt: operation not permitted"), "\(refused)")
        }

        @Test(
            "an access time mode that is named is the one",
            arguments: [
                ("noatime", "relatime", "relatime"), ("relatime", "noatime", "noatime"),
                ("noatime", "nodiratime", "relatime"), ("noatime", "atime", "noatime"),
            ])
        func accessTimes(_ host: String, _ option: String, _ expected: String) throws {
            let outcome = try shown(host, ["bind", option], userNamespace: false)
            #expect(outcome.lines.contains(expected), "\(outcome)")
        }
    }
}
