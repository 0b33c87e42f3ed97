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
