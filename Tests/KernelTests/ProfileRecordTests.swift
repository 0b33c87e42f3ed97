import Foundation
import Testing

extension Kernel {
    @Suite("sandbox profile record", .needsUserNamespaces, .needsFuse) struct ProfileRecordTests {
        private static func record(_ scene: Scene, _ options: [String], _ script: String) throws -> Outcome {
            try scene.run(
                [scene.executable.folder + "/sandbox", "profile", "record"] + options + ["--", "sh", "-c", script])
        }

        private static func profile(_ scene: Scene, _ file: String = "r.json") throws -> [String: Any] {
            let data = try Data(contentsOf: URL(filePath: scene.project + "/" + file))
            return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        }

        @Test("the command runs as ever, and its profile lets it run again, and nothing more", arguments: Caller.all)
        func again(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = "ls /etc > out; wc -l < out | grep -c .; exit 3"
            let first = try Self.record(scene, ["-o", "r.json"], script)
            #expect(first.ending == .exited(3) && first.lines == ["1"], "\(first)")
            #expect(first.errorText.contains("system calls"), "\(first)")
            try FileManager.default.removeItem(atPath: scene.project + "/out")
            let second = try scene.shell(script, options: ["--profile", "./r.json"])
            #expect(second.ending == .exited(3) && second.lines == ["1"], "\(second)")
            let more = try scene.shell("mkdir new || exit 4", options: ["--profile", "./r.json"])
            #expect(more.ending == .exited(4), "\(more)")
            #expect(try scene.sandbox("profile", "check", "r.json").isSuccess)
        }

        @Test("a second run is added; what was refused is told", arguments: Caller.all)
        func merge(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let first = try Self.record(scene, ["-o", "r.json"], "true")
            #expect(first.isSuccess, "\(first)")
            let second = try Self.record(scene, ["--merge", "r.json"], "mkdir new; unshare --user true")
            #expect(second.errorText.contains("refused by profile \"default\": unshare (1)"), "\(second)")
            let outcome = try scene.shell("true && rmdir new && mkdir new", options: ["--profile", "./r.json"])
            #expect(outcome.errorText.contains("rmdir"), "rmdir was in neither: \(outcome)")
            let commands = try #require(try Self.profile(scene)["recorded"] as? [String: Any])["commands"] as? [String]
            #expect(commands?.count == 2)
        }

        @Test("hosts, ports and capabilities are in it", .needs("python3", package: "python3"), arguments: Caller.all)
        func contacts(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                """
                import os, socket
                socket.socket().bind(("127.0.0.1", 80))
                try: socket.socket().connect(("127.0.0.1", 8081))
                except OSError: pass
                os.chown("made", 1, 1)
                """, to: scene.project + "/act.py")
            let outcome = try Self.record(
                scene, ["--as-root", "-o", "r.json"], "cd /var/tmp; touch made; python3 \(scene.project)/act.py")
            #expect(outcome.isSuccess, "\(outcome)")
            let profile = try Self.profile(scene)
            let sets = try #require(profile["capabilities"] as? [String: [String]])
            #expect(
                sets["permitted"]?.contains("CAP_NET_BIND_SERVICE") == true
                    && sets["permitted"]?.contains("CAP_CHOWN") == true)
            #expect(sets["permitted"]?.contains("CAP_SYS_CHROOT") == false)
            let landlock = try #require(profile["landlock"] as? [String: Any])
            #expect(landlock["tcpBind"] as? [Int] == [80] && landlock["tcpConnect"] as? [Int] == [8081])
            #expect(profile["network"] as? String == "none")
        }

        @Test(
            "a place that cannot be written to is refused before the command runs", arguments: Caller.all,
            ["nodir/x.json", "folder", "link", "/proc/x.json"])
        func place(_ caller: Caller, _ file: String) throws {
            let scene = try Scene(caller)
            try scene.makeFolder(scene.project + "/folder")
            symlink("folder", scene.project + "/link")
            let outcome = try Self.record(scene, ["-o", file], "touch ran")
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains("write \(file)"), "\(outcome)")
            #expect(access(scene.project + "/ran", F_OK) != 0)
        }

        @Test("many processes at once, threads among them", .needs("python3", package: "python3"))
        func many() throws {
            let scene = try Scene(Caller.all[0])
            try scene.write(
                """
                import threading, subprocess
                def act(): subprocess.run(["true"], check=True)
                threads = [threading.Thread(target=act) for _ in range(20)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
                print("done")
                """, to: scene.project + "/act.py")
            try leavesNothing(scene) {
                let outcome = try Self.record(scene, ["-o", "r.json"], "python3 act.py")
                #expect(outcome.lines == ["done"], "\(outcome)")
            }
            let again = try scene.shell("python3 act.py", options: ["--profile", "./r.json"])
            #expect(again.lines == ["done"], "\(again)")
        }

        @Test("a command that is not there leaves no file, and an old one stays")
        func missing() throws {
            let scene = try Scene(Caller.all[0])
            try scene.write("old", to: scene.project + "/r.json")
            let outcome = try scene.sandbox("profile", "record", "-o", "r.json", "--", "no-such-command")
            #expect(outcome.ending == .exited(127), "\(outcome)")
            #expect(readText(scene.project + "/r.json") == "old")
            let written = try scene.sandbox("profile", "record", "--merge", "r.json", "--", "true")
            #expect(written.ending == .exited(125) && written.errorText.contains("r.json"), "\(written)")
        }
    }
}
