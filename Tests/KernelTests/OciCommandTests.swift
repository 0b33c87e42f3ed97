import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: the command and what it finds", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciCommandTests {
        @Test("of a variable that is set twice the last value counts; an empty HOME is none", arguments: Caller.all)
        func environment(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.env"] = ["ONE=two", "PATH=/bin", "HOME=/x", "ONE=", "HOME="]
            bundle["process.args"] = ["env"]
            let outcome = try bundle.run()
            #expect(outcome.lines.sorted() == ["HOME=/root", "ONE=", "PATH=/bin"], "\(outcome)")
        }

        @Test("a working folder that only the runtime may enter is entered", .needsRoot)
        func closedFolder() throws {
            let bundle = try Bundle(Scene(.current))
            #expect(chmod(bundle.rootfs + "/root", 0o700) == 0)
            bundle["process.cwd"] = "/root"
            bundle["process.user"] = ["uid": 1000, "gid": 1000]
            bundle.script("echo ok")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["ok"], "\(outcome)")
        }

        @Test("CAP_DAC_OVERRIDE executes what the user alone may not", .needsRoot)
        func override() throws {
            let bundle = try Bundle(Scene(.current))
            #expect(chmod(bundle.rootfs + "/bin/busybox", 0o700) == 0)
            bundle["process.args"] = ["busybox", "echo", "ran"]
            bundle["process.user"] = ["uid": 1000, "gid": 1000]
            let without = try bundle.run()
            #expect(without.ending == .exited(1) && without.errorText.contains("permission denied"), "\(without)")
            let names = ["CAP_DAC_OVERRIDE"]
            bundle["process.capabilities"] = [
                "bounding": names, "effective": names, "permitted": names, "inheritable": names, "ambient": names,
            ]
            let with = try bundle.run()
            #expect(with.lines == ["ran"], "\(with)")
        }

        @Test("a failing execve is one bare line on the command's own standard error", arguments: Caller.all)
        func refusedExecution(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            try bundle.scene.write("#!/no/such/shell\n", to: bundle.rootfs + "/run")
            #expect(chmod(bundle.rootfs + "/run", 0o755) == 0)
            bundle["process.args"] = ["/run"]
            let run = try bundle.run()
            #expect(run.ending == .exited(1), "\(run)")
            #expect(run.errorText == "exec /run: no such file or directory\n", "\(run)")
            // Who only starts it does not see what the command writes.
            #expect(try bundle.create().isSuccess)
            let start = try bundle.verb("start", [bundle.id])
            #expect(start.ending == .exited(1), "\(start)")
            #expect(start.errorText.contains("exec /run: no such file or directory (hint: "), "\(start)")
        }

        @Test("a terminal's output goes to standard output as it was written", arguments: Caller.all)
        func terminal(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.terminal"] = true
            bundle.script("tty; echo two")
            let outcome = try bundle.run()
            #expect(outcome.text.hasPrefix("/dev/") && outcome.text.hasSuffix("\ntwo\n"), "\(outcome)")
            #expect(!outcome.text.contains("\r"), "\(outcome)")
        }

        @Test("a created container holds no descriptor of the host", arguments: Caller.all)
        func descriptors(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(try bundle.create().isSuccess)
            let pid = try #require(try bundle.state()?["pid"] as? Int)
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap { Int($0) }
            for number in names where number > 2 {
                let link = "/proc/\(pid)/fd/\(number)"
                let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? ""
                let known = ["socket:", "pipe:", "anon_inode:"].contains { target.hasPrefix($0) }
                #expect(known || target == "/" || target.hasSuffix("/exec.fifo"), "\(number) is \(target)")
            }
        }

        @Test("createContainer hooks start in the root filesystem", arguments: Caller.all)
        func hookFolder(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["hooks.createContainer"] = [["path": "/bin/sh", "args": ["sh", "-c", ": >made-here"]]]
            bundle["process.args"] = ["cat", "/made-here"]
            let outcome = try bundle.run()
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test("startContainer hooks have the command's environment and filter", arguments: Caller.all)
        func hookConfinement(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.env"] = ["PATH=/bin", "ONE=two"]
            bundle["hooks.startContainer"] = [["path": "/bin/sh", "args": ["sh", "-c", "echo $ONE >/seen"]]]
            #expect(try bundle.run().isSuccess)
            #expect(readText(bundle.rootfs + "/seen") == "two\n")
            bundle["hooks.startContainer"] = [["path": "/bin/sh", "args": ["sh", "-c", "mkdir /made"]]]
            bundle["linux.seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL"]],
            ]
            let outcome = try bundle.run()
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(outcome.errorText.contains("error running startContainer hook #0"), "\(outcome)")
            #expect(access(bundle.rootfs + "/made", F_OK) != 0)
        }
    }
}
