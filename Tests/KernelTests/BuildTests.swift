import Foundation
import Testing

extension Kernel {
    @Suite("sandbox build and its review", .needsUserNamespaces, .needsFuse) struct BuildTests {
        /// What a build does that a review must get right, in one script.
        static let script = """
            echo more >>src/main.c; rm -r old; mkdir -p new/deep; echo n >new/deep/file; chmod -x run.sh
            ln -sfn src/main.c link; head -c 3000 /dev/urandom >binary; echo x >"a b
            c"; rm replaced; mkdir replaced; echo r >replaced/inner; rm -r turned; echo now a file >turned
            rm -r anew; mkdir anew; echo only >anew/only; mv moved elsewhere; touch -d @12345 dated
            """

        static func prepare(_ scene: Scene) throws {
            for folder in ["src", "old", "old/sub", "turned", "anew", "moved", "moved/in"] {
                try scene.makeFolder(scene.project + "/" + folder)
            }
            let files = [
                "src/main.c": "int main;\n", "old/sub/x": "x\n", "old/y": "y\n", "run.sh": "#!/bin/sh\n",
                "replaced": "file\n",
                "turned/x": "x\n", "anew/a": "a\n", "anew/b": "b\n", "moved/in/m": "content of m\n", "untouched": "u\n",
            ]
            for (name, text) in files {
                try scene.write(text, to: scene.project + "/" + name, mode: name == "run.sh" ? 0o755 : 0o644)
            }
            _ = try scene.run(["ln", "-s", "untouched", "link"])
        }

        /// Every name of a folder with its type, mode, time and content.
        static func tree(_ scene: Scene, _ folder: String) throws -> String {
            let listing = try scene.run(
                [
                    "sh", "-c",
                    """
                    cd "$0" && find . -path ./.git -prune -o \\( -type d -printf '%p %y %m\\0' \\) \
                    -o -printf '%p %y %m %l %T@\\0' | sort -z | tr '\\0' '\\n'
                    find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
                    """, folder,
                ])
            return listing.text
        }

        private func build(_ scene: Scene, _ script: String, _ options: [String] = []) throws -> Outcome {
            try scene.run(
                [scene.executable.folder + "/sandbox", "build"] + options + ["--", "sh", "-c", script], within: 40)
        }

        @Test(
            "a build leaves the project alone; apply makes it what the build saw; undo gives it back",
            arguments: Caller.all)
        func whole(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try Self.prepare(scene)
            let before = try Self.tree(scene, scene.project)
            try leavesNothing(scene) {
                let outcome = try build(scene, Self.script)
                #expect(outcome.isSuccess, "\(outcome)")
                #expect(outcome.errorText.contains("to be reviewed"), "\(outcome)")
            }
            #expect(try Self.tree(scene, scene.project) == before)
            // A second build goes on from the first one's changes.
            let seen = try build(scene, "cat new/deep/file && rm -r new && cp -a . /tmp/x && ls old", ["-q"])
            #expect(seen.ending == .exited(2) && seen.text == "n\n", "\(seen)")
            #expect(try build(scene, "mkdir -p new/deep; echo n >new/deep/file").isSuccess)

            let apply = try scene.sandbox("apply")
            #expect(apply.isSuccess, "\(apply)")
            #expect(readText(scene.project + "/src/main.c") == "int main;\nmore\n")
            #expect(readText(scene.project + "/turned") == "now a file\n")
            #expect(readText(scene.project + "/replaced/inner") == "r\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.project + "/anew") == ["only"])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scene.project + "/link") == "src/main.c")
            #expect(access(scene.project + "/run.sh", X_OK) != 0 || caller.isRoot)
            #expect(access(scene.project + "/old", F_OK) != 0)
            let dated = try FileManager.default.attributesOfItem(atPath: scene.project + "/dated")
            #expect((dated[.modificationDate] as? Date)?.timeIntervalSince1970 == 12345)
            let left = try scene.sandbox("diff")
            #expect(left.isSuccess && left.text.isEmpty, "\(left)")

            let undo = try scene.sandbox("undo")
            #expect(undo.isSuccess, "\(undo)")
            #expect(try Self.tree(scene, scene.project) == before)
            #expect(try scene.sandbox("undo").ending == .exited(125))
            // What was taken back can be taken over again.
            #expect(try scene.sandbox("apply").isSuccess)
            #expect(readText(scene.project + "/src/main.c") == "int main;\nmore\n")
            #expect(try scene.sandbox("diff").text.isEmpty)
        }

        @Test("an undo after a discard keeps what was applied as a change", arguments: Caller.all)
        func undoAfterDiscard(_ caller: Caller) throws {
            let scene = try Scene(caller)
            #expect(try build(scene, "echo 1 >made; echo 2 >other; mkdir d; echo 3 >d/deep").isSuccess)
            #expect(try scene.sandbox("apply", "made", "d").isSuccess)
            #expect(try scene.sandbox("discard").isSuccess)
            let undo = try scene.sandbox("undo")
            #expect(undo.isSuccess, "\(undo)")
            #expect(access(scene.project + "/made", F_OK) != 0 && access(scene.project + "/d", F_OK) != 0)
            let again = try scene.sandbox("apply")
            #expect(again.isSuccess, "\(again)")
            #expect(readText(scene.project + "/made") == "1\n" && readText(scene.project + "/d/deep") == "3\n")
            #expect(access(scene.project + "/other", F_OK) != 0)
        }

        @Test("git apply makes of the text of the diff what apply makes", arguments: Caller.all)
        func patch(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try Self.prepare(scene)
            let copy = scene.folder + "/copy"
            _ = try scene.run(["cp", "-a", scene.project, copy])
            #expect(try build(scene, Self.script + "\nrm binary; rm -r turned").isSuccess)
            let diff = try scene.sandbox("diff")
            try scene.write(diff.text, to: scene.folder + "/patch")
            let patched = try scene.run(["git", "apply", "--whitespace=nowarn", scene.folder + "/patch"], in: copy)
            #expect(patched.isSuccess, "\(patched)\n\(diff.text)")
            #expect(try scene.sandbox("apply").isSuccess)
            let same = try scene.run(["diff", "-r", "--no-dereference", "-x", ".git", scene.project, copy])
            #expect(same.isSuccess, "\(same)")
        }

        @Test("chosen paths are taken over, with the folders they need, and the rest waits", arguments: Caller.all)
        func chosen(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try Self.prepare(scene)
            _ = try build(scene, Self.script)
            let apply = try scene.sandbox("apply", "../new/deep", "../anew/only", in: scene.project + "/src")
            #expect(apply.isSuccess, "\(apply)")
            #expect(readText(scene.project + "/new/deep/file") == "n\n")
            #expect(
                Set(try FileManager.default.contentsOfDirectory(atPath: scene.project + "/anew")) == ["a", "b", "only"])
            #expect(readText(scene.project + "/src/main.c") == "int main;\n")
            let rest = try scene.sandbox("diff", "--summary")
            #expect(!rest.lines.contains { $0.contains("new/deep") }, "\(rest)")
            #expect(rest.lines.contains("D anew/a") && rest.lines.contains("D anew/b"), "\(rest)")
            #expect(try scene.sandbox("apply", "nowhere").errorText.contains("nothing has changed there"))
            #expect(try scene.sandbox("apply", "/etc/passwd").errorText.contains("not in the project"))
            #expect(try scene.sandbox("apply").isSuccess)
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.project + "/anew") == ["only"])
        }

        @Test("names that are no text, and names with line feeds", arguments: Caller.all)
        func names(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try build(scene, "printf 1 >\"$(printf 'a\\377b')\"; printf 2 >\"$(printf 'c\\nd')\"")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(
                outcome.errorText.contains(#"A "a\377b""#) && outcome.errorText.contains(#"A "c\nd""#), "\(outcome)")
            let report = try scene.sandbox("diff", "--json")
            #expect(report.text.contains(#""pathBytes": "61ff62""#), "\(report)")
            _ = try #require(try JSONSerialization.jsonObject(with: Data(report.output)) as? [String: Any])
            #expect(try scene.sandbox("apply").isSuccess)
            let made = try scene.run(["sh", "-c", "cat a?b c?d"], environment: ["LC_ALL": "C"])
            #expect(made.text == "12", "\(made)")
        }

        @Test("the fetch has the network, the build has none; both have one home", arguments: Caller.all)
        func fetch(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let devices = "ls /sys/class/net | grep -vx lo | wc -l"
            let outcome = try build(
                scene, "cat ~/fetched devices; \(devices)", ["--fetch", "echo got >~/fetched; \(devices) >devices"])
            let there = try scene.run(["sh", "-c", devices]).text
            // The host's devices, or one of a private network.
            let (first, rest) = (outcome.lines.first, outcome.lines.dropFirst())
            #expect(first == "got" && rest.count == 2 && rest.last == "0", "\(outcome)")
            #expect(rest.first != "0" || there == "0\n", "\(outcome)")
            let failed = try build(scene, "echo never", ["--fetch", "exit 9"])
            #expect(failed.ending == .exited(9) && failed.text.isEmpty, "\(failed)")
            let fresh = try build(scene, "ls ~/fetched devices", ["--fresh"])
            #expect(fresh.ending == .exited(2), "\(fresh)")
        }

        @Test("--apply takes over at once, --on-success only after success", arguments: Caller.all)
        func applies(_ caller: Caller) throws {
            let scene = try Scene(caller)
            #expect(try build(scene, "echo 1 >one", ["--apply"]).isSuccess)
            #expect(readText(scene.project + "/one") == "1\n")
            #expect(try build(scene, "echo 2 >two; exit 4", ["--on-success"]).ending == .exited(4))
            #expect(access(scene.project + "/two", F_OK) != 0)
            #expect(try build(scene, "echo 2 >two", ["--on-success", "--fresh"]).isSuccess)
            #expect(readText(scene.project + "/two") == "2\n")
            let guarded = try build(scene, "echo evil >.git/hooks/post-checkout", ["--apply"])
            #expect(guarded.ending == .exited(125) && guarded.errorText.contains("--allow-guarded"), "\(guarded)")
            #expect(access(scene.project + "/.git/hooks/post-checkout", F_OK) != 0)
        }

        @Test("a patch of everything is one that git takes", .needs("git", package: "git"), arguments: Caller.all)
        func binaryPatch(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try Self.prepare(scene)
            let more = "printf 'a\\0b' >was; printf 'c\\0' >gone; cp -a . ../copy; rm -rf ../copy/.git"
            #expect(try scene.run(["sh", "-c", more]).isSuccess)
            let change =
                "printf 'a\\0bc' >was; rm gone; head -c 100000 /dev/urandom >large; printf '\\0' >new; chmod +x new"
            #expect(try build(scene, Self.script + change).isSuccess)
            let plain = try scene.sandbox("diff")
            #expect(plain.text.contains("Binary files a/was and b/was differ"), "\(plain)")
            let patch = try scene.sandbox("diff", "--binary")
            let taken = try scene.run(
                ["git", "apply"], feeding: patch.output, environment: ["GIT_CEILING_DIRECTORIES": scene.home],
                in: scene.home + "/copy")
            #expect(taken.isSuccess, "\(taken)")
            #expect(try scene.sandbox("apply").isSuccess)
            let same = try scene.run(["diff", "-r", "--no-dereference", "--exclude=.git", ".", "../copy"])
            #expect(same.isSuccess, "\(same)")
        }

        @Test("a project reached through a link, and one with characters of mount options", arguments: Caller.all)
        func oddFolders(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let odd = scene.home + "/a,b:c\\d=e f"
            try scene.makeFolder(odd)
            _ = try scene.run(["ln", "-s", odd, "linked"], in: scene.home)
            let outcome = try scene.run(
                [scene.executable.folder + "/sandbox", "build", "--", "sh", "-c", "pwd; echo 1 >one"],
                in: scene.home + "/linked")
            #expect(outcome.text == odd + "\n", "\(outcome)")
            #expect(access(odd + "/one", F_OK) != 0)
            #expect(try scene.sandbox("apply", "one", in: scene.home + "/linked").isSuccess)
            #expect(readText(odd + "/one") == "1\n")
        }

        @Test("files of other ids are shown, and discarded with everything else", arguments: Caller.all)
        func otherIDs(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try build(
                scene,
                "mkdir -m 700 d; echo secret >d/f; chmod 600 d/f; chown -R 33:33 d; mkdir -m 0 closed ~/c; touch ~/x",
                ["--as-root"])
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(try scene.sandbox("diff").text.contains("+secret"))
            let discard = try scene.sandbox("discard")
            #expect(discard.isSuccess && discard.text.contains("1 file added"), "\(discard)")
            #expect(try scene.sandbox("diff").text.isEmpty)
            let left = try scene.run(["sh", "-c", "ls ~/.local/state/sandbox/builds/*"])
            #expect(Set(left.lines) == ["lock", "origin", "project"], "\(left)")
        }
    }
}
