import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: identity and options", .needsUserNamespaces, .needsFuse) struct RunOptionsTests {
        @Test("uid, gid, name and home are the caller's", arguments: Caller.all)
        func identity(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell("id -u; id -g; id -un; echo $HOME; echo $USER")
            #expect(
                outcome.lines == ["\(caller.uid)", "\(caller.gid)", caller.name, scene.home, caller.name], "\(outcome)")
        }

        @Test("--as-root gives uid 0 inside, and files of the caller outside", arguments: Caller.all)
        func asRoot(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell("id -u; id -g; echo x >made", options: ["--as-root"])
            #expect(outcome.lines == ["0", "0"], "\(outcome)")
            let owner = try FileManager.default.attributesOfItem(atPath: scene.project + "/made")[.ownerAccountID]
            #expect((owner as? NSNumber)?.uint32Value == caller.uid)
        }

        @Test("files of users outside the map belong to root, not nobody", arguments: Caller.all)
        func owners(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("stat -c %u /etc/passwd /etc /var")
            #expect(outcome.lines == ["0", "0", "0"], "\(outcome)")
        }

        @Test("the environment is an allow-list, and --env adds to it", arguments: Caller.all)
        func environment(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outside = [
                "AWS_SECRET_ACCESS_KEY": "k1", "GITHUB_TOKEN": "k2", "LD_PRELOAD": "/x.so", "MY_SETTING": "k3",
                "SSH_AUTH_SOCK": "/k4", "LANG": "C.UTF-8", "TERM": "xterm-256color",
            ]
            let outcome = try scene.sandbox("run", "--", "env", environment: outside)
            for gone in ["AWS_SECRET", "GITHUB_TOKEN", "LD_PRELOAD", "MY_SETTING", "SSH_AUTH_SOCK"] {
                #expect(!outcome.text.contains(gone), "\(outcome)")
            }
            for kept in ["LANG=C.UTF-8", "TERM=xterm-256color", "HOME=\(scene.home)"] {
                #expect(outcome.lines.contains(kept), "\(outcome)")
            }
            let added = try scene.sandbox(
                "run", "--env", "MY_SETTING", "--env", "OTHER=a=b c", "--", "env", environment: outside)
            #expect(added.lines.contains("MY_SETTING=k3"), "\(added)")
            #expect(added.lines.contains("OTHER=a=b c"), "\(added)")
        }

        @Test("there is no network but loopback, which is up", arguments: Caller.all)
        func noNetwork(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell(
                "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; tail -n +2 /proc/net/route | wc -l; ip -o addr show lo"
            )
            #expect(outcome.lines.prefix(2) == ["lo", "0"], "\(outcome)")
            #expect(outcome.text.contains("127.0.0.1/8"), "\(outcome)")
        }

        @Test("a server of the host cannot be reached without --net host, and can with it", arguments: Caller.all)
        func hostNetwork(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let closed = try scene.shell("readlink /proc/self/ns/net")
            let open = try scene.shell("readlink /proc/self/ns/net", options: ["--net", "host"])
            let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
            #expect(closed.isSuccess && closed.lines != [ours], "\(closed)")
            #expect(open.lines == [ours], "\(open)")
        }

        @Test("--bind is writable, --ro-bind is not, and both take a second path", arguments: Caller.all)
        func binds(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let folder = scene.folder + "/outside"
            try scene.makeFolder(folder)
            try scene.write("given", to: folder + "/file")
            let outcome = try scene.shell(
                "cat /mnt/rw/file /mnt/ro/file; echo new >/mnt/rw/new; echo new >/mnt/ro/newer",
                options: ["--bind", "\(folder):/mnt/rw", "--ro-bind", "\(folder):/mnt/ro"])
            #expect(outcome.text == "givengiven", "\(outcome)")
            #expect(outcome.errorText.contains("Read-only"), "\(outcome)")
            #expect(readText(folder + "/new") == "new\n")
            #expect(access(folder + "/newer", F_OK) != 0)
        }

        @Test("--tmpfs lays an empty folder over a path", arguments: Caller.all)
        func tmpfs(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell(
                "ls -A /var/lib; touch /var/lib/x && stat -f -c %T /var/lib", options: ["--tmpfs", "/var/lib"])
            #expect(outcome.lines == ["tmpfs"], "\(outcome)")
        }

        @Test("--workdir and --hostname", arguments: Caller.all)
        func workdirAndHostname(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let before = try scene.run(["uname", "-n"]).text
            let outcome = try scene.shell("pwd; uname -n", options: ["--workdir", "/var/log", "--hostname", "cell-7"])
            #expect(outcome.lines == ["/var/log", "cell-7"], "\(outcome)")
            #expect(try scene.run(["uname", "-n"]).text == before)
        }

        @Test("--rlimit sets soft and hard limits", arguments: Caller.all)
        func rlimit(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("ulimit -Sn; ulimit -Hn", options: ["--rlimit", "NOFILE=64:128"])
            #expect(outcome.lines == ["64", "128"], "\(outcome)")
        }

        @Test("--rootfs runs in another tree", .needs("busybox", package: "busybox-static"), arguments: Caller.all)
        func rootfs(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let tree = scene.folder + "/tree"
            try Rootfs.make(at: tree, for: caller)
            let outcome = try scene.shell(
                "ls -A /bin | grep -c busybox; ls /usr/lib/os-release; touch /new", options: ["--rootfs", tree])
            #expect(outcome.lines.first == "1", "\(outcome)")
            #expect(outcome.errorText.contains("os-release"), "\(outcome)")
            #expect(access(tree + "/new", F_OK) != 0, "the tree was changed")
        }

        @Test("--explain prints the plan and runs nothing", arguments: Caller.all)
        func explain(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.sandbox("run", "--explain", "--", "touch", "ran")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.text.contains(scene.project), "\(outcome)")
            #expect(outcome.text.contains("/usr"), "\(outcome)")
            #expect(access(scene.project + "/ran", F_OK) != 0)
        }

        @Test("--explain --json is JSON", arguments: Caller.all)
        func explainJSON(_ caller: Caller) throws {
            let outcome = try Scene(caller).sandbox("run", "--explain", "--json", "--", "true")
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output))
            #expect(object is [String: Any], "\(outcome)")
        }

        @Test("no capability, no new privilege, a filter: the walls as the kernel reports them", arguments: Caller.all)
        func walls(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
            let status = StatusFile(outcome.text)
            for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                #expect(status[Substring(set)] == "0000000000000000", "\(set): \(outcome)")
            }
            #expect(status["NoNewPrivs"] == "1", "\(outcome)")
            #expect(status["Seccomp"] == "2", "\(outcome)")
        }

        @Test("doctor ends well and names what it looked at", arguments: Caller.all)
        func doctor(_ caller: Caller) throws {
            let outcome = try Scene(caller).sandbox("doctor")
            for word in ["user namespaces", "/dev/fuse", "subordinate ids"] {
                #expect(outcome.text.contains(word), "\(word): \(outcome)")
            }
        }
    }
}

/// The `Name: value` lines of proc_pid_status(5).
struct StatusFile {
    private let values: [Substring: Substring]

    init(_ text: String) {
        values = text.split(separator: "\n").reduce(into: [:]) { values, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            values[line[..<colon]] = Substring(line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
    }

    subscript(name: Substring) -> Substring? { values[name] }
}
