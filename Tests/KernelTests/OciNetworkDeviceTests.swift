import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: network devices", .needsRoot, .needs("busybox", package: "busybox-static"),
        .needs("ip", package: "iproute2"))
    struct OciNetworkDeviceTests {
        /// Runs the bundle with `script` around it, in a network namespace that ends with the script; `$RUN` is the run.
        private func run(_ bundle: Bundle, _ script: String) throws -> Outcome {
            try bundle.writeConfig()
            let run = bundle.command("run", ["--bundle", bundle.folder, bundle.id]).joined(separator: " ")
            let make = "set -e; ip link add test0 type veth peer name test1; RUN='\(run)'; set +e;"
            return try bundle.scene.run(["unshare", "--net", "sh", "-c", make + script], in: bundle.folder)
        }

        @Test("a device is moved with its addresses, its size and its hardware address, and switched on")
        func moved() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.netDevices"] = ["test0": [String: String]()]
            bundle.script("ip address show dev test0; cat /sys/class/net/test0/mtu /sys/class/net/test0/address")
            let outcome = try run(
                bundle,
                """
                ip link set test0 mtu 1789 address 02:11:22:33:44:55
                ip address add 169.254.169.77/32 dev test0; ip address add 127.0.0.33/8 dev test0
                ip -6 address add fd00::5/64 dev test0 nodad
                $RUN; ip link show test0 2>&1
                """)
            #expect(outcome.text.contains("inet 169.254.169.77/32 "), "\(outcome)")
            #expect(outcome.text.contains("inet6 fd00::5/64 "), "\(outcome)")
            #expect(!outcome.text.contains("127.0.0.33"), "an address of this host alone came along: \(outcome)")
            #expect(outcome.lines.contains("1789") && outcome.lines.contains("02:11:22:33:44:55"), "\(outcome)")
            #expect(outcome.text.contains(",UP"), "\(outcome)")
            #expect(outcome.text.contains("does not exist"), "the host has it still: \(outcome)")
        }

        @Test("it gets the name that the bundle gives, or one that is free for a template")
        func named() throws {
            for (name, found) in [("inside0", "inside0"), ("lo", nil), ("eth%d", "eth0")] as [(String, String?)] {
                let bundle = try Bundle(Scene(.current))
                bundle["linux.netDevices"] = ["test0": ["name": name]]
                bundle.script("ls /sys/class/net")
                let outcome = try run(bundle, "$RUN; echo status $?; ip link show test0 2>&1 | head -n 1")
                if let found {
                    #expect(outcome.lines.contains(found) && outcome.lines.contains("status 0"), "\(outcome)")
                } else {
                    #expect(outcome.lines.contains("status 1"), "\(outcome)")
                    #expect(outcome.errorText.contains("linux.netDevices[\"test0\"]"), "\(outcome)")
                    #expect(outcome.text.contains("test0@test1"), "the device is gone: \(outcome)")
                }
            }
        }

        @Test("a create that fails gives the device back as it was")
        func givenBack() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.netDevices"] = ["test0": ["name": "inside0"]]
            bundle["hooks.createRuntime"] = [["path": "/bin/false"]]
            let outcome = try run(
                bundle,
                "ip address add 169.254.169.77/32 dev test0; ip link set test0 up; $RUN; ip address show dev test0")
            #expect(outcome.errorText.contains("error running createRuntime hook #0"), "\(outcome)")
            #expect(outcome.text.contains("inet 169.254.169.77/32 ") && outcome.text.contains(",UP"), "\(outcome)")
        }

        @Test("a device that is not there is named, and nothing is left")
        func absent() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.netDevices"] = ["nothere0": [String: String]()]
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("linux.netDevices[\"nothere0\"]"), "\(outcome)")
            }
        }

        @Test("an ordinary user may not move the host's devices", .needsOrdinaryUser)
        func refused() throws {
            guard let user = Caller.all.first(where: { !$0.isRoot }) else { throw TestTrouble("no ordinary user") }
            let scene = try Scene(user)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.netDevices"] = ["lo": ["name": "lo9"]]
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("linux.netDevices"), "\(outcome)")
            }
        }
    }
}
