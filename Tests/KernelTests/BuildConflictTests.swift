import Foundation
import Testing

extension Kernel {
    @Suite("conflicts of a build with what happens outside", .needsUserNamespaces, .needsFuse)
    struct BuildConflictTests {
        private func build(_ scene: Scene, _ script: String, _ options: [String] = []) throws -> Outcome {
            try scene.run(
                [scene.executable.folder + "/sandbox", "build"] + options + ["--", "sh", "-c", script], within: 40)
        }

        @Test("a change outside that keeps size and time is a conflict, a second name is none", arguments: Caller.all)
        func sameSizeAndTime(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for name in ["edited", "linked", "touched", "rewritten"] {
                try scene.write("abc\n", to: scene.project + "/" + name)
            }
            #expect(try build(scene, "for name in *ed *en; do echo more >>$name; done").isSuccess)
            let outside = """
                touch -r edited ../time; printf 'abd\\n' >edited; touch -r ../time edited
                ln linked ../backup; touch touched; cp rewritten x; mv x rewritten
                """
            #expect(try scene.run(["sh", "-c", outside]).isSuccess)
            let refused = try scene.sandbox("apply")
            #expect(refused.ending == .exited(125), "\(refused)")
            #expect(refused.errorText.contains("since the sandbox changed it: edited (hint"), "\(refused)")
            #expect(readText(scene.project + "/edited") == "abd\n")
            let rest = try scene.sandbox("apply", "linked", "touched", "rewritten")
            #expect(rest.isSuccess, "\(rest)")
            #expect(readText(scene.project + "/linked") == "abc\nmore\n")
            #expect(readText(scene.home + "/backup") == "abc\n")
        }

        @Test(
            "--on-success and --apply take over nothing that earlier builds left", arguments: Caller.all,
            ["--on-success", "--apply"])
        func leftovers(_ caller: Caller, _ option: String) throws {
            let scene = try Scene(caller)
            #expect(
                try build(scene, "echo bad >half; exit 3", [option == "--apply" ? "-q" : option]).ending == .exited(3))
            let refused = try build(scene, "echo good >whole", [option])
            #expect(refused.ending == .exited(125), "\(refused)")
            #expect(refused.errorText.contains("\(option): earlier builds have left 1 file added"), "\(refused)")
            #expect(access(scene.project + "/half", F_OK) != 0 && access(scene.project + "/whole", F_OK) != 0)
            let fresh = try build(scene, "echo good >whole", [option, "--fresh"])
            #expect(fresh.isSuccess, "\(fresh)")
            #expect(access(scene.project + "/half", F_OK) != 0 && access(scene.project + "/whole", F_OK) == 0)
        }
    }
}
