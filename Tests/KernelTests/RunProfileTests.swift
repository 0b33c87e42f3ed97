import Foundation
import LinuxKernel
import Testing

/// A profile of the scene's home.
extension Scene {
    func makeProfile(_ name: String, _ properties: String) throws {
        for folder in ["/.config", "/.config/sandbox", "/.config/sandbox/profiles"]
        where access(home + folder, F_OK) != 0 { try makeFolder(home + folder) }
        try write(
            #"{"doesNotProtect": ["x"], "description": "d", \#(properties)}"#,
            to: home + "/.config/sandbox/profiles/\(name).json")
    }
}

extension Kernel {
    @Suite("what a profile gives a run", .needsUserNamespaces, .needsFuse) struct RunProfileTests {
        private static let sets = "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | uniq"

        @Test(
            "an added capability is in all five sets of an ordinary user, and a low port can be bound",
            arguments: Caller.all)
        func added(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell(Self.sets, options: ["--cap-add", "net_bind_service"])
            let expected =
                caller.isRoot ? ["0000000000000000", "0000000000000400", "0000000000000000"] : ["0000000000000400"]
            #expect(outcome.lines == expected, "\(outcome)")
        }

        @Test("a dropped capability is gone from root inside; an unknown one is named", arguments: Caller.all)
        func dropped(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let options = ["--as-root", "--cap-drop", "ALL", "--cap-add", "CAP_CHOWN"]
            let outcome = try scene.shell(
                "grep -E '^Cap(Prm|Bnd)' /proc/self/status | cut -f2 | uniq", options: options)
            #expect(outcome.lines == ["0000000000000001"], "\(outcome)")
            let both = try scene.shell("true", options: ["--cap-add", "ALL", "--cap-drop", "all"])
            #expect(both.ending == .exited(125) && both.errorText.contains("both name ALL"), "\(both)")
            let bad = try scene.shell("true", options: ["--cap-add", "NET_BIND"])
            #expect(bad.ending == .exited(125) && bad.errorText.contains("\"NET_BIND\""), "\(bad)")
        }

        @Test("limits, variables, network and namespaces of a profile of one's own", arguments: Caller.all)
        func settings(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeProfile(
                "mine",
                #""extends": "default", "network": "host", "environment": ["MINE_*"], "namespaces": ["user", "pid", "mount"], "rlimits": {"RLIMIT_NOFILE": {"soft": 64, "hard": 64}}"#
            )
            scene.environment["MINE_X"] = "seen"
            scene.environment["YOURS_X"] = "unseen"
            let script = "ulimit -n; echo $MINE_X$YOURS_X; for n in net uts ipc; do readlink /proc/self/ns/$n; done"
            let outcome = try scene.shell(script, options: ["--profile", "mine"])
            #expect(outcome.lines.prefix(2) == ["64", "seen"], "\(outcome)")
            let own = ["net", "uts", "ipc"].map {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")) ?? ""
            }
            #expect(Array(outcome.lines.dropFirst(2)) == own, "\(outcome)")
            let closed = try scene.shell("readlink /proc/self/ns/net", options: ["--profile", "mine", "--net", "none"])
            #expect(closed.lines.first != own.first, "\(closed)")
        }

        @Test("the profile privileged is root's: no user namespace, all its capabilities", .needsRoot)
        func privileged() throws {
            let scene = try Scene(try #require(Caller.root))
            let outcome = try scene.shell(
                "readlink /proc/self/ns/user; grep -c '^Seccomp:.*0' /proc/self/status; unshare -m true && echo mounts; touch /etc/of-the-copy",
                options: ["--profile", "privileged"])
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/user")
            #expect(outcome.lines == [own, "1", "mounts"], "\(outcome)")
            #expect(access("/etc/of-the-copy", F_OK) != 0)
        }

        @Test("an ordinary user is told what to use instead of privileged", .needsOrdinaryUser)
        func unprivileged() throws {
            let scene = try Scene(try #require(Caller.ordinary))
            let outcome = try scene.shell("true", options: ["--profile", "privileged"])
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains("--profile nested"), "\(outcome)")
        }

        @Test(
            "Landlock stands behind the mounts: ports, and places of the profile's own", .needsLandlock(4),
            .needs("python3", package: "python3"), arguments: Caller.all)
        func landlock(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeProfile(
                "walled",
                #""extends": "default", "landlock": {"tcpConnect": [443], "read": ["/"], "write": ["/proc", "/dev", "./out"]}"#
            )
            try scene.makeFolder(scene.project + "/out")
            let connect = """
                import socket
                for port in (80, 443):
                    try: socket.socket().connect(("127.0.0.1", port))
                    except OSError as error: print(error.errno)
                """
            let outcome = try scene.run(
                [scene.executable.folder + "/sandbox", "run", "--profile", "walled", "--", "python3", "-c", connect])
            #expect(outcome.lines == ["13", "111"], "\(outcome)")
            let files = try scene.shell(
                "touch out/a && echo made; touch b || echo refused; touch /tmp/c || echo refused",
                options: ["--profile", "walled"])
            #expect(files.lines == ["made", "refused", "refused"], "\(files)")
        }

        @Test(
            "the default's Landlock rules let every folder of one's own be written", .needsLandlock(1),
            arguments: Caller.all)
        func ordinaryWrites(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell(
                "for f in . ~ /tmp /var/tmp /etc /dev/shm /run/user-x; do mkdir -p $f; touch $f/x && mv $f/x $f/y || echo $f; done; echo done > /dev/null; touch /usr/x 2>/dev/null || echo usr",
                options: ["--rlimit", "core=0"])
            #expect(outcome.lines.last == "usr", "\(outcome)")
        }
    }
}

extension Trait where Self == ConditionTrait {
    static func needsLandlock(_ version: Int) -> Self {
        .enabled(
            if: landlockVersion() >= version, "this kernel has no Landlock of version \(version) or later")
    }
}
