import ContainerPlan
import Testing

/// What one option alone means: bits as mount_setattr(2) has them.
private let attributes: [(name: String, set: UInt64, clear: UInt64)] = [
    ("ro", 0x1, 0), ("rw", 0, 0x1), ("nosuid", 0x2, 0), ("suid", 0, 0x2), ("nodev", 0x4, 0), ("dev", 0, 0x4),
    ("noexec", 0x8, 0), ("exec", 0, 0x8), ("noatime", 0x10, 0x70), ("atime", 0, 0x70),
    ("strictatime", 0x20, 0x70), ("nostrictatime", 0, 0x70), ("relatime", 0, 0x70), ("norelatime", 0, 0x70),
    ("nodiratime", 0x80, 0), ("diratime", 0, 0x80), ("nosymfollow", 0x20_0000, 0), ("symfollow", 0, 0x20_0000),
]

private let kinds: [(String, Propagation)] = [
    ("private", .private), ("shared", .shared), ("slave", .slave), ("unbindable", .unbindable),
]

/// The options that are neither attributes nor propagation, and what each makes of no options at all.
private let others: [(name: String, change: @Sendable (inout MountOptions) -> Void)] = [
    ("bind", { $0.isBind = true }),
    (
        "rbind",
        {
            $0.isBind = true
            $0.isRecursiveBind = true
        }
    ),
    ("idmap", { $0.idMap = .mount }), ("ridmap", { $0.idMap = .recursive }), ("tmpcopyup", { $0.copyUp = true }),
    ("copy-symlink", { $0.copySymlink = true }), ("src-nofollow", { $0.sourceNoFollow = true }),
    ("dest-nofollow", { $0.destinationNoFollow = true }), ("sync", { $0.superblockFlags = ["sync"] }),
    ("dirsync", { $0.superblockFlags = ["dirsync"] }), ("lazytime", { $0.superblockFlags = ["lazytime"] }),
    ("mand", { $0.superblockFlags = ["mand"] }), ("iversion", { $0.superblockFlags = ["iversion"] }),
    ("silent", { _ in }), ("async", { _ in }), ("nolazytime", { _ in }),
    ("nomand", { _ in }), ("noiversion", { _ in }), ("loud", { _ in }), ("defaults", { _ in }),
]

private func parsed(_ options: String...) -> MountOptions { MountOptions(parsing: options) }

private func expected(_ change: (inout MountOptions) -> Void) -> MountOptions {
    var options = parsed()
    change(&options)
    return options
}

@Suite("mount options")
struct MountOptionsTests {
    @Test("attributes, plain and recursive", arguments: attributes)
    func attribute(name: String, set: UInt64, clear: UInt64) {
        let plain = expected {
            $0.set = set
            $0.clear = clear
            $0.isRelativeAccessTime = name == "relatime"
        }
        let recursive = expected {
            $0.recursiveSet = set
            $0.recursiveClear = clear
        }
        #expect(parsed(name) == plain)
        #expect(parsed("r" + name) == recursive)
    }

    @Test("propagation, plain and recursive, in the order given", arguments: kinds)
    func propagation(name: String, kind: Propagation) {
        #expect(parsed(name) == expected { $0.propagation = [(kind, false)] })
        #expect(parsed("r" + name) == expected { $0.propagation = [(kind, true)] })
        #expect(parsed(name, "rslave") == expected { $0.propagation = [(kind, false), (.slave, true)] })
    }

    @Test("propagation bits are the kernel's MS_ constants")
    func propagationBits() {
        #expect(Propagation.allCases.map(\.bits) == [0x40000, 0x100000, 0x80000, 0x20000])
    }

    @Test("the other options", arguments: others.indices)
    func other(index: Int) { #expect(parsed(others[index].name) == expected(others[index].change)) }

    @Test("the tables of this suite hold every name that is published")
    func complete() {
        let names = attributes.flatMap { [$0.name, "r" + $0.name] } + kinds.flatMap { [$0.0, "r" + $0.0] }
        #expect(MountOptions.knownNames == (names + others.map(\.name)).sorted())
        #expect(Set(MountOptions.knownNames).count == MountOptions.knownNames.count)
    }

    @Test("a published name is never taken for data", arguments: MountOptions.knownNames)
    func neverData(name: String) { #expect(parsed(name).data.isEmpty) }

    @Test(
        "of two attributes that contradict each other the later one counts",
        arguments: [
            ("ro", "rw", 0x1), ("nosuid", "suid", 0x2), ("nodev", "dev", 0x4), ("noexec", "exec", 0x8),
            ("nodiratime", "diratime", 0x80), ("nosymfollow", "symfollow", 0x20_0000),
        ] as [(String, String, UInt64)])
    func contradictions(on: String, off: String, bit: UInt64) {
        #expect(parsed(on, off) == expected { $0.clear = bit })
        #expect(parsed(off, on) == expected { $0.set = bit })
        #expect(parsed(on, off, on) == expected { $0.set = bit })
        #expect(parsed("r" + on, "r" + off) == expected { $0.recursiveClear = bit })
        #expect(parsed("r" + off, "r" + on) == expected { $0.recursiveSet = bit })
    }

    @Test("a recursive attribute takes back what an earlier one said of the mount itself")
    func recursiveAfterPlain() {
        #expect(parsed("ro", "rrw") == expected { $0.recursiveClear = 0x1 })
        #expect(parsed("rw", "rro") == expected { $0.recursiveSet = 0x1 })
        let access = expected {
            $0.set = 0x1
            $0.recursiveSet = 0x10
            $0.recursiveClear = 0x70
        }
        #expect(parsed("strictatime", "ro", "rnoatime") == access)
    }

    @Test("a plain attribute after a recursive one is an exception for the mount itself")
    func plainAfterRecursive() {
        let writableTop = expected {
            $0.recursiveSet = 0x1
            $0.clear = 0x1
        }
        #expect(parsed("rro", "rw") == writableTop)
    }

    @Test("the access time is one field: the last mode counts")
    func accessTime() {
        let strict = expected {
            $0.set = 0x20
            $0.clear = 0x70
        }
        let relative = expected {
            $0.clear = 0x70
            $0.isRelativeAccessTime = true
        }
        #expect(parsed("noatime", "strictatime") == strict)
        #expect(parsed("noatime", "relatime") == relative)
        let both = expected {
            $0.set = 0x90
            $0.clear = 0x70
        }
        #expect(parsed("strictatime", "nodiratime", "noatime") == both)
    }

    @Test("superblock flags are taken back by their opposites, and only by these")
    func superblock() {
        #expect(parsed("sync", "dirsync", "async") == expected { $0.superblockFlags = ["dirsync"] })
        #expect(parsed("lazytime", "mand", "nolazytime") == expected { $0.superblockFlags = ["mand"] })
        #expect(parsed("silent", "loud", "iversion", "noiversion", "mand", "nomand") == parsed())
        #expect(parsed("async", "sync") == expected { $0.superblockFlags = ["sync"] })
    }

    @Test("bind and rbind together are recursive in either order, as engines write them")
    func bothBinds() {
        #expect(parsed("rbind", "bind") == parsed("rbind"))
        #expect(parsed("bind", "rbind") == parsed("rbind"))
    }

    @Test("the later id map counts")
    func idMaps() {
        #expect(parsed("ridmap", "idmap").idMap == .mount)
        #expect(parsed("idmap", "ridmap").idMap == .recursive)
    }

    @Test("everything else is data of the file system, as it is and in order")
    func data() {
        let own = [
            "size=65536k", "mode=755", "r", "rr", "RO", "ro ", "rbinds", "gid=5", "rsize=4096", "context=\"a,b\"", "é",
            "rdefaults", "rsync", "rrro",
        ]
        #expect(MountOptions(parsing: own) == expected { $0.data = own })
        let mixed = expected {
            $0.set = 0x2
            $0.data = ["size=1m", "size=2m"]
        }
        #expect(parsed("size=1m", "nosuid", "", "defaults", "size=2m") == mixed)
    }
}
