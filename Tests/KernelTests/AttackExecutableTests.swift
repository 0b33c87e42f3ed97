import Foundation
import Testing

extension Kernel {
    /// Attacks on the executable that starts the container, and on what it forgets to close.
    @Suite(
        "attacks: our executable and our descriptors", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct AttackExecutableTests {
        /// Tries to open every process's executable for writing, at once and until it is no longer busy, and to
        /// write through it. What it can reach besides busybox is ours.
        static let overwrite = """
            for try in 1 2 3 4 5 6 7 8 9 10; do
                for p in /proc/[0-9]*; do
                    for f in $p/exe $p/root/proc/self/exe; do
                        case "$(readlink $f)" in */bin/busybox) continue ;; esac
                        (echo overwritten >>$f) 2>/dev/null && echo "wrote $f"
                    done
                done
                sleep 0.01
            done
            """

        /// CVE-2019-5736: the runtime's executable, reached through /proc/PID/exe, is overwritten from inside.
        @Test("CVE-2019-5736: the executable cannot be written through /proc", arguments: Caller.all)
        func overwriteThroughProc(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let file = scene.executable.folder + "/sandbox"
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            // Writable for the one who attacks: only the walls stand between.
            bundle.script(Self.overwrite + "\nls -l /proc/1/exe >/dev/null; echo tried")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["tried"], "\(outcome)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        }

        /// The same with the runtime itself made the container's process: `/proc/self/exe` as entry point, and a
        /// script whose interpreter it is.
        @Test(
            "CVE-2019-5736: entry points that are the runtime itself give nothing away", arguments: Caller.all,
            ["/proc/self/exe", "/entry"])
        func selfAsEntryPoint(_ caller: Caller, _ entry: String) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            let file = scene.executable.folder + "/sandbox"
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            try scene.write("#!/proc/self/exe\n", to: bundle.rootfs + "/entry", mode: 0o755)
            bundle["process.args"] = [entry, "oci", "--version"]
            // A second container of the same pid namespace looks at the first one's executable while it lasts.
            let outcome = try bundle.run()
            #expect(outcome.ending != .timedOut, "\(outcome)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        }

        /// A library that the dynamic loader would put into the runtime, were it started again from inside.
        @Test("CVE-2019-5736: the root's loader configuration does not reach the runtime", arguments: Caller.all)
        func loaderConfiguration(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            try scene.write("/evil.so\n", to: bundle.rootfs + "/etc/ld.so.preload")
            bundle["process.env"] = ["PATH=/bin", "LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/", "GLIBC_TUNABLES=x=y"]
            bundle.script("echo alive")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["alive"], "\(outcome)")
        }

        /// CVE-2016-9962: init, once inside the container's namespaces, is open to ptrace and /proc/PID/fd of the
        /// container's other processes.
        @Test("CVE-2016-9962: a joining process's descriptors and memory cannot be reached", arguments: Caller.all)
        func initIsNotDumpable(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let watcher = try Bundle(scene)
            // The watcher looks at each process that appears in its pid namespace.
            watcher.script(
                """
                echo up >/up; n=0
                while [ $n -lt 30000 ] && ! test -e /stop; do
                    for p in /proc/[0-9]*; do
                        case "$(readlink $p/exe 2>/dev/null)" in */bin/busybox|"") continue ;; esac
                        for f in $p/fd/*; do t=$(readlink $f) && echo "$p $f $t" >>/seen; done
                        (exec 3<$p/mem) 2>/dev/null && echo "$p mem" >>/seen
                    done
                    n=$((n+1))
                done
                """)
            // In a user namespace not even CAP_SYS_PTRACE helps. Without one it is the host's own capability, with
            // which nothing can be kept from a process of the same pid namespace (docs/threat-model.md).
            if !caller.isRoot {
                watcher["process.capabilities"] = [
                    "bounding": ["CAP_SYS_PTRACE"], "effective": ["CAP_SYS_PTRACE"], "permitted": ["CAP_SYS_PTRACE"],
                ]
            }
            #expect(try watcher.create().isSuccess)
            #expect(try watcher.verb("start", [watcher.id]).isSuccess)
            #expect(eventually { readText(watcher.rootfs + "/up") == "up\n" })
            let pid = try #require(try watcher.state()?["pid"] as? Int)

            // Containers that join the watcher's pid namespace are seen by it while they start.
            watcher["linux.namespaces"] = (watcher["linux.namespaces"] as? [[String: Any]])?.map { namespace in
                switch namespace["type"] as? String {
                case "pid": ["type": "pid", "path": "/proc/\(pid)/ns/pid"]
                case "user": ["type": "user", "path": "/proc/\(pid)/ns/user"]
                default: namespace
                }
            }
            if !caller.isRoot {
                watcher["linux.uidMappings"] = nil
                watcher["linux.gidMappings"] = nil
            }
            watcher["process.args"] = ["/bin/true"]
            try watcher.writeConfig()
            for round in 0..<10 {
                let joined = try watcher.verb("run", ["--bundle", watcher.folder, "\(watcher.id)-\(round)"])
                #expect(joined.isSuccess, "\(joined)")
            }
            try scene.write("", to: watcher.rootfs + "/stop")
            let seen = readText(watcher.rootfs + "/seen")
            #expect(seen.isEmpty, "the watcher reached: \(seen.prefix(2000))")
        }

        /// CVE-2024-21626: a working folder of /proc/self/fd/N, where N is a descriptor of the host's file system
        /// that the runtime left open.
        @Test("CVE-2024-21626: no working folder leads out through a descriptor", arguments: Caller.all)
        func workingFolderThroughDescriptor(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            try bundle.scene.write("outside", to: bundle.folder + "/host-only")
            try bundle.scene.write("inside", to: bundle.rootfs + "/marker")
            let up = String(repeating: "../", count: 24)
            bundle.script("cat host-only ../host-only ./\(up)\(bundle.folder)/host-only; cat ./\(up)marker")
            for number in 3..<32 {
                for folder in ["/proc/self/fd/\(number)", "/proc/1/fd/\(number)/..", "/proc/thread-self/fd/\(number)"] {
                    bundle["process.cwd"] = folder
                    let outcome = try bundle.run()
                    // Refused, or a folder from which every way up ends at the container's own root.
                    #expect(!outcome.isSuccess || outcome.text == "inside", "\(folder): \(outcome)")
                    #expect(!outcome.text.contains("outside"), "\(folder): \(outcome)")
                }
            }
        }

        @Test("CVE-2024-21626: a link in the root to a descriptor is no way out either", arguments: Caller.all)
        func workingFolderThroughLink(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let up = String(repeating: "../", count: 24)
            try bundle.scene.write("outside", to: bundle.folder + "/host-only")
            try bundle.scene.write("inside", to: bundle.rootfs + "/marker")
            bundle.script("cat ../host-only ./\(up)\(bundle.folder)/host-only; cat ./\(up)marker")
            for number in 3..<16 {
                let link = bundle.rootfs + "/link\(number)"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/proc/self/fd/\(number)")
                bundle["process.cwd"] = "/link\(number)"
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess || outcome.text == "inside", "\(number): \(outcome)")
                #expect(!outcome.text.contains("outside"), "\(number): \(outcome)")
            }
        }

        @Test("CVE-2024-21626: init has 0, 1 and 2 and nothing else", arguments: Caller.all)
        func noLeakedDescriptors(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle.script("ls -l /proc/1/fd; true")
            try bundle.writeConfig()
            let host = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(host) }
            var invocation = scene.invocation(
                bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder)
            invocation.descriptors = [(5, host), (9, host), (200, host)]
            let outcome = try Child(invocation).finish()
            // ls -l: `… 0 -> pipe:[1]`, after a line `total 0`.
            let entries = outcome.lines.compactMap { line -> String? in
                let words = line.split(separator: " ")
                return words.firstIndex(of: "->").map { words[($0 - 1)...].joined(separator: " ") }
            }
            let numbers = entries.compactMap { $0.split(separator: " ").first.map(String.init) }
            #expect(numbers == ["0", "1", "2"], "\(outcome)")
            #expect(!entries.contains { $0.hasSuffix("-> /") }, "\(outcome)")
        }

        /// CVE-2022-29162: inheritable capabilities make files with inheritable file capabilities stronger.
        @Test("CVE-2022-29162: inheritable capabilities are empty unless asked for", arguments: Caller.all)
        func inheritableIsEmpty(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.capabilities"] = [
                "bounding": ["CAP_NET_RAW"], "effective": ["CAP_NET_RAW"], "permitted": ["CAP_NET_RAW"],
            ]
            bundle["process.args"] = ["grep", "^Cap", "/proc/self/status"]
            let status = StatusFile(try bundle.run().text)
            #expect(status["CapInh"] == "0000000000000000")
            #expect(status["CapAmb"] == "0000000000000000")
            #expect(status["CapBnd"] == "0000000000002000")
        }
    }
}
