import Foundation
import Testing

extension Kernel {
    @Suite("bad places and input of people's verbs", .needsUserNamespaces, .needsFuse) struct BadPlaceTests {
        @Test("a current folder whose name is not UTF-8 is refused, and nothing else shared", arguments: Caller.all)
        func nameIsNoText(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = #"""
                cd .. && d=$(printf 'na\xffme') && mkdir "$d" && cd "$d" && echo x >f
                for verb in run build shell; do "$0" $verb -q -- ls; echo $verb $?; done; "$0" run -q --no-project -- true; echo $?
                """#
            let outcome = try scene.run(["bash", "-c", script, scene.executable.folder + "/sandbox"], within: 40)
            #expect(outcome.lines == ["run 125", "build 125", "shell 125", "0"], "\(outcome)")
            #expect(outcome.errorText.components(separatedBy: "is not UTF-8").count == 4, "\(outcome)")
        }

        @Test("a full disk under a git project is told with its mend", .needsRoot)
        func fullDisk() throws {
            let scene = try Scene(.current)
            let script = """
                mount -t tmpfs -o size=200k none "$1" && cd "$1" && mkdir -p .git/objects .git/refs
                echo 'ref: refs/heads/main' >.git/HEAD; dd if=/dev/zero of=fill bs=1k 2>/dev/null; "$0" run -- true; echo $?
                """
            let outcome = try scene.run(
                ["unshare", "-m", "sh", "-c", script, scene.executable.folder + "/sandbox", scene.project])
            #expect(outcome.text == "125\n" && outcome.errorText.contains("free some space"), "\(outcome)")
        }

        @Test("--as-root in a shell without newuidmap says what is missing", .needsRoot, .needsOrdinaryUser)
        func noHelper() throws {
            let scene = try Scene(try #require(Caller.ordinary))
            let command = scene.caller.wrap([scene.executable.folder + "/sandbox", "shell", "--as-root", "--", "id"])
            let root = try Scene(.current)
            let outcome = try root.run(
                [
                    "unshare", "-m", "sh", "-c",
                    "mount --bind /dev/null \"$(command -v newuidmap)\"; cd \"$1\"; shift; exec env HOME=\"$PWD/..\" \"$@\"",
                    "sh",
                    scene.project,
                ] + command)
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.contains("newuidmap") && outcome.errorText.contains("hint:"), "\(outcome)")
        }

        @Test("a stream of zeros, and an archive without files, are no images", arguments: Caller.all)
        func emptyImage(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            for bytes in [1024, 10240, 100_000] {
                let outcome = try scene.image(
                    "import", "-", "--name", "zero", feeding: [UInt8](repeating: 0, count: bytes))
                #expect(outcome.ending == .exited(125), "\(outcome)")
                #expect(outcome.errorText.contains("holds no files"), "\(outcome)")
            }
            #expect(scene.contents().isEmpty)
        }

        @Test("a folder of the home can be laid into the home of a build, and of a shell", arguments: Caller.all)
        func bindInOwnHome(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeFolder(scene.home + "/other")
            try scene.write("there\n", to: scene.home + "/other/file")
            for verb in ["build", "shell"] {
                let outcome = try scene.sandbox(
                    verb, "-q", "--ro-bind", scene.home + "/other", "--", "cat", scene.home + "/other/file")
                #expect(outcome.text == "there\n", "\(outcome)")
            }
        }

        @Test("diff --keep shows what a kept run has changed of its root", arguments: Caller.all)
        func keptDiff(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let made = try scene.shell(
                "echo new >/etc/made; echo more >>/etc/hosts; rm /etc/passwd", options: ["--keep", "k"])
            #expect(made.isSuccess, "\(made)")
            let summary = try scene.sandbox("diff", "--keep", "k", "--summary")
            #expect(Set(summary.lines.prefix(3)) == ["A etc/made", "M etc/hosts", "D etc/passwd"], "\(summary)")
            let text = try scene.sandbox("diff", "--keep", "k", "/etc/hosts")
            #expect(text.text.contains("+more") && !text.text.contains("etc/made"), "\(text)")
            let missing = try scene.sandbox("diff", "--keep", "other")
            #expect(missing.ending == .exited(125) && missing.errorText.contains("nothing is kept"), "\(missing)")
        }
    }
}
