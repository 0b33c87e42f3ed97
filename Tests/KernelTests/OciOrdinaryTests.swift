import Foundation
import Testing

extension Kernel {
    /// What engines of ordinary users count on.
    @Suite("oci verbs: without root's rights", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciOrdinaryTests {
        @Test("the multiplexer of terminals is the container's own, whatever device is listed", arguments: Caller.all)
        func multiplexer(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle.add(
                ["path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2] as [String: Any], to: "linux.devices")
            bundle["process.args"] = ["readlink", "/dev/ptmx"]
            let outcome = try bundle.run()
            #expect(outcome.text == "pts/ptmx\n", "\(outcome)")
        }

        @Test(
            "a cgroup that was named and may not be made is an error", .needsOrdinaryUser, .needsLegacyCgroups)
        func namedCgroup() throws {
            let scene = try Scene(try #require(Caller.ordinary))
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.cgroupsPath"] = "/\(bundle.id)"
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(
                    outcome.errorText.contains("cgroup") && outcome.errorText.contains("permission denied"),
                    "\(outcome)")
            }
        }

        @Test("processes that nothing holds together are warned of", .needsOrdinaryUser, .needsLegacyCgroups)
        func nothingHeld() throws {
            let bundle = try Bundle(Scene(try #require(Caller.ordinary)))
            bundle.removeNamespace("pid")
            bundle["mounts"] = (bundle["mounts"] as? [[String: Any]])?.filter {
                $0["destination"] as? String != "/proc"
            }
            bundle["linux.maskedPaths"] = nil
            bundle["linux.readonlyPaths"] = nil
            bundle.script("echo ran")
            let outcome = try bundle.run()
            #expect(outcome.errorText.contains("strongly discouraged"), "\(outcome)")
        }
    }
}
