import Foundation
import Testing

extension Kernel {
    @Suite("--hide and --deny in what is shared", .needsUserNamespaces, .needsFuse) struct RulesInProjectTests {
        static let rules = ["--hide", ".env", "--hide", "**/*.key", "--deny", "closed"]

        private func prepare(_ scene: Scene) throws {
            for folder in ["conf", "deep", "deep/er"] { try scene.makeFolder(scene.project + "/" + folder) }
            for name in [".env", "conf/a.key", "deep/er/.env", "closed", "plain"] {
                try scene.write("secret of \(name)\n", to: scene.project + "/" + name)
            }
            try scene.write("text\n", to: scene.project + "/plain")
        }

        private static let look = """
            ls -A . conf deep/er; cat .env conf/a.key closed 2>&1 | grep -c -e 'No such file' -e 'Permission denied'
            for name in .env deep/.env new.key; do echo x 2>/dev/null >$name || echo refused; done
            mv plain deep/.env 2>/dev/null || echo refused; ln plain x.key 2>/dev/null || echo refused
            mkdir .env 2>/dev/null || echo refused; rm -r conf 2>/dev/null || echo refused
            mv conf moved 2>/dev/null && echo moved
            """

        @Test("they hold in the project, and all else of it is written to the folder itself", arguments: Caller.all)
        func project(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try prepare(scene)
            try leavesNothing(scene) {
                let outcome = try scene.shell(
                    Self.look + "\necho more >>plain; echo made >deep/made; chmod 750 deep/made; ln -s made deep/link",
                    options: Self.rules)
                #expect(outcome.isSuccess, "\(outcome)")
                #expect(!outcome.text.contains("secret") && !outcome.text.contains(".env"), "\(outcome)")
                #expect(
                    outcome.lines.suffix(9)
                        == ["3", "refused", "refused", "refused", "refused", "refused", "refused", "refused", "moved"],
                    "\(outcome)")
                #expect(!outcome.errorText.contains("do not reach"), "\(outcome)")
            }
            #expect(readText(scene.project + "/plain") == "text\nmore\n")
            #expect(readText(scene.project + "/deep/link") == "made\n")
            #expect(readText(scene.project + "/.env") == "secret of .env\n")
            #expect(readText(scene.project + "/moved/a.key") == "secret of conf/a.key\n")
            let made = try FileManager.default.attributesOfItem(atPath: scene.project + "/deep/made")
            #expect(made[.posixPermissions] as? Int == 0o750 && made[.ownerAccountID] as? uid_t == caller.uid)
        }

        @Test("git's hooks stay guarded, and what others write shows", arguments: Caller.all)
        func guarded(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try prepare(scene)
            let child = try scene.start(
                "run", "--hide", ".env", "--", "sh", "-c",
                """
                echo x 2>/dev/null >.git/hooks/pre-commit || echo refused; mv .git g 2>/dev/null || echo refused
                echo x >.git/note && cat plain; echo ready; read line; sleep 1.5; cat plain; ls -d fresh
                """)
            try child.waitForOutput("ready")
            try scene.write("another text\n", to: scene.project + "/plain")
            try scene.write("", to: scene.project + "/fresh")
            let outcome = child.finish(feeding: Array("go\n".utf8), within: 20)
            #expect(
                outcome.lines == ["refused", "refused", "text", "ready", "another text", "fresh"], "\(outcome)")
        }

        @Test("they hold in a build, whose changes are reviewed and applied as ever", arguments: Caller.all)
        func build(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try prepare(scene)
            try scene.write("one\n", to: scene.project + "/linked")
            _ = try scene.run(["ln", "linked", "other"])
            func build(_ script: String) throws -> Outcome {
                try scene.run(
                    [scene.executable.folder + "/sandbox", "build"] + Self.rules + ["--", "sh", "-c", script])
            }
            let first = try build("cat .env conf/a.key closed; ls -A; echo x >.env; echo two >>linked; rm -r deep")
            #expect(!first.text.contains("secret") && !first.text.contains(".env"), "\(first)")
            let second = try build("cat linked other; mv plain elsewhere; rm linked; mkdir new; echo n >new/file")
            #expect(second.isSuccess && second.lines == ["one", "two", "one"], "\(second)")
            #expect(try scene.sandbox("apply").isSuccess)
            #expect(readText(scene.project + "/elsewhere") == "text\n" && readText(scene.project + "/other") == "one\n")
            #expect(readText(scene.project + "/new/file") == "n\n")
            #expect(access(scene.project + "/linked", F_OK) != 0)
            for name in [".env", "conf/a.key", "deep/er/.env", "closed"] {
                #expect(readText(scene.project + "/" + name) == "secret of \(name)\n")
            }
            let left = try scene.sandbox("diff")
            #expect(left.isSuccess && left.text.isEmpty, "\(left)")
        }

        @Test("they hold in folders that an option shares", arguments: Caller.all)
        func binds(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for folder in ["data", "fixed"] {
                try scene.makeFolder(scene.home + "/" + folder)
                for name in ["s.key", "open"] { try scene.write(name, to: scene.home + "/\(folder)/\(name)") }
            }
            let outcome = try scene.shell(
                "ls /mnt/d /mnt/f; touch /mnt/d/made; touch /mnt/d/x.key || touch /mnt/f/made || echo refused",
                options: [
                    "--bind", scene.home + "/data:/mnt/d", "--ro-bind", scene.home + "/fixed:/mnt/f", "--hide", "*.key",
                ])
            #expect(outcome.lines == ["/mnt/d:", "open", "", "/mnt/f:", "open", "refused"], "\(outcome)")
            #expect(access(scene.home + "/data/made", F_OK) == 0)
        }

        @Test("what covers the whole project is refused", arguments: Caller.all)
        func covering(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("true", options: ["-q", "--deny", "project"])
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.contains("it covers the project"), "\(outcome)")
        }

        @Test("a shell has them too", arguments: Caller.all)
        func shell(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try prepare(scene)
            let outcome = try scene.run(
                [scene.executable.folder + "/sandbox", "shell", "-q"] + Self.rules + ["--", "sh", "-c", Self.look])
            #expect(!outcome.text.contains("secret") && !outcome.text.contains(".env"), "\(outcome)")
            #expect(outcome.lines.filter { $0 == "refused" }.count == 7, "\(outcome)")
        }
    }
}
