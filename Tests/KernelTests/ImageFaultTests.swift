import Foundation
import Testing

extension Kernel {
    @Suite("sandbox image: damage, bombs and crashes", .needsUserNamespaces) struct ImageFaultTests {
        private static let wrong = String(repeating: "0", count: 64)

        @Test(
            "a wrong sum is named, and nothing is imported", arguments: Caller.all,
            ["blob", "content", "configuration"])
        func sums(_ caller: Caller, _ part: String) throws {
            let scene = try ImageScene(caller)
            var tar = TarBuilder()
            tar.file("x", "content")
            var image = HandmadeImage([tar.finished])
            switch part {
            case "blob": image.toldBlob = Self.wrong
            case "content": image.toldContent = Self.wrong
            default: image.toldConfiguration = Self.wrong
            }
            let outcome = try scene.image("import", try image.folder(scene, name: "bad"))
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.contains("\(part) is damaged: its sum is"), "\(outcome)")
            #expect(outcome.errorText.contains(Self.wrong), "\(outcome)")
            #expect(scene.contents().isEmpty, "\(scene.contents())")
        }

        @Test("an archive that is cut short anywhere is refused", arguments: Caller.all)
        func truncation(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            var tar = TarBuilder()
            for number in 0..<20 { tar.file("file-\(number)", String(repeating: "text ", count: 300)) }
            let whole = tar.finished
            let gzipped = try scene.filter(whole, "gzip", "-c")
            var cases = [700, 512 * 4, 512 * 9 + 17, whole.count - 1024, whole.count - 1500].map { Array(whole[..<$0]) }
            cases += [20, gzipped.count / 2, gzipped.count - 1].map { Array(gzipped[..<$0]) }
            for bytes in cases {
                let outcome = try scene.image("import", "-", "--name", "x", feeding: bytes)
                #expect(outcome.ending == .exited(125), "\(bytes.count): \(outcome)")
                #expect(outcome.errorText.contains("cut short"), "\(bytes.count): \(outcome)")
            }
            #expect(scene.contents().isEmpty, "\(scene.contents())")
            let empty = try scene.image("import", "/dev/null", "--name", "x")
            #expect(empty.errorText.contains("the archive is empty"), "\(empty)")
            let text = try scene.image("import", "/etc/passwd", "--name", "x")
            #expect(text.ending == .exited(125) && text.errorText.contains("tar archive"), "\(text)")
        }

        @Test("damage in a gzip stream is refused")
        func damage() throws {
            let scene = try ImageScene(.current)
            var gzipped = try scene.filter(try TarBuilder.busybox(), "gzip", "-c")
            gzipped[gzipped.count / 2] ^= 0xFF
            let outcome = try scene.image("import", "-", "--name", "x", feeding: gzipped)
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome)")
            #expect(scene.contents().isEmpty)
        }

        @Test("bombs of files and of zeros meet the limits, which can be raised", arguments: Caller.all)
        func bombs(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            var many = TarBuilder()
            for number in 0..<2000 { many.file("f\(number)") }
            let files = try scene.image("import", "-", "--name", "x", "--max-entries", "1000", feeding: many.finished)
            #expect(files.errorText.contains("more than 1000 members (hint: --max-entries"), "\(files)")
            let headers = (0..<2000).reduce(into: TarBuilder()) { tar, _ in
                tar.add(TarBuilder.Member(name: Array("g".utf8), type: "g", content: Array("13 comment=x\n".utf8)))
            }
            let global = try scene.image(
                "import", "-", "--name", "x", "--max-entries", "1000", feeding: headers.finished)
            #expect(global.errorText.contains("more than 1000 members"), "\(global)")

            let zeros = try scene.scene.run(
                [
                    "sh", "-ec",
                    "head -c 100000000 /dev/zero >z; tar -cf - z | gzip -1 >../bomb; rm z; stat -c %s ../bomb",
                ])
            #expect(Int(zeros.lines.first ?? "").map { $0 < 2_000_000 } == true, "\(zeros)")
            let bomb = scene.scene.home + "/bomb"
            let large = try scene.image("import", bomb, "--name", "x", "--max-size", "10m")
            #expect(large.errorText.contains("unpacks to more than 10485760 bytes (hint: --max-size"), "\(large)")
            #expect(scene.contents().isEmpty, "\(scene.contents())")
            #expect(try scene.image("import", bomb, "--name", "x").isSuccess)
            let wrong = try scene.image("import", bomb, "--name", "y", "--max-size", "ten")
            #expect(wrong.errorText.contains("--max-size \"ten\": not a size"), "\(wrong)")
        }

        /// Killed with SIGKILL in the middle, an import leaves no image, and the next one sweeps its folder.
        @Test("killed in the middle nothing is half there, and the rest is swept", arguments: Caller.all)
        func killed(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let tar = try TarBuilder.busybox { tar in
                for number in 0..<300 { tar.file("f\(number)", String(repeating: "x", count: 4000), uid: number) }
            }
            let part = try scene.write(Array(tar[..<(tar.count / 2)]), "part")
            let child = try Child(
                scene.scene.invocation([
                    "sh", "-c",
                    "{ cat \(part); exec sleep 60; } | exec \(scene.scene.executable.folder)/sandbox image import - --name x",
                ]))
            #expect(eventually { scene.contents().contains { $0.hasPrefix("temp/") } })
            usleep(200_000)
            kill(-child.pid, SIGKILL)
            _ = child.finish(within: 5)
            #expect(scene.contents().allSatisfy { $0.hasPrefix("temp/") }, "\(scene.contents())")
            #expect(!scene.contents().isEmpty)
            #expect(try scene.image("list").text.isEmpty)
            let again = try scene.image("import", "-", "--name", "x", feeding: tar)
            #expect(again.isSuccess, "\(again)")
            #expect(scene.contents().filter { $0.hasPrefix("temp/") }.isEmpty, "\(scene.contents())")
        }

        @Test("two imports at once of the same image make it once", arguments: Caller.all)
        func atOnce(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let tar = try TarBuilder.busybox { tar in
                for number in 0..<500 { tar.file("f\(number)", "\(number)") }
            }
            let path = try scene.write(tar, "tar")
            let children = try (0..<4).map { number in
                try scene.scene.start("image", "import", path, "--name", "x\(number)")
            }
            for child in children {
                let outcome = child.finish(within: 40)
                #expect(outcome.isSuccess, "\(outcome)")
            }
            #expect(scene.contents().filter { $0.hasPrefix("layers/") }.count == 1)
            #expect(scene.contents().filter { $0.hasPrefix("images/") }.count == 1)
            #expect(scene.contents().filter { $0.hasPrefix("temp/") }.isEmpty)
            #expect(try scene.image("list").lines.count == 4)
        }

        @Test("a full disk is said, with nothing half imported", .needsRoot)
        func fullDisk() throws {
            let scene = try ImageScene(.current)
            let path = try scene.write(
                try TarBuilder.busybox { $0.file("big", String(repeating: "x", count: 4 << 20)) }, "tar")
            let outcome = try scene.scene.run([
                "unshare", "-m", "sh", "-c",
                """
                mount -t tmpfs -o size=3m tmpfs "$HOME" && "$0" image import \(path) --name x; echo status $?
                find "$HOME" -path '*/layers/*' -o -path '*/temp/*'; "$0" image list
                """, scene.scene.executable.folder + "/sandbox",
            ])
            #expect(outcome.text == "status 125\n", "\(outcome)")
            #expect(outcome.errorText.contains("no space left on device (hint: make room"), "\(outcome)")
        }

        @Test("an image in use is not removed; prune takes what nobody has", .needsFuse, arguments: Caller.all)
        func removal(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            #expect(try scene.image("import", "-", "--name", "x", feeding: try TarBuilder.busybox()).isSuccess)
            let child = try scene.scene.start(
                "run", "--image", "x", "--no-project", "--", "sh", "-c", "echo up; sleep 100")
            try child.waitForOutput("up")
            let busy = try scene.image("rm", "x")
            #expect(busy.errorText.contains("is in use (hint: end the sandboxes"), "\(busy)")
            let kept = try scene.image("prune", "--all")
            #expect(kept.isSuccess && kept.text.isEmpty, "\(kept)")
            #expect(try scene.run("x", "true").isSuccess)
            child.send(SIGTERM)
            _ = child.finish()
            let removed = try scene.image("prune", "--all", "--json")
            #expect(removed.text.contains("\"x\""), "\(removed)")
            #expect(scene.contents().isEmpty, "\(scene.contents())")
            let missing = try scene.image("rm", "x")
            #expect(missing.errorText.contains("no image \"x\" (hint: "), "\(missing)")
        }

        @Test("a name is not taken away unasked")
        func names() throws {
            let scene = try ImageScene(.current)
            var other = TarBuilder()
            other.file("other", "x")
            #expect(try scene.image("import", "-", "--name", "x", feeding: try TarBuilder.busybox()).isSuccess)
            let taken = try scene.image("import", "-", "--name", "x", feeding: other.finished)
            #expect(taken.errorText.contains("\"x\" is the name of another image"), "\(taken)")
            #expect(scene.contents().filter { $0.hasPrefix("layers/") }.count == 1, "\(scene.contents())")
            #expect(try scene.image("import", "-", "--name", "x", "--replace", feeding: other.finished).isSuccess)
            let pruned = try scene.image("prune")
            #expect(pruned.text.contains("removed image") && pruned.text.contains("removed layer"), "\(pruned)")
            for name in ["-x", "../x", "a b", "x\n"] {
                let bad = try scene.image("import", "/dev/null", "--name=\(name)")
                #expect(bad.errorText.contains("not an image's name"), "\(bad)")
            }
            let nameless = try scene.image("import", "-", feeding: other.finished)
            #expect(nameless.errorText.contains("a root filesystem has no name of its own"), "\(nameless)")
        }
    }
}
