import Foundation
import LinuxKernel
import Testing

/// An archive that tries something, and what is said about it.
private struct Attack: CustomTestStringConvertible {
    var testDescription: String
    var says: String
    var build: @Sendable (inout TarBuilder, String) -> Void

    init(_ name: String, says: String, _ build: @escaping @Sendable (inout TarBuilder, String) -> Void) {
        (testDescription, self.says, self.build) = (name, says, build)
    }
}

extension Kernel {
    @Suite("sandbox image: hostile archives", .needsUserNamespaces) struct ImageAttackTests {
        private static let attacks: [Attack] = [
            Attack("..", says: "a name with .. leads out of the tree") { tar, _ in tar.file("../escaped", "x") },
            Attack("inner ..", says: "a name with .. leads out of the tree") { tar, _ in
                tar.file("a/b/../../../../escaped", "x")
            },
            Attack(".. at the end of a folder", says: "a name with .. leads out") { tar, _ in tar.folder("a/..") },
            Attack("a hard link to the outside", says: "leads out of the tree") { tar, _ in
                tar.hardLink("in", to: "../../../../etc/passwd")
            },
            Attack("a hard link to what is not there", says: "which the archive does not hold") { tar, _ in
                tar.hardLink("in", to: "/etc/passwd")
            },
            Attack("a whiteout of ..", says: "a whiteout of nothing") { tar, _ in tar.file("a/.wh...") },
            Attack("a whiteout as folder", says: "a whiteout is no folder") { tar, _ in tar.file(".wh.a/b", "x") },
            Attack("a name of 256 bytes", says: "a name of more than 255 bytes") { tar, _ in
                tar.add(
                    TarBuilder.Member(
                        name: Array("x".utf8), pax: [("path", [UInt8](repeating: 0x61, count: 256))]))
            },
            Attack("a path of 5000 bytes", says: "a path of more than 4095 bytes") { tar, _ in
                tar.add(
                    TarBuilder.Member(
                        name: Array("x".utf8),
                        pax: [("path", Array(String(repeating: "abcd/", count: 1000).utf8) + [0x61])]))
            },
            Attack("a zero byte in a name", says: "holds a zero byte") { tar, _ in
                tar.add(TarBuilder.Member(name: Array("x".utf8), pax: [("path", [0x61, 0, 0x62])]))
            },
            Attack("a file below a file", says: "not a directory") { tar, _ in
                tar.file("a", "x")
                tar.file("a/b", "x")
            },
            Attack("links in a circle", says: "symbolic link") { tar, _ in
                tar.link("a", to: "b")
                tar.link("b", to: "a")
                tar.file("a/x", "x")
            },
            Attack("an unknown type", says: "members of type \"Z\" are not unpacked") { tar, _ in
                tar.add(TarBuilder.Member(name: Array("x".utf8), type: "Z"))
            },
            Attack("a negative size", says: "not a sound tar archive") { tar, _ in
                tar.add(TarBuilder.Member(name: Array("x".utf8), pax: [("size", Array("-5".utf8))]))
            },
            Attack("an enormous size", says: "unpacks to more than") { tar, _ in
                tar.add(TarBuilder.Member(name: Array("x".utf8), pax: [("size", Array("9000000000000000000".utf8))]))
            },
            Attack("an endless pax record", says: "a pax record's length is wrong") { tar, _ in
                tar.add(TarBuilder.Member(name: Array("x".utf8), type: "x", content: Array("99999 path=a\n".utf8)))
                tar.file("a")
            },
            Attack("holes that overlap", says: "are out of order") { tar, _ in
                tar.add(
                    TarBuilder.Member(
                        name: Array("x".utf8), content: Array("abcd".utf8),
                        pax: [("GNU.sparse.map", Array("10,2,5,2".utf8)), ("GNU.sparse.size", Array("20".utf8))]))
            },
        ]

        @Test("is refused in one line, and leaves nothing", arguments: Caller.all, attacks)
        private func isRefused(_ caller: Caller, _ attack: Attack) throws {
            let scene = try ImageScene(caller)
            var tar = TarBuilder()
            tar.file("first", "x")
            attack.build(&tar, scene.scene.folder)
            let outcome = try scene.image("import", "-", "--name", "evil", feeding: tar.finished)
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(outcome.errorText.contains(attack.says), "\(outcome)")
            #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome)")
            #expect(scene.contents().isEmpty, "\(scene.contents())")
            #expect(!FileManager.default.fileExists(atPath: scene.store + "/layers/escaped"))
            #expect(try scene.image("list").text.isEmpty)
        }

        /// What follows a link lands where the image's own programs would find it, never on the host.
        @Test("writing through links stays inside", arguments: Caller.all)
        func throughLinks(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let outside = scene.scene.folder + "/outside"
            try scene.scene.makeFolder(outside)
            try scene.scene.write("untouched", to: outside + "/file")
            let tar = try TarBuilder.busybox { tar in
                tar.link("absolute", to: outside)
                tar.folder(String(outside.dropFirst()))
                tar.file("absolute/file", "1")
                tar.link("upwards", to: "../../../../../../../../../.." + outside)
                tar.file("upwards/second", "2")
                tar.file("/" + outside + "/third", "3")
                tar.link("etc/target", to: outside + "/file")
                tar.file("etc/target", "replaced")
                tar.link("gone", to: "/nowhere")
                tar.folder("gone")
                tar.file("gone/x", "4")
            }
            let outcome = try scene.image("import", "-", "--name", "x", feeding: tar)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(readText(outside + "/file") == "untouched")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["file"])
            guard Host.hasFuse else { return }
            let inside = try scene.run(
                "x", "sh", "-c", "cat \(outside)/file \(outside)/second \(outside)/third /etc/target /gone/x")
            #expect(inside.text == "123replaced4", "\(inside)")
        }

        @Test("devices are left out and said, setuid is shut away, marks are not forged", arguments: Caller.all)
        func powers(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let tar = try TarBuilder.busybox { tar in
                tar.add(TarBuilder.Member(name: Array("dev/mem".utf8), type: "3", device: (1, 1)))
                tar.add(TarBuilder.Member(name: Array("dev/sda".utf8), type: "4", device: (8, 0)))
                // The number of a whiteout.
                tar.add(TarBuilder.Member(name: Array("etc/hidden".utf8), type: "3", device: (0, 0)))
                tar.file("setuid", "x", mode: 0o4755)
                tar.add(
                    TarBuilder.Member(
                        name: Array("marked/".utf8), type: "5", mode: 0o755,
                        pax: [
                            ("SCHILY.xattr.user.overlay.opaque", Array("y".utf8)),
                            ("SCHILY.xattr.user.sandbox.overlay.redirect", Array("/etc".utf8)),
                            ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)),
                            ("SCHILY.xattr.user.note", Array("kept".utf8)),
                        ]))
            }
            let outcome = try scene.image("import", "-", "--name", "x", feeding: tar)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.errorText.contains("3 device nodes left out: a sandbox brings its own /dev"), "\(outcome)")
            #expect(outcome.errorText.contains("2 extended attributes left out"), "\(outcome)")
            let layer = try #require(scene.contents().first { $0.hasPrefix("layers/") })
            let tree = "\(scene.store)/\(layer)/fs"
            let marked = try openPath(tree + "/marked", O_RDONLY | O_DIRECTORY)
            let names = try listAttributes(of: marked.raw).split(separator: 0).map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(Set(names) == ["user.overlay.overlay.opaque", "user.note"], "\(names)")
            var status = stat()
            #expect(lstat(tree + "/dev/mem", &status) == -1 && lstat(tree + "/etc/hidden", &status) == -1)
            #expect(
                lstat(scene.store, &status) == 0 && status.st_mode & 0o777 == 0o700, "others cannot reach setuid files")
        }

        @Test("the last of several members with one name counts, whatever kind they are")
        func duplicates() throws {
            let scene = try ImageScene(.current)
            let tar = try TarBuilder.busybox { tar in
                tar.file("a", "first")
                tar.file("a", "second")
                tar.folder("b")
                tar.file("b/inside", "x")
                tar.file("b", "now a file")
                tar.link("c", to: "a")
                tar.folder("c")
                tar.file("c/inside", "now a folder")
                tar.hardLink("a", to: "a")
            }
            #expect(try scene.image("import", "-", "--name", "x", feeding: tar).isSuccess)
            let layer = try #require(scene.contents().first { $0.hasPrefix("layers/") })
            let tree = "\(scene.store)/\(layer)/fs"
            #expect(readText(tree + "/a") == "second" && readText(tree + "/b") == "now a file")
            #expect(readText(tree + "/c/inside") == "now a folder")
        }

        @Test("names of 255 bytes and of no language are kept", arguments: Caller.all)
        func names(_ caller: Caller) throws {
            let scene = try ImageScene(caller)
            let long = [UInt8](repeating: 0x6E, count: 255)
            let odd: [UInt8] = [0x62, 0xFF, 0xFE, 0x0A, 0x20, 0x1B]
            let tar = try TarBuilder.busybox { tar in
                tar.folder("n")
                tar.add(TarBuilder.Member(name: [0x78], content: [0x31], pax: [("path", Array("n/".utf8) + long)]))
                tar.add(TarBuilder.Member(name: Array("n/".utf8) + odd, content: [0x32]))
            }
            let outcome = try scene.image("import", "-", "--name", "x", feeding: tar)
            #expect(outcome.isSuccess, "\(outcome)")
            let layer = try #require(scene.contents().first { $0.hasPrefix("layers/") })
            var status = stat()
            for name in [long, odd] {
                let path = Array("\(scene.store)/\(layer)/fs/n/".utf8) + name + [0]
                #expect(lstat(path.map { CChar(bitPattern: $0) }, &status) == 0)
            }
        }
    }
}
