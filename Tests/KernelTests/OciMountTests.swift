import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: what the place of a mount decides", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciMountTests {
        private func mount(_ type: String, _ destination: String, _ options: [String] = []) -> [String: Any] {
            ["destination": destination, "type": type, "source": type, "options": options]
        }

        @Test("a tmpfs has the mode of the folder it covers, unless one is given", arguments: Caller.all)
        func tmpfsMode(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            for (name, options) in [("/inherits", []), ("/given", ["mode=1500"])] {
                try bundle.scene.makeFolder(bundle.rootfs + name)
                #expect(chmod(bundle.rootfs + name, 0o710) == 0)
                bundle.add(mount("tmpfs", name, options), to: "mounts")
            }
            bundle.add(mount("tmpfs", "/made"), to: "mounts")
            bundle.script("stat -c %a /inherits /given /made")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["710", "1500", "1777"], "\(outcome)")
        }

        @Test("a read-only /dev has its devices, mounts and terminal all the same", arguments: Caller.all)
        func readOnlyDev(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            var mounts = try #require(bundle["mounts"] as? [[String: Any]])
            let index = try #require(mounts.firstIndex { $0["destination"] as? String == "/dev" })
            mounts[index]["options"] = ["nosuid", "mode=755", "ro"]
            bundle["mounts"] = mounts
            bundle["process.terminal"] = true
            bundle.script("touch /dev/new; echo >/dev/null && [ -d /dev/pts ] && [ -c /dev/console ] && echo there")
            let outcome = try bundle.run()
            #expect(outcome.lines.last == "there" && outcome.text.contains("Read-only"), "\(outcome)")
        }

        @Test("proc and sysfs are mounted on folders only, not through an image's link", arguments: ["proc", "sys"])
        func links(_ name: String) throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try FileManager.default.removeItem(atPath: bundle.rootfs + "/" + name)
                try scene.makeFolder(bundle.rootfs + "/elsewhere")
                try FileManager.default.createSymbolicLink(
                    atPath: bundle.rootfs + "/" + name, withDestinationPath: "/elsewhere")
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("must be mounted on ordinary directory"), "\(outcome)")
            }
        }

        @Test("a source inside the root is what earlier mounts have made of it", arguments: Caller.all)
        func order(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            for (folder, target) in [("a", "/mnt"), ("b", "/mnt/x")] {
                try scene.makeFolder("\(scene.folder)/\(folder)")
                if folder == "a" { try scene.makeFolder("\(scene.folder)/a/x") }
                try scene.write(folder, to: "\(scene.folder)/\(folder)/file")
                bundle.add(
                    [
                        "destination": target, "type": "bind", "source": "\(scene.folder)/\(folder)",
                        "options": ["rbind"],
                    ] as [String: Any], to: "mounts")
            }
            try scene.makeFolder(bundle.rootfs + "/mnt")
            // The destination as some engines give it: the path on the host.
            bundle.add(
                [
                    "destination": bundle.rootfs + "/final", "type": "bind", "source": bundle.rootfs + "/mnt",
                    "options": ["rbind"],
                ] as [String: Any], to: "mounts")
            bundle.script("cat /final/file /final/x/file")
            let outcome = try bundle.run()
            #expect(outcome.text == "ab", "\(outcome)")
        }

        @Test("the same with owners mapped, in a container with a user namespace", .needsRoot)
        func mappedOrder() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            try scene.makeFolder(scene.folder + "/data")
            try scene.write("", to: scene.folder + "/data/file")
            try scene.makeFolder(bundle.rootfs + "/mnt")
            bundle.add(["type": "user"], to: "linux.namespaces")
            let map = [["containerID": 0, "hostID": 100_000, "size": 65536]]
            bundle["linux.uidMappings"] = map
            bundle["linux.gidMappings"] = map
            for name in ["", "/data", "/bundle", "/bundle/rootfs"] { #expect(chmod(scene.folder + name, 0o755) == 0) }
            for (target, source, options) in [
                ("/mnt", scene.folder + "/data", ["rbind"]), ("/final", bundle.rootfs + "/mnt", ["rbind", "idmap"]),
            ] {
                bundle.add(
                    ["destination": target, "type": "bind", "source": source, "options": options] as [String: Any],
                    to: "mounts")
            }
            try scene.makeFolder(bundle.rootfs + "/final")
            for folder in ["/dev/pts", "/dev/shm", "/dev/mqueue"] {
                bundle["mounts"] = (bundle["mounts"] as? [[String: Any]])?.filter {
                    $0["destination"] as? String != folder
                }
            }
            bundle.script("stat -c %u /mnt/file /final/file")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["65534", "0"], "\(outcome)")
        }

        @Test("a path that is masked twice is covered once", arguments: Caller.all)
        func maskedTwice(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            try bundle.scene.makeFolder(bundle.rootfs + "/hidden")
            for path in ["/hidden", "/hidden/", "/hidden"] { bundle.add(path, to: "linux.maskedPaths") }
            bundle.script("grep -c ' /hidden ' /proc/self/mounts")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["1"], "\(outcome)")
        }

        @Test("a shared root is shared", .needsRoot)
        func sharedRoot() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.rootfsPropagation"] = "shared"
            bundle.script("grep ' / / ' /proc/self/mountinfo | grep -c shared:; awk '$5 == \"/\"' /proc/self/mountinfo")
            let outcome = try bundle.run()
            #expect(outcome.isSuccess && outcome.text.contains(" shared:"), "\(outcome)")
        }

        @Test("--no-pivot leaves no whole proc of the host that a user namespace inside could stand on", .needsRoot)
        func noBareProc() throws {
            let bundle = try Bundle(Scene(.current))
            let names = ["CAP_SYS_ADMIN", "CAP_SETFCAP", "CAP_SETUID", "CAP_SETGID"]
            bundle["process.capabilities"] = ["bounding": names, "effective": names, "permitted": names]
            bundle["process.noNewPrivileges"] = false
            let busybox = bundle.rootfs + "/bin/"
            for applet in ["unshare"] {
                try FileManager.default.createSymbolicLink(atPath: busybox + applet, withDestinationPath: "busybox")
            }
            bundle.script("unshare -mrpf mount -t proc none /proc && echo mounted; echo end")
            let outcome = try bundle.run(["--no-pivot"])
            #expect(outcome.lines == ["end"], "\(outcome)")
        }

        @Test("a container without a mount namespace has its root all the same", .needsRoot)
        func hostMounts() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            bundle.removeNamespace("mount")
            bundle["linux.maskedPaths"] = [String]()
            bundle["linux.readonlyPaths"] = [String]()
            bundle.script("ls / | tr '\\n' ' '")
            try bundle.writeConfig()
            // In a mount namespace that ends with the test: the container's mounts are its maker's.
            let outcome = try scene.run(
                ["unshare", "--mount"] + bundle.command("run", ["--bundle", bundle.folder, bundle.id]),
                in: bundle.folder)
            #expect(outcome.isSuccess && outcome.text.hasPrefix("bin dev etc"), "\(outcome)")
        }
    }
}
