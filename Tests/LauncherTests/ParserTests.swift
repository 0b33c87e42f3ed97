import Launcher
import LinuxKernel
import Testing

@Suite("reading accounts and ids")
struct ParserTests {
    @Test(
        "numbers are digits and nothing else",
        arguments: [
            ("0", UInt32(0)), ("4294967295", .max), ("007", 7), ("", nil), ("+7", nil), ("-1", nil), (" 1", nil),
            ("1 ", nil), ("4294967296", nil), ("0x10", nil), ("1_000", nil), ("٣", nil),
        ] as [(String, UInt32?)])
    func numbers(text: String, value: UInt32?) {
        #expect(strictNumber(text, as: UInt32.self) == value)
    }

    @Test(
        "sizes take one unit",
        arguments: [
            ("512", UInt64(512)), ("1k", 1024), ("64M", 64 << 20), ("2g", 2 << 30), ("1t", 1 << 40), ("k", nil),
            ("1kb", nil), ("1.5g", nil), ("-1m", nil), ("18446744073709551615k", nil),
        ] as [(String, UInt64?)])
    func sizes(text: String, value: UInt64?) {
        #expect(strictSize(text) == value)
    }

    @Test("a passwd line has seven fields and two numbers")
    func passwd() {
        let account = Account(passwdLine: "dev:x:1000:100:Dev, Room 1:/home/dev:/bin/zsh")
        #expect(account == Account(name: "dev", uid: 1000, gid: 100, home: "/home/dev", shell: "/bin/zsh"))
    }

    @Test(
        "other passwd lines are passed over",
        arguments: [
            "", "# comment", "+::::::", "-dev", "dev:x:1000:100", "dev:x:-1:100::/:/bin/sh",
            "dev:x:1000:x::/:/bin/sh", ":x:1:1::/:/bin/sh", "a:x:1:1::/:/bin/sh:extra",
        ])
    func badPasswd(line: String) {
        #expect(Account(passwdLine: line) == nil)
    }

    @Test("a user that is not in /etc/passwd is asked of getent")
    func getent() {
        var host = workstation()
        host.programs[["getent", "passwd", "70001"]] = "ldap:*:70001:70001:L:/home/ldap:/bin/bash\n"
        #expect(Account.find(uid: 70001, files: host)?.name == "ldap")
        #expect(Account.find(uid: 70002, files: host) == nil)
    }

    @Test("what getent answers about another uid is not believed")
    func wrongAnswer() {
        var host = workstation()
        host.programs[["getent", "passwd", "70001"]] = "root:x:0:0::/root:/bin/bash\n"
        #expect(Account.find(uid: 70001, files: host) == nil)
    }

    @Test("subordinate ids are found by name and by number, in several ranges")
    func ranges() {
        let text = "other:1:5\ndev:100000:65536\n1000:300000:10\r\n1000:400000:10\n# x\ndev:500000\ndev:600000:0\n"
        #expect(
            SubordinateIDs.parse(text, name: "dev", uid: 1000) == [
                IDRange(start: 100_000, count: 65536), IDRange(start: 400_000, count: 10),
            ])
    }

    @Test("ranges that overlap are cut, since an id may be mapped once")
    func overlapping() {
        let text = "dev:1000:100\ndev:1050:100\ndev:900:400\n"
        #expect(
            SubordinateIDs.parse(text, name: "dev", uid: 1).compactMap { $0 }
                == [
                    IDRange(start: 1000, count: 100), IDRange(start: 1100, count: 50), IDRange(start: 900, count: 100),
                    IDRange(start: 1150, count: 150),
                ].compactMap { $0 })
    }

    @Test(
        "a range beyond the last id is no range",
        arguments: ["dev:4294967295:2", "dev:4294967000:4294967000", "dev:-5:10", "dev:5:-10", "dev:5:10:1"])
    func badRanges(line: String) {
        #expect(SubordinateIDs.parse(line, name: "dev", uid: 1000).isEmpty)
    }

    @Test("getsubids is asked only when the name service says so")
    func getsubids() {
        var host = FakeHost(["/etc/subuid": .file("other:1:2\n")])
        host.programs[["getsubids", "dev"]] = "0: dev 200000 65536\n1: dev 400000 5\n"
        let account = Account(name: "dev", uid: 1000, gid: 1000, home: "/", shell: "")
        #expect(SubordinateIDs.find(.users, account: account, files: host).isEmpty)
        host.nodes["/etc/nsswitch.conf"] = .file("passwd: files\nsubid: sss\n")
        #expect(
            SubordinateIDs.find(.users, account: account, files: host)
                == [
                    IDRange(start: 200_000, count: 65536), IDRange(start: 400_000, count: 5),
                ].compactMap { $0 })
    }

    @Test("a proposed range lies above every granted one")
    func firstFree() {
        #expect(SubordinateIDs.firstFree(files: workstation()) == 165_536)
        #expect(SubordinateIDs.firstFree(files: FakeHost()) == 100_000)
    }

    @Test("this machine's own account, files and programs are read")
    func realHost() throws {
        let files = KernelFiles()
        let account = try #require(Account.find(uid: geteuid(), files: files))
        #expect(account.uid == geteuid())
        #expect(files.text("/proc/self/uid_map").map(SubordinateIDs.parseMap)?.isEmpty == false)
        #expect(files.kind("/proc/self/exe") == .symbolicLink)
        #expect(files.canonical("/proc/self/root/../etc/passwd") == "/etc/passwd")
        #expect(files.lookUp("getent", ["passwd", "0"])?.hasPrefix("root:") == true)
        #expect(files.lookUp("getent", ["passwd", "no such user"]) == nil)
    }

    @Test("paths are taken apart by bytes")
    func paths() {
        #expect(Paths.normalized("//a/./b/../../../c/") == "/c")
        #expect(Paths.absolute("~/x", in: "/w", home: "/h") == "/h/x")
        #expect(Paths.absolute("~x", in: "/w", home: "/h") == "/w/~x")
        #expect(Paths.isInside("/a/b", "/a") && Paths.isInside("/a", "/a") && !Paths.isInside("/ab", "/a"))
        #expect(Paths.relative("/a/b/c", to: "/a") == "b/c" && Paths.relative("/a", to: "/") == "a")
        // A combining mark after a slash, and two spellings of é, are other bytes.
        #expect(Paths.components("/a/\u{301}b").count == 2)
        #expect(!Paths.isInside("/caf\u{e9}", "/cafe\u{301}"))
        #expect(["/a b", "/a/b", "/a", "/"].sorted(by: Paths.ordered) == ["/", "/a", "/a/b", "/a b"])
    }
}
