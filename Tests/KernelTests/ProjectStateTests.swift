import Foundation
import Testing

extension Kernel {
    @Suite("what is kept for projects that are moved or gone", .needsUserNamespaces, .needsFuse)
    struct ProjectStateTests {
        private func use(_ scene: Scene, in folder: String? = nil) throws {
            let program = scene.executable.folder + "/sandbox"
            for words in [
                ["build", "-q", "--", "sh", "-c", "echo new >made"],
                ["shell", "-q", "--", "sh", "-c", "echo mine >~/mine"],
            ] {
                let outcome = try scene.run([program] + words, in: folder, within: 40)
                #expect(outcome.isSuccess, "\(outcome)")
            }
            // The shell ends a moment after its last terminal has left.
            #expect(try eventually { try scene.sandbox("ps", "-q", in: folder).text.isEmpty })
        }

        @Test("a project that was moved is told where its state is, and takes it over", arguments: Caller.all)
        func moved(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try use(scene)
            let moved = scene.home + "/moved"
            #expect(try scene.run(["mv", scene.project, moved], in: scene.home).isSuccess)
            let told = try scene.sandbox("diff", in: moved)
            #expect(told.text.isEmpty && told.errorText.contains("(hint: sandbox adopt \(scene.project) "), "\(told)")
            let listed = try scene.sandbox("ps", "--projects", in: moved)
            #expect(listed.lines.filter { $0.contains("gone") && $0.hasSuffix(scene.project) }.count == 2, "\(listed)")

            let adopted = try scene.sandbox("adopt", scene.project, in: moved)
            #expect(adopted.isSuccess && adopted.lines.count == 2, "\(adopted)")
            let applied = try scene.sandbox("apply", in: moved)
            #expect(applied.isSuccess, "\(applied)")
            #expect(readText(moved + "/made") == "new\n")
            let shell = try scene.sandbox("shell", "-q", "--", "sh", "-c", "cat ~/mine", in: moved)
            #expect(shell.text == "mine\n", "\(shell)")
            let again = try scene.sandbox("adopt", scene.project, in: moved)
            #expect(again.ending == .exited(125) && again.errorText.contains("nothing is kept"), "\(again)")
        }

        @Test("what a project has of its own is dropped only when that is asked for", arguments: Caller.all)
        func replaced(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try use(scene)
            let moved = scene.home + "/moved"
            #expect(try scene.run(["mv", scene.project, moved], in: scene.home).isSuccess)
            #expect(try scene.sandbox("shell", "-q", "--", "sh", "-c", "echo other >~/mine", in: moved).isSuccess)
            let refused = try scene.sandbox("adopt", scene.project, in: moved)
            #expect(refused.ending == .exited(125) && refused.errorText.contains("--replace"), "\(refused)")
            #expect(try scene.sandbox("adopt", "--replace", scene.project, in: moved).isSuccess)
            let shell = try scene.sandbox("shell", "-q", "--", "sh", "-c", "cat ~/mine", in: moved)
            #expect(shell.text == "mine\n", "\(shell)")
        }

        @Test("what belongs to a project that is there cannot be taken over", arguments: Caller.all)
        func there(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try use(scene)
            try scene.makeFolder(scene.home + "/other")
            let refused = try scene.sandbox("adopt", scene.project, in: scene.home + "/other")
            #expect(refused.ending == .exited(125) && refused.errorText.contains("still there"), "\(refused)")
            let pruned = try scene.sandbox("prune", "--yes")
            #expect(pruned.isSuccess && pruned.text.isEmpty, "\(pruned)")
        }

        @Test("prune shows it, and removes it after a yes", arguments: Caller.all)
        func pruned(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try use(scene)
            #expect(try scene.run(["rm", "-rf", scene.project], in: scene.home).isSuccess)
            let shown = try scene.sandbox("prune", "--dry-run", in: scene.home)
            #expect(
                shown.lines.count == 2 && shown.text.contains("would remove builds of \(scene.project)"), "\(shown)")
            let asked = try scene.sandbox("prune", in: scene.home)
            #expect(asked.isSuccess && asked.text.isEmpty && asked.errorText.contains("prune --yes"), "\(asked)")
            let removed = try scene.sandbox("prune", "--yes", "--json", in: scene.home)
            let json = try JSONSerialization.jsonObject(with: Data(removed.output)) as? [String: Any]
            #expect((json?["removed"] as? [[String: Any]])?.count == 2, "\(removed)")
            let left = try scene.run(
                ["sh", "-c", "cd ~/.local/state/sandbox && find builds shells -mindepth 1 | wc -l"], in: scene.home)
            #expect(left.text == "0\n", "\(left)")
        }
    }
}
