import Foundation
import Testing

extension Kernel {
    @Suite("profiles of a project", .needsUserNamespaces, .needsFuse) struct ProjectProfileTests {
        /// A profile that passes these variables on, in the project.
        private func write(_ scene: Scene, _ name: String, variables: String) throws {
            for folder in ["/.sandbox", "/.sandbox/profiles"] where access(scene.project + folder, F_OK) != 0 {
                try scene.makeFolder(scene.project + folder)
            }
            try scene.write(
                #"{"doesNotProtect": ["x"], "description": "d", "extends": "default", "environment": [\#(variables)]}"#,
                to: scene.project + "/.sandbox/profiles/\(name).json")
        }

        private func scene(_ caller: Caller, _ text: String) throws -> Scene {
            let scene = try Scene(caller)
            scene.environment["TOKEN"] = "secret"
            try scene.write(text, to: scene.project + "/sandbox.toml")
            return scene
        }

        @Test(
            "a profile is shown and trusted with its project's file, and refused when it has changed",
            arguments: Caller.all)
        func changed(_ caller: Caller) throws {
            let scene = try scene(caller, "profile = \"pp\"\n")
            try write(scene, "pp", variables: "\"MINE\"")
            let trust = try scene.sandbox("trust", "--yes")
            #expect(trust.isSuccess && trust.text.contains("+++ b/.sandbox/profiles/pp.json"), "\(trust)")
            #expect(try scene.shell("echo \"[$TOKEN]\"").text == "[]\n")
            try write(scene, "pp", variables: "\"*\"")
            for outcome in [try scene.shell("echo ran"), try scene.sandbox("profile", "show", "pp")] {
                #expect(outcome.ending == .exited(125) && outcome.text.isEmpty, "\(outcome)")
                #expect(outcome.errorText.contains("pp.json has changed since you trusted it"), "\(outcome)")
            }
            let shown = try scene.sandbox("trust")
            #expect(shown.ending == .exited(125) && shown.text.contains("\"*\""), "\(shown)")
            #expect(try scene.sandbox("trust", "--yes").isSuccess)
            #expect(try scene.shell("echo \"[$TOKEN]\"").text == "[secret]\n")
            try write(scene, "late", variables: "\"*\"")
            let late = try scene.shell("echo ran", options: ["--profile", "late"])
            #expect(late.ending == .exited(125) && late.errorText.contains("late.json is not trusted"), "\(late)")
            let list = try scene.sandbox("profile", "list")
            #expect(list.isSuccess && list.text.contains("late.json is not trusted"), "\(list)")
            #expect(try scene.sandbox("trust", "--revoke").isSuccess)
            #expect(try scene.sandbox("profile", "show", "pp").ending == .exited(125))
        }

        @Test("what a trusted profile extends is held to the same", arguments: Caller.all)
        func parent(_ caller: Caller) throws {
            let scene = try scene(caller, "profile = \"child\"\n")
            try write(scene, "base", variables: "")
            try scene.write(
                #"{"doesNotProtect": ["x"], "description": "d", "extends": "base"}"#,
                to: scene.project + "/.sandbox/profiles/child.json")
            #expect(try scene.sandbox("trust", "--yes").isSuccess)
            #expect(try scene.shell("echo ran").text == "ran\n")
            try write(scene, "base", variables: "\"*\"")
            let outcome = try scene.shell("echo ran")
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains("base.json has changed"), "\(outcome)")
        }

        @Test("the user's own name is not the project's to say", arguments: Caller.all)
        func names(_ caller: Caller) throws {
            let scene = try scene(caller, "hostname = \"mine\"\n")
            try scene.makeProfile("mine", #""extends": "strict""#)
            for name in ["mine", "strict"] { try write(scene, name, variables: "\"*\"") }
            #expect(try scene.sandbox("trust", "--yes").isSuccess)
            for name in ["mine", "strict"] {
                let outcome = try scene.shell("echo \"[$TOKEN]\"", options: ["--profile", name])
                #expect(outcome.text == "[]\n", "\(outcome)")
            }
        }

        @Test("without a trusted project file a project's profile goes by its path alone", arguments: Caller.all)
        func path(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try write(scene, "pp", variables: "")
            let named = try scene.shell("echo ran", options: ["--profile", "pp"])
            #expect(named.ending == .exited(125) && named.errorText.contains("./.sandbox/profiles/pp.json"), "\(named)")
            let file = try scene.shell("echo ran", options: ["--profile", "./.sandbox/profiles/pp.json"])
            #expect(file.text == "ran\n", "\(file)")
            // A new project file is trusted by its writer; the profiles that came with the project are not.
            #expect(try scene.sandbox("init").isSuccess)
            let after = try scene.shell("echo ran", options: ["--profile", "pp"])
            #expect(after.ending == .exited(125) && after.errorText.contains("pp.json is not trusted"), "\(after)")
        }

        @Test("a project file names its profile by name: trust does not cover other paths", arguments: Caller.all)
        func otherPath(_ caller: Caller) throws {
            let scene = try scene(caller, "\nprofile = \"./p.json\"\n")
            let trust = try scene.sandbox("trust", "--yes")
            #expect(trust.ending == .exited(125), "\(trust)")
            #expect(trust.errorText.contains("sandbox.toml:2:11: profile \"./p.json\" is a path"), "\(trust)")
        }
    }
}
