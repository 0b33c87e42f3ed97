import Testing

@testable import OverlayModel

private func names(_ path: String) -> [[CChar]] { path.split(separator: "/").map { Array(String($0).utf8CString) } }

@Suite("path rules") struct PathRulesTests {
    @Test(
        "a pattern matches a path and what is below it",
        arguments: [
            (".env", "/.env", true), (".env", "/a/b/.env", true), (".env", "/a/.env/below", true),
            (".env", "/.environment", false), ("*.pem", "/etc/ssl/a.pem", true), ("*.pem", "/pem", false),
            ("/etc/shadow", "/etc/shadow", true), ("/etc/shadow", "/x/etc/shadow", false),
            ("etc/shadow", "/etc/shadow", true), ("/etc", "/etc/passwd", true), ("/etc", "/", false),
            ("/home/*/.ssh", "/home/u/.ssh/id", true), ("/home/*/.ssh", "/home/u/v/.ssh", false),
            ("/home/**/.ssh", "/home/.ssh", true), ("/home/**/.ssh", "/home/u/v/.ssh", true),
            ("**/a/b", "/x/a/b", true),
            ("**/a/b", "/a/x/b", false), ("**/a/b", "/a/a/b", true), ("id_?sa", "/id_rsa", true),
            ("[a-c]x", "/bx", true), ("[a-c]x", "/dx", false), ("[!a-c]x", "/dx", true), ("[!a-c]x", "/ax", false),
            ("[]]", "/]", true), ("[a", "/[a", true), ("\\*", "/*", true), ("\\*", "/a", false),
            ("a*b*c", "/axxbyyc", true),
            ("a*b*c", "/axxbyy", false), ("*", "/anything", true), ("/d/", "/d/x", true), ("d/", "/x/d", true),
        ])
    func matching(_ pattern: String, _ path: String, _ matches: Bool) throws {
        let rules = PathRules(hidden: [try #require(PathPattern(pattern))])
        #expect(rules.verdict(names(path)) == (matches ? .hidden : .open))
    }

    @Test(
        "what matches nothing or everything is no pattern",
        arguments: ["", "/", "**", "a/**", "..", "/a/../b", ".", "a/./b", String(repeating: "a/", count: 70)])
    func invalid(_ text: String) { #expect(PathPattern(text) == nil) }

    @Test(
        "rules for a tree that is laid somewhere are those of its place",
        arguments: [
            (".env", "/a/.env", PathRules.Verdict.hidden), ("/home/p/k", "/k", .hidden), ("/home/p/k", "/x/k", .open),
            ("/home/**/k", "/x/k", .hidden), ("/home", "/any", .hidden), ("p", "/any", .hidden), ("/p", "/p", .open),
        ])
    func rooted(_ pattern: String, _ path: String, _ verdict: PathRules.Verdict) throws {
        let rules = PathRules(hidden: [try #require(PathPattern(pattern))])
        #expect(rules.rooted(at: names("/home/p")).verdict(names(path)) == verdict)
    }

    @Test("what can match nothing in a tree is left out there")
    func void() throws {
        let rules = PathRules(hidden: [try #require(PathPattern("/etc/*.key"))], denied: [])
        #expect(rules.rooted(at: names("/home/p")).isEmpty && !rules.rooted(at: names("/etc")).isEmpty)
    }

    @Test("hiding goes before denying")
    func order() throws {
        let rules = PathRules(hidden: [try #require(PathPattern("/a/b"))], denied: [try #require(PathPattern("/a"))])
        #expect(rules.verdict(names("/a")) == .denied)
        #expect(rules.verdict(names("/a/c")) == .denied)
        #expect(rules.verdict(names("/a/b/c")) == .hidden)
        #expect(rules.verdict(names("/b")) == .open)
    }

    @Test(
        "a folder on the way to what a rule names must stay there",
        arguments: [
            ("/home/u/.ssh", "/home", true), ("/home/u/.ssh", "/home/u", true), ("/home/u/.ssh", "/home/v", false),
            ("/home/u/.ssh", "/etc", false), (".env", "/any/where", false), ("**/a/b", "/x/a", true),
            ("**/a/b", "/x/y", false), ("/home/**/key", "/home", true), ("/home/**/key", "/home/u/v", true),
            ("/home/**/key", "/srv", false),
        ])
    func bound(_ pattern: String, _ path: String, _ isBound: Bool) throws {
        #expect(PathRules(denied: [try #require(PathPattern(pattern))]).isBound(names(path)) == isBound)
    }
}

@Suite("owner maps") struct OwnerMapTests {
    @Test("ids are shown and stored by their ranges")
    func ranges() throws {
        let map = try #require(OwnerMap("0:1000:1:100000:0:1000"))
        #expect([0, 100_000, 100_999, 5, 101_000].map { map.shown($0) } == [1000, 0, 999, 65534, 65534])
        #expect(map.stored(1000) == .id(0))
        #expect(map.stored(7) == .id(100_007))
        #expect(map.stored(5000) == .unmapped)
    }

    @Test("a squashed owner is shown alone, and owners on disk stay")
    func squashed() {
        var map = OwnerMap()
        #expect(map.isIdentity && map.shown(5) == 5 && map.stored(5) == .id(5))
        map.squashed = 0
        #expect(map.shown(5) == 0 && map.stored(7) == .unchanged && !map.isIdentity)
    }

    @Test(
        "anything else is no map", arguments: ["", "1", "1:2", "1:2:0", "a:b:c", "1:2:3:4", "4294967295:0:2", "-1:0:1"])
    func invalid(_ text: String) { #expect(OwnerMap(text) == nil) }
}
