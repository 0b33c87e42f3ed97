import Diagnostics
import LinuxKernel
import OverlayModel

/// Lays the members of a layer's archive into a folder, in the form that overlays read.
///
/// Runs as uid 0 of a user namespace with the folder as its root, so that nothing else is in reach whatever the names
/// are. Links on the way are followed as the image's own programs would follow them.
struct Unpacker: ~Copyable {
    /// The layer's folder.
    let root: Descriptor
    /// Ids that can own files (`/proc/self/uid_map`).
    let users: [ClosedRange<Int64>]
    let groups: [ClosedRange<Int64>]
    var report = UnpackReport()
    /// Whiteouts take away what is there, instead of being laid down for an overlay.
    var applies = false

    /// The folder that the last member was in: most archives go folder by folder.
    private var folder: Descriptor
    private var folderPath: [CChar] = []
    private var folderGivesGroup = false
    /// Set at the end, since every new member changes its folder's.
    private var folderTimes: [[CChar]: timespec] = [:]

    init(users: [ClosedRange<Int64>], groups: [ClosedRange<Int64>]) throws(SandboxError) {
        let root = try attempt("open the layer's folder") { () throws(Errno) in
            try openPath("/", O_RDONLY | O_DIRECTORY)
        }
        let folder = try attempt("open the layer's folder") { () throws(Errno) in try root.duplicate() }
        self.users = users
        self.groups = groups
        self.root = root
        self.folder = folder
    }

    /// Unpacks everything that `reader` gives.
    mutating func unpack(_ reader: inout TarReader, limits: UnpackLimits) throws(SandboxError) {
        while let entry = try reader.next(limit: limits.entries) {
            let path = try MemberPath(entry.path)
            let (bytes, overflows) = report.bytes.addingReportingOverflow(entry.storedSize)
            if overflows || bytes > limits.bytes {
                throw UnpackLimits.tooLarge(limits.bytes)
            }
            do throws(Errno) {
                try lay(entry, path, &reader)
            } catch {
                throw Unpacker.failure(error, entry)
            }
            if let failure { throw failure.within("\"\(shown(entry.path))\"") }
            report.bytes = bytes
        }
        report.entries = reader.headerCount
        try finishFolders()
    }

    /// What a step found out that is no failure of the kernel.
    var failure: SandboxError?

    private static func failure(_ error: Errno, _ entry: TarEntry) -> SandboxError {
        let what = "unpack \"\(shown(entry.path))\""
        switch error {
        case .noSpace: return SandboxError(error, what, remedy: "make room on the store's disk: sandbox image prune")
        case Errno(rawValue: EDQUOT): return SandboxError(error, what, remedy: "the user's quota is used up")
        default: return SandboxError(error, what)
        }
    }

    private mutating func lay(
        _ entry: TarEntry, _ path: MemberPath, _ reader: inout TarReader
    ) throws(Errno) {
        switch path.meaning {
        case .ignored: return
        case .opaque:
            try enter(path.folder)
            return try markOpaque(folder.raw)
        case .whiteout:
            try enter(path.folder)
            return try whiteOut(path.name)
        case .member: break
        }
        if path.name.isEmpty {
            if entry.kind == .folder { try finishFolder(root.raw, entry, [0x2E, 0]) }
            return
        }
        try enter(path.folder)
        switch entry.kind {
        case .file: try layFile(entry, path.name, &reader)
        case .folder: try layFolder(entry, path)
        case .symbolicLink: try laySymbolicLink(entry, path.name)
        case .hardLink: try layHardLink(entry, path.name)
        case .fifo: try layFIFO(entry, path.name)
        case .characterDevice, .blockDevice:
            _ = try clear(path.name)
            report.devices += 1
        }
    }

    /// Opens the folder at `path`, and makes what is missing of it.
    private mutating func enter(_ path: [CChar]) throws(Errno) {
        if path == folderPath { return }
        folderPath = []
        do {
            folder = try openEntry(at: root.raw, path: path, O_RDONLY | O_DIRECTORY, resolve: .inRoot)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            try makeFolders(path)
            folder = try openEntry(at: root.raw, path: path, O_RDONLY | O_DIRECTORY, resolve: .inRoot)
        }
        folderPath = path
        folderGivesGroup = try descriptorStatus(folder.raw).st_mode & S_ISGID != 0
    }

    /// Folders that the archive names only as parts of other names belong to root.
    private func makeFolders(_ path: [CChar]) throws(Errno) {
        let names = path.dropLast().split(separator: 0x2F)
        for count in 1...max(1, names.count) {
            let part = Array(names.prefix(count).joined(separator: [0x2F])) + [0]
            do { _ = try openEntry(at: root.raw, path: part, O_PATH | O_DIRECTORY, resolve: .inRoot) } catch {
                guard error == .noSuchFileOrDirectory else { throw error }
                let parent = Array(names.prefix(count - 1).joined(separator: [0x2F])) + [0]
                let above = try openEntry(
                    at: root.raw, path: count == 1 ? [0x2E, 0] : parent, O_PATH | O_DIRECTORY, resolve: .inRoot)
                try makeFolder(at: above.raw, Array(names[count - 1]) + [0], mode: 0o755)
            }
        }
    }

    private mutating func layFile(_ entry: TarEntry, _ name: [CChar], _ reader: inout TarReader) throws(Errno) {
        let flags = O_WRONLY | O_CREAT | O_EXCL
        let file: Descriptor
        do { file = try openEntry(at: folder.raw, name, flags, mode: entry.mode & 0o777) } catch {
            guard error == .fileExists else { throw error }
            _ = try clear(name)
            file = try openEntry(at: folder.raw, name, flags, mode: entry.mode & 0o777)
        }
        do throws(SandboxError) { try fill(file.raw, entry, &reader) } catch {
            failure = error
            return
        }
        let owner = owner(of: entry)
        if owner != Owner(uid: 0, gid: 0) || folderGivesGroup {
            try setOwner(of: file.raw, uid: owner.uid, gid: owner.gid)
        }
        // A change of owner takes setuid and setgid away, and open(2) never sets them.
        if entry.mode & 0o7000 != 0 { try setMode(of: file.raw, entry.mode) }
        try setAttributes(file.raw, entry)
        try setTimes(of: file.raw, accessed: entry.modified, modified: entry.modified)
    }

    private mutating func layFolder(_ entry: TarEntry, _ path: MemberPath) throws(Errno) {
        var hides = false
        do { try makeFolder(at: folder.raw, path.name, mode: 0o700) } catch {
            guard error == .fileExists else { throw error }
            if try !entryStatus(at: folder.raw, path.name).isDirectory {
                hides = try clear(path.name)
                try makeFolder(at: folder.raw, path.name, mode: 0o700)
            }
        }
        let made = try openEntry(at: folder.raw, path.name, O_RDONLY | O_DIRECTORY)
        if hides { try markOpaque(made.raw) }
        let full = path.folder == [0x2E, 0] ? path.name : path.folder.dropLast() + [0x2F] + path.name
        try finishFolder(made.raw, entry, full)
        // A file that is laid into it next must see whether it passes its group on.
        if full == folderPath { folderPath = [] }
    }

    private mutating func finishFolder(_ made: CInt, _ entry: TarEntry, _ path: [CChar]) throws(Errno) {
        let owner = owner(of: entry)
        try setOwner(of: made, uid: owner.uid, gid: owner.gid)
        try setMode(of: made, entry.mode)
        try setAttributes(made, entry)
        folderTimes[path] = entry.modified
    }

    private mutating func laySymbolicLink(_ entry: TarEntry, _ name: [CChar]) throws(Errno) {
        let target = entry.target.map { CChar(bitPattern: $0) } + [0]
        do { try makeSymbolicLink(target, at: folder.raw, name) } catch {
            guard error == .fileExists else { throw error }
            _ = try clear(name)
            try makeSymbolicLink(target, at: folder.raw, name)
        }
        try finishName(entry, name)
        // The kernel has no user.* attributes on links, and no other may be set here.
        report.attributes += entry.attributes.count
    }

    private mutating func layFIFO(_ entry: TarEntry, _ name: [CChar]) throws(Errno) {
        _ = try clear(name)
        try makeNode(at: folder.raw, name, mode: S_IFIFO | 0o600, device: 0)
        let owner = owner(of: entry)
        try setEntryOwner(at: folder.raw, name, uid: owner.uid, gid: owner.gid)
        try setEntryMode(at: folder.raw, name, entry.mode)
        try setEntryTimes(at: folder.raw, name, accessed: entry.modified, modified: entry.modified)
        report.attributes += entry.attributes.count
    }

    private mutating func finishName(_ entry: TarEntry, _ name: [CChar]) throws(Errno) {
        let owner = owner(of: entry)
        if owner != Owner(uid: 0, gid: 0) || folderGivesGroup {
            try setEntryOwner(at: folder.raw, name, uid: owner.uid, gid: owner.gid)
        }
        try setEntryTimes(at: folder.raw, name, accessed: entry.modified, modified: entry.modified)
    }

    private mutating func layHardLink(_ entry: TarEntry, _ name: [CChar]) throws(Errno) {
        let target: MemberPath
        do throws(SandboxError) { target = try MemberPath(entry.target) } catch {
            failure = error
            return
        }
        guard target.meaning == .member, !target.name.isEmpty else { throw .invalidArgument }
        do {
            let other = try openEntry(at: root.raw, path: target.folder, O_PATH | O_DIRECTORY, resolve: .inRoot)
            let there = try entryStatus(at: other.raw, target.name)
            if let here = try status(name), here.st_ino == there.st_ino, here.st_dev == there.st_dev { return }
            _ = try clear(name)
            try linkEntry(at: other.raw, target.name, to: folder.raw, name)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            failure = SandboxError(
                .invalidInput, "a hard link to \"\(shown(entry.target))\", which the archive does not hold")
        }
    }

    private mutating func finishFolders() throws(SandboxError) {
        for (path, time) in folderTimes {
            do throws(Errno) {
                let made = try openEntry(
                    at: root.raw, path: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, resolve: .inRoot)
                try setTimes(of: made.raw, accessed: time, modified: time)
            } catch {
                // A later member has taken the folder's place.
                let isReplaced = [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error)
                if !isReplaced { throw SandboxError(error, "set a folder's time") }
            }
        }
    }

    /// The folder that members are laid into.
    var present: CInt { folder.raw }
}
