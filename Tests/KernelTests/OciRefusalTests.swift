import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: what this host lacks", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciRefusalTests {
        private static var hasResctrl: Bool { readText("/proc/mounts").contains(" resctrl ") }
        private static var hasSELinux: Bool { access("/sys/fs/selinux/enforce", F_OK) == 0 }
        private static var hasAppArmor: Bool { readText("/sys/module/apparmor/parameters/enabled").hasPrefix("Y") }

        private func refused(_ caller: Caller, _ path: String, _ value: Any) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle[path] = value
                bundle.script("echo ran")
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1) && outcome.output.isEmpty, "\(outcome)")
                #expect(outcome.errorText.contains(path), "\(outcome)")
                #expect(try bundle.state() == nil)
            }
        }

        @Test(
            "RDT classes need a mounted resctrl", .enabled(if: !hasResctrl, "resctrl is mounted here"),
            arguments: Caller.all)
        func resctrl(_ caller: Caller) throws { try refused(caller, "linux.intelRdt", ["closID": "gold"]) }

        @Test("other schemata are for containers with a class, and lines of the right resource", .needsRoot)
        func schemata() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            bundle.script("exec \(scene.nap)")
            #expect(try bundle.run(["--detach"]).isSuccess)
            for (flags, named) in [
                (["--l3-cache-schema", "MB:0=50"], "--l3-cache-schema"),
                (["--mem-bw-schema", "50"], "--mem-bw-schema"),
                (["--l3-cache-schema", "L3:0=ff"], "no class of service"), (["--mem-bw-schema", "MB:0=50"], "class"),
            ] {
                let outcome = try bundle.verb("update", [bundle.id] + flags)
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains(named), "\(outcome)")
            }
        }

        @Test(
            "a label needs SELinux", .enabled(if: !hasSELinux, "SELinux is on here"), arguments: Caller.all,
            ["process.selinuxLabel", "linux.mountLabel"])
        func selinux(_ caller: Caller, _ path: String) throws {
            try refused(caller, path, "system_u:system_r:container_t:s0:c1,c2")
        }

        @Test("a profile needs AppArmor", .enabled(if: !hasAppArmor, "AppArmor is on here"), arguments: Caller.all)
        func appArmor(_ caller: Caller) throws {
            try refused(caller, "process.apparmorProfile", "container-default")
            let bundle = try Bundle(Scene(caller))
            bundle["process.apparmorProfile"] = "unconfined"
            #expect(try bundle.run().isSuccess)
        }

        @Test("exec refuses them as well", .enabled(if: !hasSELinux && !hasAppArmor, "a security module is on here"))
        func exec() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["process.args"] = ["sleep", "60"]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            for flags in [["--process-label", "a:b:c:d"], ["--apparmor", "some"]] {
                let outcome = try bundle.verb("exec", flags + [bundle.id, "true"])
                #expect(outcome.ending == .exited(255), "\(outcome)")
            }
        }
    }
}
