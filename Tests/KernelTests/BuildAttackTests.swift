import Foundation
import Testing

extension Kernel {
    @Suite("sandbox build: conflicts, faults and attacks", .needsUserNamespaces, .needsFuse) struct BuildAttackTests {
        private func build(_ scene: Scene, _ script: String, _ options: [String] = []) throws -> Outcome {
            try scene.run(
                [scene.executable.folder + "/sandbox", "build"] + options + ["--", "sh", "-c", script], within: 40)
        }

        @Test("what changed outside meanwhile is not overwritten", arguments: Caller.all)
        func conflict(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for name in ["a", "b", "gone"] { try scene.write("old\n", to: scene.project + "/" + name) }
            try scene.makeFolder(scene.project + "/dir")
            try scene.write("x\n", to: scene.project + "/dir/x")
            #expect(try build(scene, "echo in >>a; echo in >>b; rm gone; echo in >new; rm -r dir").isSuccess)
            try scene.write("mine\n", to: scene.project + "/a")
            try scene.write("mine\n", to: scene.project + "/new")
            try scene.write("mine\n", to: scene.project + "/dir/y")
            let before = try BuildTests.tree(scene, scene.project)
            let apply = try scene.sandbox("apply")
            #expect(apply.ending == .exited(125), "\(apply)")
            for name in ["a", "new", "dir/y"] { #expect(apply.errorText.contains(name), "\(apply)") }
            #expect(try BuildTests.tree(scene, scene.project) == before)
            #expect(try scene.sandbox("diff").text.contains("CONFLICT: a"))
            #expect(try scene.sandbox("apply", "b", "gone").isSuccess)
            #expect(readText(scene.project + "/b") == "old\nin\n")
            #expect(try scene.sandbox("apply", "--force").isSuccess)
            #expect(readText(scene.project + "/a") == "old\nin\n")
            // Undo brings back the outside's version.
            #expect(try scene.sandbox("undo").isSuccess)
            #expect(readText(scene.project + "/a") == "mine\n")
            #expect(readText(scene.project + "/dir/y") == "mine\n")
        }

        @Test("a change outside while the build runs is a conflict", arguments: Caller.all)
        func race(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("old\n", to: scene.project + "/a")
            let child = try scene.start("build", "--", "sh", "-c", "echo in >>a; echo ready; read line")
            try child.waitForOutput("ready")
            try scene.write("mine\n", to: scene.project + "/a")
            child.closeInput()
            _ = child.finish()
            #expect(try scene.sandbox("apply").errorText.contains("changed outside as well"))
            #expect(readText(scene.project + "/a") == "mine\n")
        }

        @Test("a path longer than the kernel takes at once is shown and applied like the others", arguments: Caller.all)
        func deepPath(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = """
                echo plain >plain; n=$(printf '%0200d' 0); i=0
                while [ $i -lt 25 ]; do mkdir $n && cd -P $n || exit 1; i=$((i + 1)); done; echo deep >f
                """
            #expect(try build(scene, script).isSuccess)
            let shown = try scene.sandbox("diff")
            #expect(shown.isSuccess && shown.text.contains("+plain") && shown.text.contains("+deep"), "\(shown)")
            let applied = try scene.sandbox("apply")
            #expect(applied.isSuccess, "\(applied)")
            let look = """
                n=$(printf '%0200d' 0); i=0
                while [ $i -lt 25 ]; do cd -P $n || exit 1; i=$((i + 1)); done; cat f
                """
            #expect(try scene.run(["sh", "-c", look]).text == "deep\n")
            #expect(try scene.sandbox("undo").isSuccess)
            #expect(try scene.sandbox("discard").isSuccess)
        }

        @Test("undo leaves alone what changed since the apply", arguments: Caller.all)
        func undoConflict(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("old\n", to: scene.project + "/a")
            #expect(try build(scene, "echo in >>a; echo in >b", ["--apply"]).isSuccess)
            try scene.write("mine\n", to: scene.project + "/a")
            let undo = try scene.sandbox("undo")
            #expect(undo.ending == .exited(125) && undo.errorText.contains("a"), "\(undo)")
            #expect(access(scene.project + "/b", F_OK) == 0)
            #expect(try scene.sandbox("undo", "--force").isSuccess)
            #expect(readText(scene.project + "/a") == "mine\n")
            #expect(access(scene.project + "/b", F_OK) != 0)
        }

        @Test("nothing is written through a link or outside of the project", arguments: Caller.all)
        func links(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outside = scene.home + "/outside"
            for path in [outside, scene.project + "/dir"] { try scene.makeFolder(path) }
            try scene.write("mine\n", to: outside + "/f")
            try scene.write("f\n", to: scene.project + "/dir/f")
            try scene.write("f\n", to: scene.project + "/file")
            #expect(try build(scene, "echo in >>dir/f; echo in >dir/new; echo in >>file").isSuccess)
            // The project's folder and file become links after the build, as another program could make them.
            _ = try scene.run(["sh", "-c", "mv dir moved && ln -s \(outside) dir; rm file; ln -s \(outside)/f file"])
            for options in [[], ["--force"]] {
                let apply = try scene.run([scene.executable.folder + "/sandbox", "apply"] + options)
                #expect(options.isEmpty == !apply.isSuccess, "\(apply)")
                #expect(readText(outside + "/f") == "mine\n", "\(apply)")
                #expect(access(outside + "/new", F_OK) != 0, "\(apply)")
            }
        }

        @Test("hooks, settings and links that lead out need an explicit yes", arguments: Caller.all)
        func guarded(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try build(
                scene,
                "echo evil >.git/hooks/pre-commit; ln -s ~/.ssh/authorized_keys keys; echo ok >fine; git config core.editor evil"
            )
            #expect(outcome.errorText.contains("LOOK: A .git/hooks/pre-commit"), "\(outcome)")
            #expect(outcome.errorText.contains("LOOK: A keys"), "\(outcome)")
            #expect(outcome.errorText.contains("LOOK: M .git/config"), "\(outcome)")
            let refused = try scene.sandbox("apply")
            #expect(refused.ending == .exited(125) && refused.errorText.contains("--allow-guarded"), "\(refused)")
            #expect(access(scene.project + "/fine", F_OK) != 0)
            #expect(try scene.sandbox("apply", "--skip-guarded").isSuccess)
            #expect(access(scene.project + "/fine", F_OK) == 0)
            #expect(access(scene.project + "/.git/hooks/pre-commit", F_OK) != 0)
            #expect(try scene.sandbox("apply", "--allow-guarded").isSuccess)
            #expect(readText(scene.project + "/.git/hooks/pre-commit") == "evil\n")
        }

        @Test("on a terminal the question is asked, and no is the answer that counts", arguments: Caller.all)
        func asked(_ caller: Caller) throws {
            let scene = try Scene(caller)
            #expect(try build(scene, "echo evil >.git/hooks/pre-commit").isSuccess)
            for (answer, applied) in [("\n", false), ("y\n", true)] {
                let terminal = try scene.terminal([scene.executable.folder + "/sandbox", "apply"])
                try terminal.waitFor("[y/N]")
                terminal.type(answer)
                _ = terminal.finish()
                #expect((access(scene.project + "/.git/hooks/pre-commit", F_OK) == 0) == applied)
            }
        }

        @Test("two builds of one project do not mix", arguments: Caller.all)
        func lock(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let child = try scene.start("build", "--", "sh", "-c", "echo ready; read line; echo 1 >one")
            try child.waitForOutput("ready")
            for arguments in [["build", "--", "true"], ["apply"], ["diff"], ["discard"]] {
                let second = try scene.run([scene.executable.folder + "/sandbox"] + arguments)
                #expect(second.ending == .exited(125), "\(arguments) \(second)")
                #expect(second.errorText.contains("a build, process \(child.pid)"), "\(arguments) \(second)")
            }
            child.closeInput()
            #expect(child.finish().isSuccess)
            #expect(try scene.sandbox("diff").text.contains("+++ b/one"))
        }

        @Test("a build killed at any moment leaves a workspace that works", arguments: Caller.all)
        func killedBuild(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("old\n", to: scene.project + "/a")
            try leavesNothing(scene) {
                for round in 0..<12 {
                    let child = try scene.start(
                        "build", "--", "sh", "-c", "echo \(round) >a; echo ready; exec \(scene.nap)")
                    if round % 4 == 3 { try child.waitForOutput("ready") } else { usleep(useconds_t(round * 4000)) }
                    child.send(SIGKILL)
                    _ = child.finish()
                }
            }
            #expect(readText(scene.project + "/a") == "old\n")
            let finished = eventually { (try? build(scene, "echo last >a").isSuccess) ?? false }
            #expect(finished)
            #expect(try scene.sandbox("apply").isSuccess)
            #expect(readText(scene.project + "/a") == "last\n")
        }

        @Test("an apply killed at any moment has done all or is taken back", arguments: Caller.all)
        func killedApply(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let make = "mkdir -p d; for i in $(seq 200); do echo $0 $i >d/$i; done"
            _ = try scene.run(["sh", "-c", make, "old"])
            #expect(
                try build(scene, "rm d/1??; for i in $(seq 99); do echo new $i >d/$i; done; mkdir e; mv d/5 e")
                    .isSuccess)
            let before = try BuildTests.tree(scene, scene.project)
            let start = Date()
            #expect(try scene.sandbox("apply").isSuccess)
            let duration = Date().timeIntervalSince(start)
            #expect(try scene.sandbox("undo").isSuccess)
            var takenBack = 0
            for round in 0..<24 {
                let child = try scene.start("apply")
                usleep(useconds_t(duration * 1_000_000 * Double(round) / 20))
                // Both the caller's process and the one that does the work, or the first alone: then the other goes too.
                kill(round % 2 == 0 ? -child.pid : child.pid, SIGKILL)
                _ = child.finish()
                var next = try scene.sandbox("undo")
                _ = try eventually {
                    if next.errorText.contains("in use") { next = try scene.sandbox("undo") }
                    return !next.errorText.contains("in use")
                }
                takenBack += next.isSuccess ? 1 : 0
                #expect(next.isSuccess || next.errorText.contains("nothing has been applied"), "\(next)")
                #expect(try BuildTests.tree(scene, scene.project) == before, "round \(round): \(next)")
            }
            #expect(takenBack > 0)
            let last = try scene.sandbox("apply")
            #expect(last.isSuccess, "\(last)")
            #expect(try scene.sandbox("diff").text.isEmpty)
            let names = try FileManager.default.contentsOfDirectory(atPath: scene.project + "/d")
            #expect(names.count == 99 && !names.contains { $0.hasPrefix(".sandbox") }, "\(names)")
        }

        @Test("a full disk: nothing has been changed", .needsRoot)
        func fullDisk() throws {
            let scene = try Scene(Caller.current)
            let script = """
                mount -t tmpfs -o size=1m none "$1" && cd "$1" && echo old >a && echo old >z
                "$0" build -q -- sh -c 'echo in >>a; echo in >>z; head -c 3000000 /dev/zero | tr "\\\\0" x >big'
                echo built $?; "$0" apply; echo applied $?; ls -A; cat a z
                """
            let outcome = try scene.run(
                ["unshare", "-m", "sh", "-c", script, scene.executable.folder + "/sandbox", scene.project], within: 40)
            #expect(outcome.text == "built 0\napplied 125\na\nz\nold\nold\n", "\(outcome)")
            #expect(outcome.errorText.contains("no space left"), "\(outcome)")
        }

        @Test("a project on a read-only disk can be built, and not applied", .needsRoot)
        func readOnly() throws {
            let scene = try Scene(Caller.current)
            let script = """
                mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1"
                "$0" build -q -- sh -c 'echo in >new'; echo built $?; "$0" apply; echo applied $?
                """
            let outcome = try scene.run(
                ["unshare", "-m", "sh", "-c", script, scene.executable.folder + "/sandbox", scene.project], within: 40)
            #expect(outcome.text == "built 0\napplied 125\n", "\(outcome)")
            #expect(outcome.errorText.contains("read-only file system"), "\(outcome)")
        }

        @Test(
            "contradictions are refused",
            arguments: [
                (["--no-project"], "needs a project"), (["--allow-guarded"], "belong to --apply"),
                (["--fetch", ""], "no command given"), (["--bind", "."], "would not be reviewed"),
                (["--bind", ".."], "would not be reviewed"),
            ])
        func refused(_ options: [String], _ message: String) throws {
            let scene = try Scene(Caller.current)
            let outcome = try build(scene, "true", options)
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains(message), "\(outcome)")
        }
    }
}
