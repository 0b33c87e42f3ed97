import Foundation
import Testing

extension Kernel {
    @Suite("recorded profiles, used again", .needsUserNamespaces, .needsFuse) struct ProfileReplayTests {
        @Test("a recorded capability is there again, whoever records it and whoever uses it", arguments: Caller.all)
        func capability(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let first = try scene.run(
                [
                    scene.executable.folder + "/sandbox", "profile", "record", "--cap-add", "CHOWN", "-o", "r.json",
                    "--", "sh", "-c", "touch made; chown 5 made",
                ])
            #expect(first.isSuccess && first.errorText.contains("CAP_CHOWN"), "\(first)")
            let again = try scene.shell("chown 6 made && echo changed", options: ["--profile", "./r.json"])
            #expect(again.lines == ["changed"], "\(again)")
        }

        private static func record(_ scene: Scene, _ words: [String]) throws -> Outcome {
            try scene.run([scene.executable.folder + "/sandbox", "profile", "record"] + words)
        }

        @Test(
            "a server whose port the kernel chooses is reached again", .needs("python3", package: "python3"),
            arguments: Caller.all)
        func chosenPort(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                """
                import socket
                server = socket.create_server(("127.0.0.1", 0))
                client = socket.create_connection(server.getsockname())
                server.accept()[0].send(b"reached")
                print(client.recv(9).decode())
                """, to: scene.project + "/p.py")
            let first = try Self.record(scene, ["-o", "r.json", "--", "python3", "p.py"])
            #expect(first.lines == ["reached"], "\(first)")
            for _ in 0..<3 {
                let again = try scene.sandbox("run", "--profile", "./r.json", "--", "python3", "p.py")
                #expect(again.lines == ["reached"], "\(again)")
            }
        }

        @Test("mounts inside can be made again", arguments: Caller.all)
        func mounts(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = "unshare -Urm sh -c 'mount -t tmpfs none /mnt && touch /mnt/made && ls /mnt'"
            let first = try Self.record(
                scene, ["--profile", "nested", "--as-root", "-o", "r.json", "--", "sh", "-c", script])
            #expect(first.lines == ["made"], "\(first)")
            let again = try scene.shell(script, options: ["--profile", "./r.json", "--as-root"])
            #expect(again.lines == ["made"], "\(again)")
        }

        @Test("root of a sandbox has sandboxes of its own", arguments: Caller.all)
        func inside(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let folder = scene.executable.folder
            let outcome = try scene.sandbox(
                "run", "--profile", "nested", "--as-root", "--ro-bind", folder, "--", folder + "/sandbox", "run", "--",
                "sh", "-c", "id -u; wc -l </proc/self/uid_map")
            #expect(outcome.lines.first == "0", "\(outcome)")
        }

        @Test("what no recording can be made of is refused before it runs", arguments: Caller.all)
        func refused(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for (words, text) in [
                (["-d", "--", "touch", "ran"], "--detach: a recording is written when the command has ended"),
                (["--explain", "--", "touch", "ran"], "--explain runs nothing to record"),
                (["-o", "r.json"], "no command given (hint: sandbox profile record -o make.json -- make)"),
            ] {
                let outcome = try Self.record(scene, words)
                #expect(outcome.ending == .exited(125) && outcome.errorText.contains(text), "\(outcome)")
                #expect(!outcome.errorText.dropLast().contains("\n"), "\(outcome)")
            }
            for name in ["ran", "r.json"] {
                #expect(!FileManager.default.fileExists(atPath: scene.project + "/" + name), "\(name)")
            }
        }

        @Test(
            "changing a device asks for a capability, looking at it does not", .needs("ip", package: "iproute2"),
            .needs("python3", package: "python3"), arguments: Caller.all)
        func devices(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let record = [scene.executable.folder + "/sandbox", "profile", "record", "--cap-add", "NET_ADMIN"]
            let change = try scene.run(record + ["-o", "r.json", "--", "ip", "link", "set", "lo", "down"])
            #expect(change.isSuccess && change.errorText.contains("CAP_NET_ADMIN"), "\(change)")
            let again = try scene.run(
                [scene.executable.folder + "/sandbox", "run", "--profile", "./r.json"]
                    + ["--", "ip", "link", "set", "lo", "down"])
            #expect(again.isSuccess, "\(again)")
            let look = try scene.run(
                record + ["-o", "l.json", "--", "python3", "-c", "import socket; print(socket.if_nameindex())"])
            #expect(look.lines == ["[(1, 'lo')]"] && !look.errorText.contains("CAP_NET_ADMIN"), "\(look)")
        }
    }
}
