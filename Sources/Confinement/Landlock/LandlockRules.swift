/// What a Landlock ruleset forbids unless a rule allows it (landlock(7)).
package struct FileRights: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let execute = FileRights(rawValue: 1 << 0)
    package static let writeFile = FileRights(rawValue: 1 << 1)
    package static let readFile = FileRights(rawValue: 1 << 2)
    package static let readFolder = FileRights(rawValue: 1 << 3)
    package static let removeFolder = FileRights(rawValue: 1 << 4)
    package static let removeFile = FileRights(rawValue: 1 << 5)
    package static let makeCharacterDevice = FileRights(rawValue: 1 << 6)
    package static let makeFolder = FileRights(rawValue: 1 << 7)
    package static let makeFile = FileRights(rawValue: 1 << 8)
    package static let makeSocket = FileRights(rawValue: 1 << 9)
    package static let makePipe = FileRights(rawValue: 1 << 10)
    package static let makeBlockDevice = FileRights(rawValue: 1 << 11)
    package static let makeLink = FileRights(rawValue: 1 << 12)
    /// Linking and renaming between folders, ABI 2.
    package static let refer = FileRights(rawValue: 1 << 13)
    /// ABI 3.
    package static let truncate = FileRights(rawValue: 1 << 14)
    /// ioctl(2) on devices, ABI 5.
    package static let deviceRequest = FileRights(rawValue: 1 << 15)

    package static let read: FileRights = [.execute, .readFile, .readFolder]
    package static let all = FileRights(rawValue: (1 << 16) - 1)
    /// Those that make sense for something that is no folder.
    package static let ofFiles: FileRights = [.execute, .writeFile, .readFile, .truncate, .deviceRequest]

    /// Those a kernel's version knows.
    package static func known(_ version: Int) -> FileRights {
        switch version {
        case ...0: []
        case 1: FileRights(rawValue: (1 << 13) - 1)
        case 2: FileRights(rawValue: (1 << 14) - 1)
        case 3, 4: FileRights(rawValue: (1 << 15) - 1)
        default: .all
        }
    }
}

/// A second wall behind the mounts: what it allows is what the mounts show.
package struct LandlockRules: Equatable, Sendable {
    /// What is allowed at a path of the command's root and below it.
    package struct Path: Equatable, Sendable {
        package var path: String
        package var rights: FileRights

        package init(_ path: String, _ rights: FileRights) {
            self.path = path
            self.rights = rights
        }
    }

    /// Nil: files are not restricted.
    package var paths: [Path]?
    /// TCP ports the command may bind; nil: all (ABI 4).
    package var bindPorts: [UInt16]?
    /// TCP ports it may connect to; nil: all (ABI 4).
    package var connectPorts: [UInt16]?
    package var scopes: [Profile.Landlock.Scope]

    package init(
        paths: [Path]? = nil, bindPorts: [UInt16]? = nil, connectPorts: [UInt16]? = nil,
        scopes: [Profile.Landlock.Scope] = []
    ) {
        self.paths = paths
        self.bindPorts = bindPorts
        self.connectPorts = connectPorts
        self.scopes = scopes
    }

    /// The rules that mirror mounts: everything may be read, and changed below the writable places.
    package static func mirroring(writable: [String], scopes: [Profile.Landlock.Scope]) -> LandlockRules {
        LandlockRules(
            paths: [Path("/", .read.union(.deviceRequest))] + writable.map { Path($0, .all) }, scopes: scopes)
    }
}
