import Foundation
import Testing

extension Kernel {
    @Suite(
        "sandbox image: export, bundle and other tools", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct ImageExportTests {
        /// Two layers with whiteouts, owners, links and attributes.
        private func prepare(_ scene: ImageScene) throws {
            let base = try TarBuilder.busybox { tar in
                tar.folder("a")
                tar.file("a/gone", "1")
                tar.folder("b")
                tar.file("b/old", "2")
                tar.folder("replaced")
                tar.file("replaced/x", "3")
            }
            var top = TarBuilder()
            top.file("a/.wh.gone")
            top.folder("b")
            top.file("b/.wh..wh..opq")
            top.file("b/new", "4", mode: 0o4640, uid: 1000, gid: 2000)
            top.hardLink("b/again", to: "b/new")
            top.file("replaced", "5")
            top.add(
                TarBuilder.Member(
                    name: Array("noted".utf8), time: 1_500_000_000,
                    pax: [("SCHILY.xattr.user.note", Array("kept".utf8)), ("mtime", Array("1500000000.25".utf8))]))
            var image = HandmadeImage([base, top.finished])
            image.config = [
                "User": "u", "Cmd": ["sh", "-c", "id -u; cat /a/gone /b/old /b/new"], "Env": ["PATH=/bin"],
            ]
            let outcome = try scene.image("import", try image.folder(scene, name: "two"))
            #expect(outcome.isSuccess, "\(outcome)")
        }

        /// What the image shows, as text.
        private func listing(_ scene: ImageScene, _ name: String) throws -> [String] {
            let outcome = try scene.run(
                name, "--as-root", "--", "sh", "-c",
                "cd /; find a b replaced noted etc home | sort | while read f; do stat -c '%n %A %u:%g %Y' $f; done; cat b/new replaced"
            )
            #expect(outcome.isSuccess, "\(outcome)")
            return outcome.lines
        }

        @Test("it goes out by the name that it is called by, or by all", .needsFuse)
        func names() throws {
            let scene = try ImageScene(.current)
            let layout = try HandmadeImage([TarBuilder.busybox { _ in }]).folder(scene, name: "two")
            #expect(try scene.image("import", layout).isSuccess)
            #expect(try scene.image("import", layout, "--name", "other:2").isSuccess)
            func tags(_ words: String...) throws -> String {
                let file = scene.scene.home + "/names.tar"
                let outcome = try scene.scene.run(
                    [scene.scene.executable.folder + "/sandbox", "image", "export", "--format", "docker", "-o", file]
                        + words)
                #expect(outcome.isSuccess, "\(outcome)")
                return try scene.scene.run(["tar", "-xOf", file, "manifest.json"]).text
            }
            let one = try tags("other:2")
            #expect(one.contains("other:2") && !one.contains("two:"), "\(one)")
            let all = try tags("other:2", "--all-names")
            #expect(all.contains("other:2") && all.contains("two"), "\(all)")
            let told = try scene.image("export", "two", "--json")
            #expect(told.ending == .exited(125) && told.errorText.contains("--output FILE"), "\(told)")
        }

        @Test(
            "what is exported is the same image when it comes back", .needsFuse, arguments: Caller.all,
            ["oci", "docker"])
        func roundTrip(_ caller: Caller, _ format: String) throws {
            let scene = try ImageScene(caller)
            try prepare(scene)
            let before = try listing(scene, "two")
            #expect(before.contains { $0.hasPrefix("b/new -rwS") || $0.hasPrefix("b/new -rw-r") }, "\(before)")
            let file = scene.scene.home + "/out.tar"
            let exported = try scene.image("export", "two", "--format", format, "-o", file)
            #expect(exported.isSuccess && exported.errors.isEmpty, "\(exported)")
            #expect(try scene.image("prune", "--all").isSuccess)
            let back = try scene.image("import", file)
            #expect(back.text.contains(" two"), "\(back)")
            let name = format == "docker" ? "two:latest" : "two"
            #expect(try listing(scene, name) == before)
            let again = try scene.image("export", name, "--format", format)
            #expect(again.output == Array(FileManager.default.contents(atPath: file) ?? Data()), "the same bytes again")
        }

        @Test("a bundle is run by every runtime that is here", arguments: Caller.all)
        func bundle(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            try prepare(scene)
            let folder = scene.scene.home + "/bundle"
            let made = try scene.image("bundle", "two", folder)
            #expect(made.text == folder + "\n", "\(made)")
            let edit = try scene.scene.run([
                "sed", "-i", "s/\"terminal\": true/\"terminal\": false/", folder + "/config.json",
            ])
            #expect(edit.isSuccess, "\(edit)")
            var runtimes = [[scene.scene.executable.folder + "/sandbox", "oci"]]
            // crun refuses hosts whose cgroups are of both versions.
            let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
            runtimes += (isUnified ? ["runc", "crun"] : ["runc"]).compactMap(Host.path(of:)).map { [$0] }
            for runtime in runtimes {
                let states = scene.scene.runtime + "/states-\(UUID().uuidString.prefix(8))"
                let outcome = try scene.scene.run(
                    runtime + [
                        "--root", states, "run", "--bundle", folder, "sandbox-test-\(UUID().uuidString.prefix(8))",
                    ])
                #expect(outcome.text == "1000\n4", "\(runtime): \(outcome)")
                #expect(outcome.errorText.contains("/a/gone") && outcome.errorText.contains("/b/old"), "\(runtime)")
            }
            let taken = try scene.image("bundle", "two", folder)
            #expect(taken.errorText.contains("file exists"), "\(taken)")
            #expect(FileManager.default.fileExists(atPath: folder + "/config.json"))
        }

        @Test("skopeo reads what is exported, and pull takes what skopeo brings", .needs("skopeo", package: "skopeo"))
        func skopeo() throws {
            let scene = try ImageScene(.current)
            try prepare(scene)
            let folder = scene.scene.home + "/layout"
            #expect(try scene.image("export", "two", "--format", "oci-dir", "-o", folder).isSuccess)
            let pulled = try scene.image("pull", "oci:\(folder):two", "--name", "pulled", "--quiet")
            #expect(pulled.text.hasSuffix(" pulled\n"), "\(pulled)")
            #expect(try scene.image("export", "two", "--format", "docker", "-o", folder + ".tar").isSuccess)
            let archive = try scene.image("pull", "docker-archive:\(folder).tar", "--name", "archive", "--quiet")
            #expect(archive.isSuccess, "\(archive)")
            let nameless = try scene.image("pull", "oci:\(folder):two")
            #expect(nameless.errorText.contains("give the image a name (hint: --name NAME)"), "\(nameless)")
            let missing = try scene.image("pull", "oci:\(folder)-nope:x", "--name", "n")
            #expect(missing.errorText.contains("skopeo failed"), "\(missing)")
            #expect(scene.contents().filter { $0.hasPrefix("temp/") }.isEmpty)
        }

        @Test(
            "tools that are not there are named with their package; others' archives are taken", arguments: Caller.all)
        func tools(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let empty = ["PATH": scene.scene.folder]
            for (words, tool) in [
                (["pull", "debian"], "skopeo"), (["build-rootfs", "debian:bookworm"], "mmdebstrap"),
            ] {
                let outcome = try scene.image(words[0], words[1], environment: empty)
                // The tool may be in sbin, which is looked at as well.
                if Host.path(of: tool)?.contains("/sbin/") == true { continue }
                #expect(
                    outcome.errorText.contains("\(tool) is not installed (hint: sudo apt-get install \(tool)"),
                    "\(outcome)")
            }
            let tar = try scene.write(try TarBuilder.busybox(), "made.tar")
            let program = scene.scene.folder + "/mmdebstrap"
            try scene.scene.write(
                "#!/bin/sh\nfor a; do case $a in *.tar) cat \(tar) >$a;; esac; done\necho \"$@\" >&2\n", to: program,
                mode: 0o755)
            let path = ["PATH": scene.scene.folder + ":" + Host.searchPath]
            let built = try scene.image(
                "build-rootfs", "debian:bookworm", "--packages", "git,make", environment: path)
            #expect(built.text.hasSuffix(" debian:bookworm\n"), "\(built)")
            #expect(built.errorText.contains("--variant=minbase --include=git,make bookworm "), "\(built)")
            try scene.scene.write("#!/bin/sh\nexit 3\n", to: program, mode: 0o755)
            let failed = try scene.image("build-rootfs", "debian:trixie", environment: path)
            #expect(failed.errorText.contains("mmdebstrap failed (status 3)"), "\(failed)")
            for release in ["fedora:40", "debian", "debian:", "debian:-x", "debian:a b"] {
                let wrong = try scene.image("build-rootfs", release, environment: path)
                #expect(wrong.errorText.contains("not a release that is known here"), "\(wrong)")
            }
            #expect(scene.contents().filter { $0.hasPrefix("temp/") }.isEmpty)
        }
    }
}
