import RuntimeSpec

/// The bits of mount_setattr(2), so that plans need no kernel header.
package enum MountAttribute {
    package static let readOnly: UInt64 = 0x1
    package static let noSuid: UInt64 = 0x2
    package static let noDev: UInt64 = 0x4
    package static let noExec: UInt64 = 0x8
    package static let accessTimeMask: UInt64 = 0x70
    package static let noAccessTime: UInt64 = 0x10
    package static let strictAccessTime: UInt64 = 0x20
    package static let noDirectoryAccessTime: UInt64 = 0x80
    package static let noSymlinkFollow: UInt64 = 0x20_0000
}

/// How mount events pass between a mount and its copies (mount_namespaces(7)).
package enum Propagation: String, Equatable, Sendable, CaseIterable {
    case `private`, shared, slave, unbindable

    /// The `MS_*` bit that mount(2) and mount_setattr(2) take.
    package var bits: UInt64 {
        switch self {
        case .unbindable: 1 << 17
        case .private: 1 << 18
        case .slave: 1 << 19
        case .shared: 1 << 20
        }
    }
}

/// What a list of mount options says (runtime-spec `config.md` Mounts, mount(8)).
package struct MountOptions: Equatable, Sendable {
    /// Attribute bits to set and to clear on the mount itself.
    package var set: UInt64 = 0
    package var clear: UInt64 = 0
    /// The same for the mount and everything mounted below it (`rro`, `rnosuid`, …).
    package var recursiveSet: UInt64 = 0
    package var recursiveClear: UInt64 = 0
    /// Propagation changes in the order given; `recursive` for `rshared` and its like.
    package var propagation: [(kind: Propagation, recursive: Bool)] = []
    package var isBind = false
    package var isRecursiveBind = false
    /// `relatime` was asked for: in the attributes it is nothing but the lack of the other modes.
    package var isRelativeAccessTime = false
    /// An id-mapped mount (`idmap`, `ridmap`).
    package var idMap: IDMapScope?
    /// Fill a new tmpfs with what its mount point held (`tmpcopyup`).
    package var copyUp = false
    /// Mount the source's symbolic link itself (`copy-symlink`, `src-nofollow`).
    package var copySymlink = false
    package var sourceNoFollow = false
    package var destinationNoFollow = false
    /// Superblock flags by name (`sync`, `dirsync`, `lazytime`, …), for new file systems.
    package var superblockFlags: [String] = []
    /// Everything else: data for the file system.
    package var data: [String] = []

    package enum IDMapScope: Equatable, Sendable { case mount, recursive }

    package static func == (a: MountOptions, b: MountOptions) -> Bool {
        a.set == b.set && a.clear == b.clear && a.recursiveSet == b.recursiveSet
            && a.recursiveClear == b.recursiveClear && a.isBind == b.isBind
            && a.isRecursiveBind == b.isRecursiveBind && a.isRelativeAccessTime == b.isRelativeAccessTime
            && a.idMap == b.idMap && a.copyUp == b.copyUp
            && a.copySymlink == b.copySymlink && a.sourceNoFollow == b.sourceNoFollow
            && a.destinationNoFollow == b.destinationNoFollow && a.superblockFlags == b.superblockFlags
            && a.data == b.data && a.propagation.elementsEqual(b.propagation, by: ==)
    }

    /// Reads options in order; of two that contradict each other the later one counts.
    package init(parsing options: [String]) {
        for option in options { apply(option) }
    }

    private mutating func apply(_ option: String) {
        if let bits = Self.attributes[option] {
            if (bits.set | bits.clear) & MountAttribute.accessTimeMask != 0 {
                isRelativeAccessTime = option == "relatime"
            }
            return change(bits.set, bits.clear)
        }
        if option.hasPrefix("r"), let bits = Self.attributes[String(option.dropFirst())] {
            return changeRecursively(bits.set, bits.clear)
        }
        if let kind = Propagation(rawValue: option) { return propagation.append((kind, false)) }
        if option.hasPrefix("r"), let kind = Propagation(rawValue: String(option.dropFirst())) {
            return propagation.append((kind, true))
        }
        switch option {
        case "defaults", "": break
        case "bind": isBind = true
        case "rbind":
            isBind = true
            isRecursiveBind = true
        case "idmap": idMap = .mount
        case "ridmap": idMap = .recursive
        case "tmpcopyup": copyUp = true
        case "copy-symlink": copySymlink = true
        case "src-nofollow": sourceNoFollow = true
        case "dest-nofollow": destinationNoFollow = true
        case "silent", "loud": break  // how much the kernel logs is not the mount's to say (mount(8))
        case "sync", "dirsync", "lazytime", "mand", "iversion": superblockFlags.append(option)
        case "async": superblockFlags.removeAll { $0 == "sync" }
        case "nolazytime", "nomand", "noiversion":
            let positive = String(option.dropFirst(2))
            superblockFlags.removeAll { $0 == positive }
        default: data.append(option)
        }
    }

    private mutating func change(_ set: UInt64, _ clear: UInt64) {
        self.set = self.set & ~clear | set
        self.clear = self.clear & ~set | clear
    }

    /// The mount itself is among those changed, so this takes back what was said of it before; what is said of it
    /// later is an exception to this.
    private mutating func changeRecursively(_ set: UInt64, _ clear: UInt64) {
        self.set &= ~(set | clear)
        self.clear &= ~(set | clear)
        recursiveSet = recursiveSet & ~clear | set
        recursiveClear = recursiveClear & ~set | clear
    }

    private static let attributes: NameTable<(set: UInt64, clear: UInt64)> = {
        let access = MountAttribute.accessTimeMask
        return [
            "ro": (MountAttribute.readOnly, 0), "rw": (0, MountAttribute.readOnly),
            "nosuid": (MountAttribute.noSuid, 0), "suid": (0, MountAttribute.noSuid),
            "nodev": (MountAttribute.noDev, 0), "dev": (0, MountAttribute.noDev),
            "noexec": (MountAttribute.noExec, 0), "exec": (0, MountAttribute.noExec),
            "noatime": (MountAttribute.noAccessTime, access), "atime": (0, access),
            "strictatime": (MountAttribute.strictAccessTime, access), "nostrictatime": (0, access),
            "relatime": (0, access), "norelatime": (0, access),
            "nodiratime": (MountAttribute.noDirectoryAccessTime, 0),
            "diratime": (0, MountAttribute.noDirectoryAccessTime),
            "nosymfollow": (MountAttribute.noSymlinkFollow, 0), "symfollow": (0, MountAttribute.noSymlinkFollow),
        ]
    }()

    /// Every option name that has a meaning of its own, for the `features` document.
    package static let knownNames: [String] = {
        let own = [
            "bind", "rbind", "idmap", "ridmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow", "sync",
            "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand", "iversion", "noiversion", "silent", "loud",
            "defaults",
        ]
        let kinds = Propagation.allCases.map(\.rawValue)
        let names = attributes.map(\.key) + attributes.map { "r" + $0.key } + kinds + kinds.map { "r" + $0 } + own
        return names.sorted()
    }()
}
