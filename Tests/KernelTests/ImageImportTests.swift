import Foundation
import Testing

extension Kernel {
    @Suite("sandbox image: import", .needsUserNamespaces, .needsFuse, .needs("busybox", package: "busybox-static"))
    struct ImageImportTests {
        /// `docker export … | sandbox image import - --name x`.
        @Test("a root filesystem from a pipe keeps owners, modes, times, links and holes", arguments: Caller.all)
        func tree(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let tar = try TarBuilder.busybox { tar in
                tar.folder("home/u", mode: 0o2750, uid: 1000, gid: 1000)
                tar.file("home/u/own", "text", mode: 0o4711, uid: 1000, gid: 2000)
                tar.hardLink("home/u/again", to: "home/u/own")
                tar.link("home/u/link", to: "/etc/passwd")
                tar.add(
                    TarBuilder.Member(name: Array("home/u/pipe".utf8), type: "6", mode: 0o600, uid: 1000, gid: 1000))
                tar.add(
                    TarBuilder.Member(
                        name: Array("home/u/holes".utf8), content: Array("10\n0\n".utf8),
                        pax: [
                            ("GNU.sparse.major", Array("0".utf8)), ("GNU.sparse.minor", Array("1".utf8)),
                            ("GNU.sparse.name", Array("home/u/holes".utf8)),
                            ("GNU.sparse.size", Array("1048576".utf8)), ("GNU.sparse.map", Array("524288,5".utf8)),
                        ]))
            }
            let imported = try scene.image("import", "-", "--name", "x", feeding: tar)
            #expect(imported.isSuccess && imported.text.hasSuffix(" x\n") && imported.errors.isEmpty, "\(imported)")
            let outcome = try scene.run(
                "x", "sh", "-c",
                """
                cd /home/u; stat -c '%n %A %u:%g %Y' . own again link pipe holes; cat again; echo
                [ own -ef again ] && echo same; stat -c %s holes; tail -c +524289 holes | head -c 5; ls -l link
                """)
            #expect(
                outcome.lines.prefix(7) == [
                    ". drwxr-s--- 1000:1000 1600000000", "own -rws--x--x 1000:2000 1600000000",
                    "again -rws--x--x 1000:2000 1600000000", "link lrwxrwxrwx 0:0 1600000000",
                    "pipe prw------- 1000:1000 1600000000", "holes -rw-r--r-- 0:0 1600000000", "text",
                ], "\(outcome)")
            #expect(outcome.text.contains("same\n1048576\n10\n0\n"), "\(outcome)")
            #expect(outcome.text.contains("link -> /etc/passwd"), "\(outcome)")
            #expect(scene.contents().filter { $0.hasPrefix("temp/") }.isEmpty)
        }

        @Test(
            "GNU tar's formats, gzip and zstd give the same files", .needs("zstd", package: "zstd"),
            arguments: [
                "gnu", "pax", "ustar",
            ])
        func formats(_ format: String) throws {
            let scene = try ImageScene(.current)
            let tree = scene.scene.folder + "/tree"
            try scene.scene.makeFolder(tree)
            try TarBuilder.busybox().write(to: tree + ".tar")
            let long = String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90)
            let prepare = try scene.scene.run([
                "sh", "-ec",
                """
                tar -xf \(tree).tar -C \(tree); cd \(tree)
                mkdir -p \(long); echo deep >\(long)/file; ln -s \(long.prefix(90)) l; truncate -s 3M hole
                printf x | dd of=hole bs=1 seek=1M conv=notrunc 2>/dev/null
                """,
            ])
            #expect(prepare.isSuccess, "\(prepare)")
            let sparse = format == "ustar" ? "" : "--sparse"
            let made = try scene.scene.run([
                "sh", "-ec", "tar --format=\(format) \(sparse) -cf \(tree).made -C \(tree) .",
            ])
            #expect(made.isSuccess, "\(made)")
            for (index, pack) in ["cat", "gzip -c", "zstd -qc"].enumerated() {
                let name = "\(format)-\(index)"
                let packed = try scene.scene.run(["sh", "-ec", "\(pack) \(tree).made >\(tree).packed"])
                #expect(packed.isSuccess, "\(packed)")
                let imported = try scene.image("import", tree + ".packed", "--name", name)
                #expect(imported.isSuccess, "\(imported)")
                let outcome = try scene.run(
                    name, "sh", "-c", "cat /l/f*/file; stat -c '%s' /hole; md5sum </hole; ls -a / | sort | md5sum")
                let host = try scene.scene.run(["sh", "-c", "md5sum <\(tree)/hole"])
                #expect(outcome.lines.prefix(2) == ["deep", "3145728"], "\(outcome)")
                #expect(outcome.text.contains(host.text), "\(outcome)")
            }
            let layers = scene.contents().filter { $0.hasPrefix("layers/") }
            #expect(layers.count == 1, "one content, however it is packed: \(layers)")
        }

        @Test("layers hide what is below, and are shared between images", arguments: Caller.all)
        func layers(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let base = try TarBuilder.busybox { tar in
                tar.folder("a")
                tar.file("a/gone", "1")
                tar.file("a/stays", "2")
                tar.folder("b")
                tar.file("b/old", "3")
                tar.folder("c")
                tar.file("c/old", "4")
                tar.folder("d")
                tar.file("d/old", "5")
                tar.file("f", "a file")
            }
            var top = TarBuilder()
            top.file("a/.wh.gone")
            top.folder("b")
            top.file("b/new", "6")
            top.file("b/.wh..wh..opq")
            top.file(".wh.c")
            top.file(".wh.d")
            top.folder("d")
            top.file("d/new", "7")
            top.folder("f")
            top.file("f/inside", "8")
            top.file(".wh..wh.plnk", "aufs")
            let gzipped = try scene.filter(top.finished, "gzip", "-c")
            var image = HandmadeImage([base, top.finished])
            image.layers[1].stored = gzipped
            image.layers[1].mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"
            let imported = try scene.image("import", try image.folder(scene, name: "both:1"))
            #expect(imported.text.hasSuffix(" both:1\n"), "\(imported)")
            let outcome = try scene.run("both:1", "sh", "-c", "cd /; find a b c d f -type f 2>/dev/null | sort")
            #expect(outcome.lines == ["a/stays", "b/new", "d/new", "f/inside"], "\(outcome)")

            let alone = try scene.image("import", try HandmadeImage([base]).folder(scene), "--name", "base", "--json")
            let json = try JSONSerialization.jsonObject(with: Data(alone.output)) as? [String: Any]
            #expect(json?["sharedLayers"] as? Int == 1, "\(alone)")
            #expect(scene.contents().filter { $0.hasPrefix("layers/") }.count == 2)
            #expect(try scene.image("rm", "both:1").isSuccess)
            #expect(scene.contents().filter { $0.hasPrefix("layers/") }.count == 1)
            #expect(try scene.run("base", "cat", "/a/gone").text == "1")
        }

        @Test("docker's archives come from a file, from a pipe and compressed", arguments: Caller.all)
        func dockerArchive(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let archive = try HandmadeImage([try TarBuilder.busybox()])
                .dockerArchive(scene, tags: ["busy:1", "busy:latest"])
            let file = try scene.image("import", try scene.write(archive, "saved.tar"))
            #expect(file.text.hasSuffix(" busy:1 busy:latest\n"), "\(file)")
            let pipe = try scene.image("import", "-", "--name", "piped", feeding: archive)
            #expect(pipe.isSuccess, "\(pipe)")
            let packed = try scene.image(
                "import", "-", "--name", "packed", feeding: try scene.filter(archive, "gzip", "-c"))
            #expect(packed.isSuccess, "\(packed)")
            #expect(try scene.run("busy", "id", "-u").text == "0\n")
            let list = try scene.image("list", "--json")
            let rows = try JSONSerialization.jsonObject(with: Data(list.output)) as? [[String: Any]]
            #expect(rows?.compactMap { $0["name"] as? String } == ["busy:1", "busy:latest", "packed", "piped"])
            #expect(Set(rows?.compactMap { $0["id"] as? String } ?? []).count == 1)
        }

        /// What docker itself writes since version 25.
        @Test("an archive of both formats has its sums checked and docker's names")
        func bothFormats() throws {
            let scene = try ImageScene(.current)
            let image = HandmadeImage([try TarBuilder.busybox()])
            let folder = try image.folder(scene, name: "latest")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/blobs/sha256")
            let small = files.filter { readText("\(folder)/blobs/sha256/\($0)").contains("diff_ids") }
            let manifest = #"[{"Config":"blobs/sha256/\#(small.first ?? "")","RepoTags":["busy:3"],"Layers":["x"]}]"#
            try scene.scene.write(manifest, to: folder + "/manifest.json")
            let outcome = try scene.image("import", folder)
            #expect(outcome.text.hasSuffix(" busy:3\n"), "\(outcome)")
        }

        @Test("an OCI archive with several images needs a choice")
        func selection() throws {
            let scene = try ImageScene(.current)
            let image = HandmadeImage([try TarBuilder.busybox()])
            let folder = try image.folder(scene, name: "one")
            let index = folder + "/index.json"
            var json = try JSONSerialization.jsonObject(with: Data(readText(index).utf8)) as? [String: Any] ?? [:]
            var manifests = json["manifests"] as? [[String: Any]] ?? []
            manifests.append(manifests[0].merging(["annotations": ["org.opencontainers.image.ref.name": "two"]]) { $1 })
            json["manifests"] = manifests
            try JSONSerialization.data(withJSONObject: json).write(to: URL(fileURLWithPath: index))
            let none = try scene.image("import", folder)
            #expect(none.errorText.contains("several images: one, two (hint: --select NAME"), "\(none)")
            let chosen = try scene.image("import", folder, "--select", "two")
            #expect(chosen.text.hasSuffix(" two\n"), "\(chosen)")
            let wrong = try scene.image("import", folder, "--select", "three")
            #expect(wrong.errorText.contains("--select \"three\": no such image"), "\(wrong)")
        }
    }
}

extension Array where Element == UInt8 {
    fileprivate func write(to path: String) throws { try Data(self).write(to: URL(fileURLWithPath: path)) }
}
