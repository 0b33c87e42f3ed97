import Launcher
import RuntimeSpec
import Testing

private func range(_ start: UInt32, _ count: UInt32) -> [IDRange] {
    [IDRange(start: start, count: count)].compactMap { $0 }
}

private func triples(_ map: [Spec.Linux.IDMapping]) -> [[UInt32]] { map.map { [$0.containerID, $0.hostID, $0.size] } }

private func facts(uid: UInt32 = 1000) -> IdentityFacts {
    let name = uid == 0 ? "root" : "dev"
    var facts = IdentityFacts(
        account: Account(name: name, uid: uid, gid: uid, home: "/h", shell: "/bin/sh"), uid: uid, gid: uid)
    facts.presentUsers = range(0, .max)
    facts.presentGroups = range(0, .max)
    facts.subordinateUsers = uid == 0 ? [] : range(100_000, 65536)
    facts.subordinateGroups = facts.subordinateUsers
    facts.helpers = MapHelpers(
        newuidmap: .init(path: "/usr/bin/newuidmap", privilege: .setuidRoot),
        newgidmap: .init(path: "/usr/bin/newgidmap", privilege: .fileCapability))
    facts.mayWriteMaps = uid == 0
    return facts
}

@Suite("id maps")
struct IDMapTests {
    @Test("the caller's own id is punched into 0–65535")
    func ordinary() {
        let maps = IDMaps.choose(facts(), asRoot: false)
        let expected: [[UInt32]] = [[0, 100_000, 1000], [1000, 1000, 1], [1001, 101_000, 64535]]
        #expect(triples(maps.users) == expected && triples(maps.groups) == expected)
        #expect(maps.writer == .helpers(newuidmap: "/usr/bin/newuidmap", newgidmap: "/usr/bin/newgidmap"))
        #expect(maps.shortage == nil && maps.hasUser(65535) && !maps.hasUser(65536))
    }

    @Test("as root, 0 is the caller")
    func asRoot() {
        #expect(triples(IDMaps.choose(facts(), asRoot: true).users) == [[0, 1000, 1], [1, 100_000, 65535]])
    }

    @Test("several ranges are used one after the other, and may run out")
    func severalRanges() {
        let ranges = range(100_000, 500) + range(300_000, 1000)
        #expect(
            triples(IDMaps.punched(own: 1000, inside: 1000, ranges: ranges)) == [
                [0, 100_000, 500], [500, 300_000, 500], [1000, 1000, 1], [1001, 300_500, 500],
            ])
    }

    @Test("an own id above 65535 comes after the others")
    func highID() {
        #expect(
            triples(IDMaps.punched(own: 200_000, inside: 200_000, ranges: range(500_000, 65536))) == [
                [0, 500_000, 65536], [200_000, 200_000, 1],
            ])
    }

    @Test("an own id that the granted range contains is mapped once")
    func ownInRange() {
        let map = IDMaps.punched(own: 100_005, inside: 0, ranges: range(100_000, 10))
        #expect(triples(map) == [[0, 100_005, 1], [1, 100_000, 5], [6, 100_006, 4]])
    }

    @Test("no id is mapped twice on either side", arguments: [UInt32(0), 1, 999, 65535, 65536, 70000])
    func disjoint(inside: UInt32) {
        let map = IDMaps.punched(own: 1234, inside: inside, ranges: range(1000, 300) + range(5000, 70000))
        var left: Set<UInt32> = []
        var right: Set<UInt32> = []
        for entry in map {
            for offset in 0..<entry.size {
                #expect(left.insert(entry.containerID + offset).inserted)
                #expect(right.insert(entry.hostID + offset).inserted)
            }
        }
        #expect((0..<65536).allSatisfy { left.contains($0) })
    }

    @Test("root keeps 0 and takes a block of ids that no user has")
    func root() {
        let maps = IDMaps.choose(facts(uid: 0), asRoot: false)
        #expect(triples(maps.users) == [[0, 0, 1], [1, 0x6FFF_0000, 65535]])
        #expect(maps.writer == .direct && maps.shortage == nil)
    }

    @Test("root with subordinate ids takes those")
    func rootWithIDs() {
        var facts = facts(uid: 0)
        facts.subordinateUsers = range(200_000, 65536)
        #expect(triples(IDMaps.choose(facts, asRoot: false).users) == [[0, 0, 1], [1, 200_000, 65535]])
    }

    @Test("no line of a map reaches over two of the container's own, which the kernel refuses")
    func nestedLines() {
        var facts = facts(uid: 0)
        facts.presentUsers = range(0, 1) + range(1, 1000) + range(1001, 64536)
        #expect(
            triples(IDMaps.choose(facts, asRoot: false).users) == [[0, 0, 1], [1, 1, 1000], [1001, 1001, 64535]])
    }

    @Test("root of a container without that block takes the container's own ids")
    func nestedRoot() {
        var facts = facts(uid: 0)
        facts.presentUsers = range(0, 65536)
        #expect(triples(IDMaps.choose(facts, asRoot: false).users) == [[0, 0, 65536]])
    }

    @Test(
        "what is missing leaves one id, and has a remedy that names it",
        arguments: [
            (IDMaps.Shortage.noSubordinateIDs(user: "dev"), "usermod"),
            (.helperMissing("newuidmap"), "sudo apt-get install uidmap"),
            (.helperPowerless("/usr/bin/newgidmap", .none), "chmod u+s /usr/bin/newgidmap"),
            (.helperPowerless("/usr/bin/newgidmap", .onNoSuidMount), "remount,suid"),
            (.foreignGroup(gid: 100, login: 1000), "newgrp"),
        ])
    func shortages(shortage: IDMaps.Shortage, remedy: String) {
        var facts = facts()
        switch shortage {
        case .noSubordinateIDs: facts.subordinateGroups = []
        case .helperMissing: facts.helpers.newuidmap = nil
        case .helperPowerless(_, let privilege): facts.helpers.newgidmap?.privilege = privilege
        case .foreignGroup(let gid, _): facts.gid = gid
        case .idsOutsideNamespace, .noCapability: Issue.record("not in this table")
        }
        let maps = IDMaps.choose(facts, asRoot: false)
        #expect(maps.shortage == shortage && maps.writer == .direct)
        #expect(triples(maps.users) == [[1000, 1000, 1]] && triples(maps.groups) == [[facts.gid, facts.gid, 1]])
        #expect(shortage.remedy(on: .debian, firstFree: 165_536)?.contains(remedy) == true)
    }

    @Test("ids that the file grants and the namespace lacks are none")
    func outsideNamespace() {
        var facts = facts()
        facts.subordinateUsers = SubordinateIDs.limit(facts.subordinateUsers, to: range(0, 65536))
        facts.grantsOutsideNamespace = true
        #expect(IDMaps.choose(facts, asRoot: false).shortage == .idsOutsideNamespace(user: "dev"))
    }

    @Test("a powerless helper first in the list gives way to a working one")
    func helperSearch() {
        var host = FakeHost()
        host.privileges = [
            "/usr/bin/newuidmap": ExecutablePrivilege.none, "/run/wrappers/bin/newuidmap": .setuidRoot,
            "/bin/newgidmap": .onNoSuidMount,
        ]
        let helpers = MapHelpers.find(files: host)
        #expect(helpers.newuidmap?.path == "/run/wrappers/bin/newuidmap")
        #expect(helpers.newgidmap?.privilege == .onNoSuidMount)
    }
}
