import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: files", .needsUserNamespaces, .needsFuse) struct RunFilesTests {
        @Test("what is written in the project stays, with the caller's owner", arguments: Caller.all)
        func projectIsWritable(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeFolder(scene.project + "/sub")
            let outcome = try scene.sandbox(
                "run", "--", "sh", "-c", "pwd; echo kept >../kept; mkdir -p a/b; ln -s b a/c",
                in: scene.project + "/sub")
            #expect(outcome.lines == [scene.project + "/sub"], "\(outcome)")
            #expect(readText(scene.project + "/kept") == "kept\n")
            let owner = try FileManager.default.attributesOfItem(atPath: scene.project + "/kept")[.ownerAccountID]
            #expect((owner as? NSNumber)?.uint32Value == caller.uid)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scene.project + "/sub/a/c") == "b")
        }

        @Test(
            "what is written outside the project is there inside, and gone afterwards", arguments: Caller.all,
            ["/etc", "/var/lib", "/var/tmp", "/tmp"])
        func writesVanish(_ caller: Caller, _ folder: String) throws {
            let file = "\(folder)/sandbox-test-\(UUID().uuidString)"
            let outcome = try Scene(caller).shell("echo inside >\(file) && cat \(file)")
            #expect(outcome.text == "inside\n", "\(outcome)")
            #expect(access(file, F_OK) != 0)
        }

        @Test("a host file is changed in the copy alone", arguments: Caller.all)
        func copyOnWrite(_ caller: Caller) throws {
            let before = readText("/etc/hostname") + readText("/etc/hosts")
            let outcome = try Scene(caller).shell(
                "echo changed >>/etc/hosts && tail -n 1 /etc/hosts; rm /etc/hostname; cat /etc/hostname; ls -ln /etc/hosts"
            )
            #expect(outcome.lines.first == "changed", "\(outcome)")
            #expect(readText("/etc/hostname") + readText("/etc/hosts") == before)
        }

        @Test("big folders of programs are read-only in a plain run", arguments: Caller.all)
        func programsReadOnly(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("touch /usr/bin/sandbox-test")
            #expect(outcome.ending != .exited(0), "\(outcome)")
            #expect(outcome.errorText.contains("Read-only"), "\(outcome)")
            let writable = try Scene(caller).shell(
                "touch /usr/sandbox-test && echo done", options: ["--writable", "/usr"])
            #expect(writable.text == "done\n", "\(writable)")
            #expect(access("/usr/sandbox-test", F_OK) != 0)
        }

        @Test("git hooks and configuration cannot be changed, moved away or replaced", arguments: Caller.all)
        func gitIsGuarded(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("#!/bin/sh\n", to: scene.project + "/.git/hooks/pre-commit", mode: 0o755)
            let config = readText(scene.project + "/.git/config")
            let outcome = try scene.shell(
                """
                echo evil >.git/hooks/post-commit; echo evil >>.git/hooks/pre-commit; rm .git/hooks/pre-commit
                mv .git/hooks .git/old; rm -rf .git/hooks; mv .git/config .git/c2; echo '[core] hooksPath=/x' >>.git/config
                mv .git .tig && mkdir -p .git/hooks && echo evil >.git/hooks/pre-commit
                ln -sfn /tmp .git/hooks; echo blob >.git/objects/blob && echo objects writable
                """)
            #expect(outcome.text.contains("objects writable"), "\(outcome)")
            #expect(readText(scene.project + "/.git/hooks/pre-commit") == "#!/bin/sh\n", "\(outcome)")
            #expect(readText(scene.project + "/.git/config") == config, "\(outcome)")
            #expect(access(scene.project + "/.git/hooks/post-commit", F_OK) != 0, "\(outcome)")
        }

        @Test("the home is empty and private but for the project", arguments: Caller.all)
        func homeIsPrivate(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("mine", to: scene.home + "/diary.txt")
            try scene.makeFolder(scene.home + "/other-project")
            let outcome = try scene.shell("echo $HOME; ls -A ~; echo scratch >~/scratch && cat ~/scratch")
            #expect(outcome.lines.first == scene.home, "\(outcome)")
            #expect(!outcome.text.contains("diary"), "\(outcome)")
            #expect(!outcome.text.contains("other-project"), "\(outcome)")
            #expect(outcome.lines.last == "scratch", "\(outcome)")
            #expect(access(scene.home + "/scratch", F_OK) != 0)
        }

        /// Also inside a project that is the parent of secrets, and by a path around the home.
        @Test(
            "secrets never show", arguments: Caller.all,
            [
                ".ssh/id_ed25519", ".gnupg/private-keys-v1.d/key", ".aws/credentials", ".config/gcloud/credentials.db",
                ".docker/config.json", ".kube/config", ".netrc", ".bash_history", ".mozilla/firefox/profile/key4.db",
                ".local/share/keyrings/login.keyring", ".git-credentials",
            ])
        func secretsHidden(_ caller: Caller, _ secret: String) throws {
            let scene = try Scene(caller)
            var folder = scene.home
            for part in secret.split(separator: "/").dropLast() {
                folder += "/" + part
                try scene.makeFolder(folder)
            }
            try scene.write("the secret", to: "\(scene.home)/\(secret)")
            let plain = try scene.shell("cat ~/\(secret); cat /proc/1/root\(scene.home)/\(secret); true")
            #expect(!plain.text.contains("the secret"), "\(plain)")
            let shared = try scene.shell("cat ~/\(secret); true", options: ["--project", scene.home])
            #expect(!shared.text.contains("the secret"), "\(shared)")
        }

        @Test("in the home itself there is no project, and one line says so", arguments: Caller.all)
        func noProjectInHome(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("mine", to: scene.home + "/diary.txt")
            let outcome = try scene.sandbox("run", "--", "sh", "-c", "ls -A ~; echo x >~/left", in: scene.home)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(!outcome.text.contains("diary"), "\(outcome)")
            #expect(outcome.errorText.contains("project"), "\(outcome)")
            #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome)")
            #expect(access(scene.home + "/left", F_OK) != 0)
        }

        @Test("a socket of an agent or engine cannot be reached", arguments: Caller.all)
        func socketsHidden(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let socketPath = scene.runtime + "/agent.sock"
            try scene.write("", to: socketPath)
            let outcome = try scene.run(
                [scene.executable.folder + "/sandbox", "run", "--", "sh", "-c", "ls -A \"\(scene.runtime)\"; env"],
                environment: ["SSH_AUTH_SOCK": socketPath, "XDG_RUNTIME_DIR": scene.runtime])
            #expect(!outcome.text.contains("agent.sock"), "\(outcome)")
        }
    }
}
