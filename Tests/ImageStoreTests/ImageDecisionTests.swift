import Diagnostics
import Testing

@testable import ImageStore

@Suite("image decisions") struct ImageDecisionTests {
    private func path(_ name: String) throws -> (String, String, MemberPath.Meaning) {
        let path = try MemberPath(Array(name.utf8))
        func text(_ name: [CChar]) -> String {
            String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return (text(path.folder), text(path.name), path.meaning)
    }

    @Test("members' names are names below the root, and whiteouts are told by theirs")
    func names() throws {
        #expect(try path("a") == (".", "a", .member))
        #expect(try path("./a//b/./c/") == ("a/b", "c", .member))
        #expect(try path("/etc/passwd") == ("etc", "passwd", .member))
        #expect(try path("./") == (".", "", .member))
        #expect(try path("a/.wh.b") == ("a", "b", .whiteout))
        #expect(try path("a/.wh..wh..opq").2 == .opaque)
        #expect(try path(".wh..wh.plnk").2 == .ignored)
        #expect(try path("a/..b") == ("a", "..b", .member))
    }

    @Test(
        "names that lead out or have no file are refused",
        arguments: ["..", "a/../b", "/../a", ".wh.", ".wh...", ".wh.a/b"])
    func badNames(_ name: String) { #expect(throws: SandboxError.self) { try path(name) } }

    private let files = AccountFiles(
        users: "root:x:0:0:root:/root:/bin/ash\napp:x:1000:1001::/srv:\n# c:x:1:1::/:\nbroken:x:y\n",
        groups: "root:x:0:\napp:x:1001:\nmore:x:7:other,app\nalso:x:1001:app\n")

    @Test("users are names or numbers, with a group or their own groups")
    func users() {
        #expect(files.account("")?.name == "root")
        #expect(files.account("app")?.groups == [7])
        #expect(files.account("app")?.gid == 1001)
        #expect(files.account("1000")?.home == "/srv")
        #expect(files.account("app:more")?.gid == 7)
        #expect(files.account("app:more")?.groups == [])
        #expect(files.account("app:9")?.gid == 9)
        #expect(files.account("4321")?.name == "user4321")
        #expect(files.account("4321")?.gid == 0)
        #expect(files.account("nobody") == nil)
        #expect(files.account("app:nobody") == nil)
    }

    @Test("a configuration's faults are named by their path")
    func configuration() {
        func message(_ text: String) -> String {
            do {
                _ = try ImageConfig(Array(text.utf8))
                return ""
            } catch { return error.description }
        }
        let sum = String(repeating: "a", count: 64)
        #expect(message(#"{"rootfs":{"diff_ids":["sha256:\#(sum)"]}}"#) == "")
        #expect(message(#"{"config":null,"rootfs":{"diff_ids":[]}}"#) == "")
        #expect(message("{}").hasSuffix("rootfs: missing"))
        #expect(message(#"{"rootfs":{"diff_ids":["sha256:../x"]}}"#).contains("rootfs.diff_ids[0]"))
        #expect(message(#"{"os":"windows","rootfs":{"diff_ids":[]}}"#).contains("os: an image of"))
        #expect(message(#"{"config":{"Env":"x"},"rootfs":{"diff_ids":[]}}"#).contains("config.Env: expected an array"))
    }

    @Test(
        "only 64 lower case digits are a digest",
        arguments: [
            "sha256:abc", "md5:" + String(repeating: "a", count: 64), "sha256:" + String(repeating: "A", count: 64),
            "sha256:" + String(repeating: "/", count: 64),
        ])
    func digests(_ text: String) { #expect(throws: SandboxError.self) { try Digest(text, at: "x") } }

    @Test("sums are those of FIPS 180-2's examples")
    func sums() {
        #expect(SHA256.of(Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.of([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("an image's archive is known by its first member's name")
    func recognition() {
        func first(_ name: String) -> [UInt8] { Array(name.utf8) + [UInt8](repeating: 0, count: 512 - name.utf8.count) }
        let sum = String(repeating: "a", count: 64)
        for name in [
            "manifest.json", "blobs/", "oci-layout", "\(sum)/layer.tar", "\(sum).json", "sha256:\(sum)", "./index.json",
        ] {
            #expect(ImageSource.looksLikeImage(first(name)[...]), "\(name)")
        }
        #expect(ImageSource.looksLikeImage((first("./") + first("./blobs/"))[...]))
        for name in ["bin/", "etc/passwd", "./usr", "manifest", sum.dropLast() + "x/"] {
            #expect(!ImageSource.looksLikeImage(first(String(name))[...]), "\(name)")
        }
    }
}
