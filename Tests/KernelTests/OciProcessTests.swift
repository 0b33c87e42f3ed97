import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: the process", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciProcessTests {
        @Test("args, cwd, env and hostname are the configuration's, and nothing else", arguments: Caller.all)
        func basics(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.cwd"] = "/var"
            bundle["process.env"] = ["PATH=/bin", "ONE=1", "TWO=a b=c"]
            bundle["process.args"] = [
                "sh", "-c", "pwd; hostname; env | sort; echo \"$0\" \"$@\"", "zero", "first  arg", "",
            ]
            let outcome = try bundle.run()
            #expect(
                outcome.lines.filter { !$0.hasPrefix("PWD=") && !$0.hasPrefix("SHLVL=") && !$0.hasPrefix("HOME=") }
                    == ["/var", "cell", "ONE=1", "PATH=/bin", "TWO=a b=c", "zero first  arg "], "\(outcome)")
        }

        @Test("a missing cwd is made, as by other runtimes", arguments: Caller.all)
        func cwdIsMade(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.cwd"] = "/srv/new/place"
            bundle.script("pwd -P")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["/srv/new/place"], "\(outcome)")
        }

        @Test("a command that is not there or cannot be executed is named", arguments: Caller.all)
        func badCommand(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            for args in [["no-such"], ["/etc/passwd"], ["/no/such"]] {
                bundle["process.args"] = args
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess && outcome.errorText.contains(args[0]), "\(outcome)")
                #expect(try bundle.state() == nil, "a failed run left its container")
            }
        }

        @Test("limits are set, soft and hard", arguments: Caller.all)
        func limits(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.rlimits"] = [
                ["type": "RLIMIT_NOFILE", "soft": 64, "hard": 128], ["type": "RLIMIT_CORE", "soft": 0, "hard": 0],
            ]
            bundle["process.args"] = ["grep", "-E", "open files|core file", "/proc/self/limits"]
            let words = try bundle.run().lines.map { $0.split(separator: " ").map(String.init) }
            #expect(words.first { $0.contains("open") }?.suffix(3) == ["64", "128", "files"], "\(words)")
            #expect(words.first { $0.contains("core") }?.suffix(3) == ["0", "0", "bytes"], "\(words)")
        }

        @Test("umask", arguments: Caller.all)
        func umask(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.user"] = ["uid": 0, "gid": 0, "umask": 0o27]
            bundle["process.args"] = ["grep", "Umask", "/proc/self/status"]
            let outcome = try bundle.run()
            #expect(StatusFile(outcome.text)["Umask"] == "0027", "\(outcome)")
        }

        @Test("user, group and additional groups", .needsRoot)
        func user() throws {
            let bundle = try Bundle(Scene(try #require(Caller.root)))
            bundle["process.user"] = ["uid": 1000, "gid": 1001, "additionalGids": [5, 44, 70000]]
            bundle["process.args"] = ["grep", "-E", "^(Uid|Gid|Groups)", "/proc/self/status"]
            let status = StatusFile(try bundle.run().text)
            #expect(status["Uid"] == "1000\t1000\t1000\t1000")
            #expect(status["Gid"] == "1001\t1001\t1001\t1001")
            #expect(status["Groups"] == "5 44 70000")
        }

        @Test("an ordinary user's subordinate ids make more users inside", .needsOrdinaryUser)
        func subordinateIDs() throws {
            let caller = try #require(Caller.ordinary)
            let bundle = try Bundle(Scene(caller))
            for (key, file, own) in [("uid", "/etc/subuid", caller.uid), ("gid", "/etc/subgid", caller.gid)] {
                let line = try #require(readText(file).split(separator: "\n").first { $0.hasPrefix(caller.name + ":") })
                let first = try #require(Int(line.split(separator: ":")[1]))
                bundle["linux.\(key)Mappings"] = [
                    ["containerID": 0, "hostID": Int(own), "size": 1],
                    ["containerID": 1, "hostID": first, "size": 65535],
                ]
            }
            bundle["process.user"] = ["uid": 1000, "gid": 1000, "additionalGids": [10]]
            bundle["process.args"] = ["id"]
            let outcome = try bundle.run()
            #expect(
                outcome.text.contains("uid=1000(web) gid=1000(web) groups=") && outcome.text.contains("10"),
                "\(outcome)")
        }

        @Test("all five capability sets are as asked", arguments: Caller.all)
        func capabilities(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.capabilities"] = [
                "bounding": ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_CHOWN"], "effective": ["CAP_KILL"],
                "permitted": ["CAP_KILL", "CAP_CHOWN"], "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"],
            ]
            bundle["process.args"] = ["grep", "^Cap", "/proc/self/status"]
            let status = StatusFile(try bundle.run().text)
            // After exec as uid 0 without ambient rules: permitted = inheritable | bounding for root (capabilities(7)).
            #expect(status["CapBnd"] == "0000000000000421", "\(status)")
            #expect(status["CapInh"] == "0000000000000001", "\(status)")
            #expect(status["CapAmb"] == "0000000000000000" || status["CapAmb"] == "0000000000000001", "\(status)")
        }

        @Test("capabilities of a user that is not root are the ambient ones", .needsRoot)
        func ambient() throws {
            let bundle = try Bundle(Scene(try #require(Caller.root)))
            let set = ["CAP_NET_BIND_SERVICE"]
            bundle["process.user"] = ["uid": 1000, "gid": 1000]
            bundle["process.capabilities"] = [
                "bounding": set, "effective": set, "permitted": set, "inheritable": set, "ambient": set,
            ]
            bundle["process.args"] = ["grep", "^Cap", "/proc/self/status"]
            let status = StatusFile(try bundle.run().text)
            for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] as [Substring] {
                #expect(status[name] == "0000000000000400", "\(name)")
            }
        }

        @Test("no_new_privs is set when asked, and not when not", arguments: Caller.all, [true, false])
        func noNewPrivileges(_ caller: Caller, _ isAsked: Bool) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.noNewPrivileges"] = isAsked
            // Without the capability, an ordinary user's filter needs no_new_privs; there is no filter here.
            bundle["process.args"] = ["grep", "NoNewPrivs", "/proc/self/status"]
            let outcome = try bundle.run()
            #expect(StatusFile(outcome.text)["NoNewPrivs"] == (isAsked ? "1" : "0"), "\(outcome)")
        }

        @Test("a seccomp filter is loaded and obeyed", arguments: Caller.all)
        func seccomp(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["linux.seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
                "syscalls": [
                    ["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95],
                    ["names": ["uname"], "action": "SCMP_ACT_ERRNO"],
                ],
            ]
            bundle.script("grep Seccomp: /proc/self/status; mkdir /tmp/x; uname -n; echo after")
            let outcome = try bundle.run()
            #expect(StatusFile(outcome.text)["Seccomp"] == "2", "\(outcome)")
            #expect(outcome.errorText.contains("not supported"), "\(outcome)")
            #expect(outcome.lines.last == "after", "\(outcome)")
            #expect(access(bundle.rootfs + "/tmp/x", F_OK) != 0)
        }

        @Test("oom_score_adj", arguments: Caller.all)
        func oomScore(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.oomScoreAdj"] = 500
            bundle["process.args"] = ["cat", "/proc/self/oom_score_adj"]
            let outcome = try bundle.run()
            #expect(outcome.lines == ["500"], "\(outcome)")
        }

        @Test("the console socket receives the terminal", arguments: Caller.all)
        func consoleSocket(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            bundle["process.terminal"] = true
            bundle["process.consoleSize"] = ["height": 21, "width": 77]
            bundle.script("tty; stty size; ls -l /dev/console | cut -c1; echo end")
            let receiver = try ConsoleReceiver(at: scene.folder + "/console")
            try scene.caller.own(scene.folder + "/console")
            let created = try bundle.create(["--console-socket", scene.folder + "/console"])
            #expect(created.isSuccess, "\(created)")
            let terminal = try receiver.receive()
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let shown = ConsoleReceiver.read(terminal, until: "end")
            #expect(shown.contains("21 77"), "\(shown)")
            #expect(shown.contains("/dev/"), "\(shown)")
            #expect(shown.contains("\nc\n"), "/dev/console is no device: \(shown)")
            close(terminal)
        }

        @Test("a terminal without a console socket is refused by create", arguments: Caller.all)
        func noConsoleSocket(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.terminal"] = true
            let outcome = try bundle.create()
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains("console"), "\(outcome)")
            #expect(try bundle.state() == nil)
        }
    }
}
