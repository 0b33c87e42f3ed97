import Foundation
import Testing

extension Kernel {
    @Suite("project file", .needsUserNamespaces, .needsFuse) struct ProjectFileTests {
        private func trusted(_ scene: Scene, _ text: String) throws {
            try scene.write(text, to: scene.project + "/sandbox.toml")
            let trust = try scene.sandbox("trust", "--yes")
            #expect(trust.isSuccess, "\(trust)")
        }

        @Test("a file is not believed until it is trusted, and not after it has changed", arguments: Caller.all)
        func trust(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("[env]\nA = \"1\"\n", to: scene.project + "/sandbox.toml")
            let refused = try scene.sandbox("run", "--", "true")
            #expect(refused.ending == .exited(125) && refused.errorText.contains("is not trusted"), "\(refused)")
            #expect(try scene.sandbox("run", "--no-config", "--", "true").isSuccess)
            let nobody = try scene.sandbox("trust")
            #expect(nobody.ending == .exited(125) && nobody.text.contains("+A = \"1\""), "\(nobody)")
            #expect(try scene.sandbox("trust", "--yes").isSuccess)
            #expect(try scene.shell("echo $A").text == "1\n")
            try scene.write("[env]\nA = \"2\"\n", to: scene.project + "/sandbox.toml")
            let changed = try scene.shell("echo $A")
            #expect(changed.ending == .exited(125) && changed.errorText.contains("has changed"), "\(changed)")
            let terminal = try scene.terminal([scene.executable.folder + "/sandbox", "trust"])
            try terminal.waitFor("[y/N]")
            #expect(terminal.shown().contains("-A = \"1\"") && terminal.shown().contains("+A = \"2\""))
            terminal.type("y\n")
            #expect(terminal.finish() == .exited(0))
            #expect(try scene.shell("echo $A").text == "2\n")
            #expect(try scene.sandbox("trust", "--revoke").isSuccess)
            #expect(try scene.shell("echo $A").ending == .exited(125))
        }

        @Test(
            "the file is found upwards, stands for the project's folder and is read-only inside", arguments: Caller.all)
        func found(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let folder = scene.home + "/plain"
            for path in [folder, folder + "/sub"] { try scene.makeFolder(path) }
            try scene.write("[command.where]\nrun = 'pwd; echo \"$@\"'\n", to: folder + "/sandbox.toml")
            #expect(try scene.sandbox("trust", "--yes", in: folder + "/sub").isSuccess)
            let named = try scene.sandbox("run", ":where", "a b", in: folder + "/sub")
            #expect(named.text == "\(folder)\na b\n", "\(named)")
            let inside = try scene.sandbox(
                "run", "--", "sh", "-c",
                "pwd; echo 1 >../made; echo x >>../sandbox.toml; rm ../sandbox.toml; mv .. ../../q",
                in: folder + "/sub")
            #expect(inside.lines == [folder + "/sub"], "\(inside)")
            #expect(readText(folder + "/made") == "1\n")
            #expect(readText(folder + "/sandbox.toml").hasPrefix("[command.where]"))
        }

        @Test("a recording has the file's options, and may be of its commands", arguments: Caller.all)
        func record(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try trusted(scene, "hostname = 'mine'\n[command.where]\nrun = 'hostname; echo \"$@\"'\n")
            let named = try scene.sandbox("profile", "record", "-o", "r.json", ":where", "a b")
            #expect(named.lines == ["mine", "a b"], "\(named)")
            #expect(try scene.sandbox("run", "--profile", "./r.json", ":where", "c").lines == ["mine", "c"])
            let given = try scene.sandbox(
                "profile", "record", "--merge", "r.json", "--hostname", "other", "--", "hostname")
            #expect(given.lines == ["other"], "\(given)")
            let without = try scene.sandbox("profile", "record", "--no-config", "-o", "s.json", ":where")
            #expect(without.ending == .exited(125) && without.errorText.contains("no project file"), "\(without)")
        }

        @Test("options, limits of a build and its review come from the file", arguments: Caller.all)
        func build(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try trusted(scene, "hostname = 'mine'\n[build]\nrun = 'hostname >name; echo evil >>sandbox.toml'\n")
            let outcome = try scene.sandbox("build")
            #expect(outcome.isSuccess && outcome.errorText.contains("LOOK: M sandbox.toml"), "\(outcome)")
            #expect(try scene.sandbox("apply", "--skip-guarded").isSuccess)
            #expect(readText(scene.project + "/name") == "mine\n")
        }

        @Test(
            "somebody else's file is refused, a link is none, and a broken one is named with its place",
            arguments: Caller.all)
        func refused(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("net = \n", to: scene.project + "/sandbox.toml")
            let broken = try scene.sandbox("trust", "--yes")
            #expect(broken.errorText.contains("sandbox.toml:1:7: expected a value"), "\(broken)")
            _ = try scene.run(["sh", "-c", "mv sandbox.toml other; ln -s other sandbox.toml"])
            let link = try scene.sandbox("run", "--", "true")
            #expect(link.ending == .exited(125), "\(link)")
        }

        @Test("init writes a file that fits, trusted, and overwrites none", arguments: Caller.all)
        func initialize(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("{}", to: scene.project + "/package.json")
            #expect(try scene.sandbox("init").isSuccess)
            #expect(readText(scene.project + "/sandbox.toml").contains("npm test -- \"$@\""))
            #expect(try scene.shell("echo ran").text == "ran\n")
            let again = try scene.sandbox("init")
            #expect(again.ending == .exited(125) && again.errorText.contains("--force"), "\(again)")
        }
    }
}
