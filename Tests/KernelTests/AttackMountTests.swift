import Foundation
import Testing

extension Kernel {
    /// Attacks on the mounts: the root filesystem is the attacker's, and lies where a mount is to go.
    @Suite("attacks: mounts and /proc", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct AttackMountTests {
        /// Links of the root that lead out of it: absolute, by dots, through /proc, and in two steps.
        static func links(to target: String) -> [String] {
            [
                target, String(repeating: "../", count: 24) + target.dropFirst(), "/proc/self/root\(target)",
                "/proc/1/root\(target)", "step",
            ]
        }

        /// CVE-2021-30465 and its elders: a mount's destination is a link that leaves the root.
        @Test("links as mount destinations stay inside the root", arguments: Caller.all, 0..<5)
        func linkedDestination(_ caller: Caller, _ kind: Int) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let outside = scene.folder + "/outside"
            try scene.makeFolder(outside)
            try scene.write("untouched", to: outside + "/file")
            let link = Self.links(to: outside)[kind]
            let files = FileManager.default
            try files.createSymbolicLink(atPath: bundle.rootfs + "/way", withDestinationPath: link)
            try files.createSymbolicLink(atPath: bundle.rootfs + "/step", withDestinationPath: outside)
            let mounts = bundle["mounts"]
            for (destination, type) in [("/way", "tmpfs"), ("/way/sub", "tmpfs"), ("/way/new/deep", "bind")] {
                bundle["mounts"] = mounts
                bundle.add(
                    [
                        "destination": destination, "type": type, "source": type == "bind" ? "/etc" : "tmpfs",
                        "options": type == "bind" ? ["rbind", "ro"] : ["nosuid"],
                    ] as [String: Any], to: "mounts")
                bundle.script("echo ran")
                let outcome = try bundle.run()
                // Either it is refused, or the way was walked inside the root.
                #expect(outcome.lines == ["ran"] || !outcome.isSuccess, "\(outcome)")
                #expect(try files.contentsOfDirectory(atPath: outside) == ["file"], "\(destination): \(outcome)")
                #expect(readText(outside + "/file") == "untouched")
            }
        }

        /// CVE-2021-30465: the destination is swapped for a link between the check and the mount.
        @Test("CVE-2021-30465: a folder swapped for a link while mounting leads nowhere", arguments: Caller.all)
        func swappedDestination(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let outside = scene.folder + "/outside"
            try scene.makeFolder(outside)
            for name in ["a", "b"] { try scene.makeFolder(bundle.rootfs + "/" + name) }
            try FileManager.default.createSymbolicLink(
                atPath: bundle.rootfs + "/b/link",
                withDestinationPath: String(repeating: "../", count: 24) + outside.dropFirst())
            try scene.makeFolder(bundle.rootfs + "/a/link")
            bundle.add(
                ["destination": "/a/link/made/inside", "type": "tmpfs", "source": "tmpfs"] as [String: Any],
                to: "mounts")
            bundle.script("echo ran")
            let race = Race(exchanging: bundle.rootfs + "/a", with: bundle.rootfs + "/b")
            defer { race.stop() }
            for _ in 0..<40 {
                let outcome = try bundle.run()
                #expect(outcome.lines == ["ran"] || !outcome.isSuccess, "\(outcome)")
                #expect(outcome.ending != .timedOut)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
            #expect(race.stop() > 100, "the race did not run")
        }

        /// CVE-2019-16884: with /proc behind a link or under a volume, what the runtime writes to /proc/self/attr
        /// goes to the attacker's file, and labels and masks are lost.
        @Test("CVE-2019-16884: /proc that is a link in the root is refused", arguments: Caller.all)
        func procIsALink(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            _ = rmdir(bundle.rootfs + "/proc")
            try FileManager.default.createSymbolicLink(atPath: bundle.rootfs + "/proc", withDestinationPath: "tmp")
            bundle.script("echo ran; ls /tmp")
            let outcome = try bundle.run()
            #expect(!outcome.isSuccess && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errorText.contains("/proc"), "\(outcome)")
        }

        @Test(
            "CVE-2019-16884, CVE-2025-52881: nothing but a procfs may be mounted over /proc", arguments: Caller.all,
            ["/proc", "/proc/self", "/proc/self/attr", "/proc/sys", "/proc/1"])
        func mountOverProc(_ caller: Caller, _ destination: String) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            try scene.makeFolder(scene.folder + "/fake")
            for (type, source) in [("tmpfs", "tmpfs"), ("bind", scene.folder + "/fake")] {
                let bundle = bundle
                let mounts = bundle["mounts"]
                defer { bundle["mounts"] = mounts }
                bundle.add(
                    [
                        "destination": destination, "type": type, "source": source,
                        "options": type == "bind" ? ["rbind"] : [],
                    ]
                        as [String: Any], to: "mounts")
                bundle.script("echo ran")
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess && outcome.output.isEmpty, "\(type) on \(destination): \(outcome)")
                #expect(outcome.errorText.contains("/proc"), "\(outcome)")
            }
        }

        /// CVE-2025-52881: writes to /proc are redirected by a root whose /proc holds files of the same names, so
        /// that a sysctl's value lands in another file. The mount of /proc is left out of the configuration.
        @Test("CVE-2025-52881: a sysctl is never written into a file of the root", .needsRoot)
        func fakeProc() throws {
            let scene = try Scene(try #require(Caller.root))
            let bundle = try Bundle(scene)
            for folder in ["/proc/sys", "/proc/sys/kernel", "/proc/self", "/proc/self/attr"] {
                try scene.makeFolder(bundle.rootfs + folder)
            }
            for file in ["/proc/sys/kernel/msgmax", "/proc/self/oom_score_adj", "/proc/self/attr/exec"] {
                try scene.write("fake", to: bundle.rootfs + file)
            }
            bundle["mounts"] = (bundle["mounts"] as? [[String: Any]])?.filter {
                $0["destination"] as? String != "/proc"
            }
            bundle["linux.sysctl"] = ["kernel.msgmax": "4096"]
            bundle["linux.maskedPaths"] = nil
            bundle["linux.readonlyPaths"] = nil
            bundle["process.oomScoreAdj"] = 100
            bundle.script("echo ran")
            let outcome = try bundle.run()
            for file in ["/proc/sys/kernel/msgmax", "/proc/self/oom_score_adj", "/proc/self/attr/exec"] {
                #expect(readText(bundle.rootfs + file) == "fake", "\(file): \(outcome)")
            }
        }

        /// CVE-2025-31133: /dev/null of the root is a link, and masking binds its target over the masked path.
        @Test(
            "CVE-2025-31133: masking does not go through the root's /dev/null", arguments: Caller.all,
            ["/proc/sys/kernel/core_pattern", "/etc/passwd", "regular", "missing"])
        func nullIsALink(_ caller: Caller, _ target: String) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            // No tmpfs on /dev: the root's own folder stays, as with images that bring their devices.
            bundle["mounts"] = (bundle["mounts"] as? [[String: Any]])?.filter {
                ($0["destination"] as? String)?.hasPrefix("/dev") != true
            }
            try scene.write("the secret", to: bundle.rootfs + "/masked")
            let null = bundle.rootfs + "/dev/null"
            switch target {
            case "regular": try scene.write("attacker's text", to: null)
            case "missing": try FileManager.default.createSymbolicLink(atPath: null, withDestinationPath: "/no/such")
            default: try FileManager.default.createSymbolicLink(atPath: null, withDestinationPath: target)
            }
            bundle.add("/masked", to: "linux.maskedPaths")
            bundle.script("cat /masked; echo attack >/masked; echo ran")
            let outcome = try bundle.run()
            #expect(!outcome.text.contains("the secret"), "\(outcome)")
            #expect(outcome.lines == ["ran"] || !outcome.isSuccess, "\(outcome)")
            #expect(readText(bundle.rootfs + "/masked") == "the secret")
        }

        /// CVE-2025-52565: /dev/console, the bind's destination, is a link of the root's.
        @Test("CVE-2025-52565: the console is not laid over what a link names", arguments: Caller.all)
        func consoleIsALink(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle["process.terminal"] = true
            bundle["mounts"] = (bundle["mounts"] as? [[String: Any]])?.filter { $0["destination"] as? String != "/dev" }
            try scene.makeFolder(bundle.rootfs + "/dev/pts")
            for name in ["shm", "mqueue"] { try scene.makeFolder(bundle.rootfs + "/dev/" + name) }
            try scene.write("untouched", to: scene.folder + "/outside")
            try scene.write("untouched", to: bundle.rootfs + "/inside")
            for target in [scene.folder + "/outside", "/inside", "/proc/sys/kernel/hostname", "/proc/self/exe"] {
                _ = unlink(bundle.rootfs + "/dev/console")
                try FileManager.default.createSymbolicLink(
                    atPath: bundle.rootfs + "/dev/console", withDestinationPath: target)
                bundle.script("test -c \(target) && echo covered; echo over")
                try bundle.writeConfig()
                let terminal = try Terminal(
                    scene.invocation(bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder))
                #expect(terminal.finish() != .timedOut)
                #expect(!terminal.shown().contains("covered"), "\(target): \(terminal.shown())")
            }
            #expect(readText(scene.folder + "/outside") == "untouched")
        }

        /// A container joins a mount namespace or root of another's making only by what the configuration says.
        @Test("the host's root cannot be reached by dots, chroot or a second proc", arguments: Caller.all)
        func leavingTheRoot(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("outside", to: scene.folder + "/marker")
            let bundle = try Bundle(scene)
            bundle["process.capabilities"] = [
                "bounding": ["CAP_SYS_CHROOT"], "effective": ["CAP_SYS_CHROOT"], "permitted": ["CAP_SYS_CHROOT"],
            ]
            bundle.script(
                """
                m=\(scene.folder)/marker
                cat $m ../../../../../../$m /proc/1/root$m /proc/self/cwd/../../$m 2>/dev/null
                mkdir /hole; cd /; (busybox chroot /hole /bin/sh -c 'cd ../../../..' ; cat ./$m) 2>/dev/null
                busybox mount -t proc proc /hole 2>/dev/null && echo mounted
                busybox mount --bind / /hole 2>/dev/null && echo bound
                busybox umount /proc/kcore 2>/dev/null && echo unmasked
                echo over
                """)
            let outcome = try bundle.run()
            #expect(outcome.lines == ["over"], "\(outcome)")
        }
    }
}
