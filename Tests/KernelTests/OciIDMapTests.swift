import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: id-mapped mounts", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciIDMapTests {
        private func bundle(_ caller: Caller, owner: uid_t) throws -> Bundle {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            try scene.makeFolder(scene.folder + "/data")
            try scene.makeFolder(bundle.rootfs + "/data")
            try scene.write("", to: scene.folder + "/data/file")
            if caller.isRoot { #expect(chown(scene.folder + "/data/file", owner, owner) == 0) }
            bundle["process.args"] = ["stat", "-c", "%u %g", "/data/file"]
            return bundle
        }

        private func mount(_ bundle: Bundle, maps: Bool) -> [String: Any] {
            var mount: [String: Any] = [
                "destination": "/data", "type": "bind", "source": bundle.scene.folder + "/data",
                "options": ["rbind", "idmap"],
            ]
            if maps {
                mount["uidMappings"] = [["containerID": 1234, "hostID": 4242, "size": 1]]
                mount["gidMappings"] = [["containerID": 1234, "hostID": 4343, "size": 1]]
            }
            return mount
        }

        @Test("a mount's own maps change the owners it shows", .needsRoot)
        func ownMaps() throws {
            let bundle = try bundle(Caller.current, owner: 1234)
            bundle.add(mount(bundle, maps: true), to: "mounts")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["4242 4343"], "\(outcome)")
        }

        @Test("without maps the container's own are taken", .needsRoot)
        func containerMaps() throws {
            let bundle = try bundle(Caller.current, owner: 1234)
            let map = [["containerID": 0, "hostID": 100000, "size": 65536]]
            bundle.add(["type": "user"], to: "linux.namespaces")
            bundle["linux.uidMappings"] = map
            bundle["linux.gidMappings"] = map
            bundle.add(mount(bundle, maps: false), to: "mounts")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["1234 1234"], "\(outcome)")
        }

        @Test("without maps those of a user namespace that is joined are taken", .needsRoot)
        func joinedMaps() throws {
            let bundle = try bundle(Caller.current, owner: 1234)
            let map = [["containerID": 0, "hostID": 100000, "size": 65536]]
            bundle.add(["type": "user"], to: "linux.namespaces")
            bundle["linux.uidMappings"] = map
            bundle["linux.gidMappings"] = map
            let command = bundle["process.args"]
            bundle.script("exec \(bundle.scene.nap)")
            #expect(try bundle.run(["--detach"]).isSuccess)
            let pid = try #require(try bundle.state()?["pid"] as? Int)

            bundle["process.args"] = command
            bundle["linux.uidMappings"] = nil
            bundle["linux.gidMappings"] = nil
            bundle.removeNamespace("user")
            bundle.add(["type": "user", "path": "/proc/\(pid)/ns/user"], to: "linux.namespaces")
            bundle.add(mount(bundle, maps: false), to: "mounts")
            try bundle.writeConfig()
            let outcome = try bundle.verb("run", ["--bundle", bundle.folder, bundle.id + "-2"])
            #expect(outcome.lines == ["1234 1234"], "\(outcome)")
        }

        /// A source below a folder that belongs to an id outside of the maps and is closed to everybody else.
        private func closed(_ bundle: Bundle, owner: uid_t) throws {
            let folder = bundle.scene.folder + "/closed"
            try bundle.scene.makeFolder(folder)
            try bundle.scene.makeFolder(folder + "/data")
            try bundle.scene.makeFolder(bundle.rootfs + "/data")
            try bundle.scene.write("inside\n", to: folder + "/data/file")
            if bundle.caller.isRoot { #expect(chown(folder, owner, owner) == 0) }
            #expect(chmod(folder, 0o700) == 0)
            let map = [["containerID": 0, "hostID": 100000, "size": 65536]]
            bundle["linux.namespaces"] = (bundle["linux.namespaces"] as? [Any] ?? []) + [["type": "user"]]
            bundle["linux.uidMappings"] = map
            bundle["linux.gidMappings"] = map
            bundle.add(
                ["destination": "/data", "type": "bind", "source": folder + "/data", "options": ["rbind", "ro"]],
                to: "mounts")
            bundle["process.args"] = ["cat", "/data/file"]
        }

        @Test(
            "root binds what lies in a folder closed to the container's ids, and nothing is gained by it", .needsRoot,
            arguments: [0, 4321] as [uid_t])
        func closedFolder(_ owner: uid_t) throws {
            let scene = try Scene(Caller.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try closed(bundle, owner: owner)
                let outcome = try bundle.run()
                #expect(outcome.isSuccess && outcome.text == "inside\n", "\(outcome)")
                bundle.script("ls /data/..; echo x >/data/new; cat /data/new")
                let attempt = try bundle.run()
                #expect(!attempt.isSuccess && !attempt.text.contains("closed"), "\(attempt)")
                #expect(access(scene.folder + "/closed/data/new", F_OK) != 0)
            }
        }

        @Test("a source that is missing in such a folder is told", .needsRoot)
        func closedAndMissing() throws {
            let scene = try Scene(Caller.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try closed(bundle, owner: 4321)
                try FileManager.default.removeItem(atPath: scene.folder + "/closed/data")
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(
                    outcome.errorText.contains("mounts[6]: bind \(scene.folder)/closed/data to /data"), "\(outcome)")
            }
        }

        @Test("an ordinary user is told that root is needed", .needsOrdinaryUser)
        func refusal() throws {
            guard let caller = Caller.ordinary else { return }
            let bundle = try bundle(caller, owner: caller.uid)
            bundle.add(mount(bundle, maps: false), to: "mounts")
            let outcome = try bundle.run()
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(outcome.errorText.contains("id-mapped mounts need root"), "\(outcome)")
        }
    }
}
