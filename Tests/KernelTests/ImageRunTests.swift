import Foundation
import Testing

extension Kernel {
    @Suite(
        "sandbox run --image", .needsUserNamespaces, .needsFuse, .needs("busybox", package: "busybox-static"))
    struct ImageRunTests {
        /// An image that says all there is to say.
        private func talkative(_ scene: ImageScene) throws {
            let layer = try TarBuilder.busybox { tar in
                tar.folder("srv")
                tar.folder("home/u", uid: 1000, gid: 1000)
                tar.file("entry", "#!/bin/sh\necho entry \"$@\"\nexec \"$@\"\n", mode: 0o755)
            }
            var image = HandmadeImage([layer])
            image.config = [
                "User": "u", "WorkingDir": "/srv", "Env": ["A=1", "PATH=/bin", "B=x=y"], "Entrypoint": ["/entry"],
                "Cmd": ["id"], "Labels": ["run.oci.privileged": "true", "sandbox.net": "host", "sandbox.bind": "/"],
                "Volumes": ["/data": [String: String]()], "ExposedPorts": ["80/tcp": [String: String]()],
            ]
            let outcome = try scene.image("import", try image.folder(scene, name: "talk:1"))
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test("takes the image's variables, user, groups, folder, entry point and command", arguments: Caller.all)
        func configuration(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            try talkative(scene)
            let own = try scene.run("talk:1")
            #expect(own.lines == ["entry id", "uid=1000(u) gid=1000(u) groups=2000(more)"], "\(own)")
            let other = try scene.run("talk:1", "--", "sh", "-c", "pwd; echo $A $B $PATH $HOME $USER")
            #expect(other.lines.suffix(2) == ["/srv", "1 x=y /bin /home/u u"], "\(other)")
            let bare = try scene.run("talk:1", "--entrypoint", "", "--", "pwd")
            #expect(bare.lines == ["/srv"], "\(bare)")
            let program = try scene.run("talk:1", "--entrypoint", "/bin/id", "--", "-u")
            #expect(program.lines == ["1000"], "\(program)")
            let changed = try scene.run(
                "talk:1", "--as-root", "--workdir", "/tmp", "--env", "A=2", "--entrypoint", "/bin/sh", "--", "-c",
                "id -u; pwd; echo $A $HOME")
            #expect(changed.lines == ["0", "/tmp", "2 /root"], "\(changed)")
        }

        @Test("no label, volume or port of an image does anything", arguments: Caller.all)
        func labels(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            try talkative(scene)
            let outcome = try scene.scene.sandbox("run", "--image", "talk:1", "--no-project", "--explain", "--json")
            #expect(outcome.isSuccess, "\(outcome)")
            for word in ["sandbox.net", "privileged", "/data", "80/tcp"] {
                #expect(!outcome.text.contains(word), "\(word)")
            }
            let interfaces = try scene.run("talk:1", "--entrypoint", "", "--", "ls", "/sys/class/net")
            #expect(interfaces.lines == ["lo"], "\(interfaces)")
        }

        @Test("changes vanish, and the image stays as it was", arguments: Caller.all)
        func copyOnWrite(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            #expect(try scene.image("import", "-", "--name", "x", feeding: try TarBuilder.busybox()).isSuccess)
            let outcome = try scene.run(
                "x", "sh", "-c",
                "rm /etc/passwd; touch /new /root/new; busybox chown 1000:1000 /new; stat -c %u:%g /new")
            #expect(outcome.lines == ["1000:1000"], "\(outcome)")
            let after = try scene.run("x", "sh", "-c", "head -n 1 /etc/passwd; ls /new; ls -A /root")
            #expect(after.lines == ["root:x:0:0:root:/root:/bin/sh"], "\(after)")
        }

        @Test("the project is there, writable for the image's root", arguments: Caller.all)
        func project(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            #expect(try scene.image("import", "-", "--name", "x", feeding: try TarBuilder.busybox()).isSuccess)
            let outcome = try scene.scene.sandbox(
                "run", "--image", "x", "--", "sh", "-c", "pwd; echo made >made; ls /usr")
            #expect(outcome.lines.first == scene.scene.project, "\(outcome)")
            var status = stat()
            #expect(lstat(scene.scene.project + "/made", &status) == 0 && status.st_uid == caller.uid)
            #expect(outcome.ending != .exited(0), "the host's /usr is not there: \(outcome)")
        }

        @Test("what cannot be run is one clear line", arguments: Caller.all)
        func errors(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            var silent = HandmadeImage([try TarBuilder.busybox()])
            silent.config = ["User": "ghost"]
            let imported = try scene.image("import", try silent.folder(scene, name: "silent"))
            #expect(imported.errorText.contains("user \"ghost\" is not in its /etc/passwd"), "\(imported)")
            let cases: [([String], String)] = [
                (["--image", "silent"], "has no command of its own"),
                (["--image", "silent", "--", "id"], "its user \"ghost\" is not in its /etc/passwd (hint: --as-root"),
                (["--image", "nope", "--", "id"], "no image \"nope\" (hint: sandbox image list"),
                (["--image", "silent", "--rootfs", "/", "--", "id"], "--rootfs and --image exclude each other"),
                (["--entrypoint", "x", "--", "id"], "--entrypoint belongs to --image"),
            ]
            for (words, says) in cases {
                let outcome = try scene.scene.run([scene.scene.executable.folder + "/sandbox", "run"] + words)
                #expect(outcome.ending == .exited(125), "\(outcome)")
                #expect(outcome.errorText.contains(says), "\(outcome)")
            }
            let root = try scene.run("silent", "--as-root", "--", "id", "-u")
            #expect(root.text == "0\n", "\(root)")
            let missing = try scene.run("silent", "--as-root", "--", "nosuch")
            #expect(missing.ending == .exited(127), "\(missing)")
        }
    }
}
