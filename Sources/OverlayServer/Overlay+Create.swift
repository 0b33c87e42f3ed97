import LinuxKernel
import OverlayModel

/// Who asks for something new, in the ids of the server's user namespace.
struct Requester {
    var uid: uid_t
    var gid: gid_t
    var umask: mode_t
}

extension Overlay {
    private static let defaultACL = "system.posix_acl_default"

    /// MKNOD of anything but a folder. 0:0 devices are refused with EPERM, for they are whiteouts.
    func makeNode(
        _ parent: Node, _ name: [CChar], mode: mode_t, device: dev_t, _ requester: Requester
    ) throws(Errno) -> (Node, stat) {
        if mode & S_IFMT == S_IFCHR, device == 0 { throw .notPermitted }
        return try tree.shared { () throws(Errno) in
            let mode = try effectiveMode(mode, parent, requester)
            try put(parent, name, isFolder: false) { (folder, target, staged) throws(Errno) in
                try LinuxKernel.makeNode(at: folder, target, mode: mode, device: device)
                try adopt(folder, target, mode, parent, requester, staged: staged)
            }
            return try enterNew(parent, name)
        }
    }

    /// MKDIR.
    func makeFolder(
        _ parent: Node, _ name: [CChar], mode: mode_t, _ requester: Requester
    ) throws(Errno) -> (Node, stat) {
        try tree.shared { () throws(Errno) in
            let mode = try effectiveMode(mode, parent, requester)
            try put(parent, name, isFolder: true) { (folder, target, staged) throws(Errno) in
                try LinuxKernel.makeFolder(at: folder, target, mode: mode)
                try adopt(folder, target, mode | S_IFDIR, parent, requester, staged: staged)
            }
            return try enterNew(parent, name)
        }
    }

    /// SYMLINK.
    func makeSymbolicLink(
        _ parent: Node, _ name: [CChar], to target: [CChar], _ requester: Requester
    ) throws(Errno) -> (Node, stat) {
        try tree.shared { () throws(Errno) in
            try put(parent, name, isFolder: false) { (folder, place, staged) throws(Errno) in
                try LinuxKernel.makeSymbolicLink(target, at: folder, place)
                try adopt(folder, place, S_IFLNK, parent, requester, staged: staged)
            }
            return try enterNew(parent, name)
        }
    }

    /// CREATE: makes a file and opens it; the descriptor is in use.
    func create(
        _ parent: Node, _ name: [CChar], mode: mode_t, flags: CInt, _ requester: Requester
    ) throws(Errno) -> (Node, stat, DataTicket) {
        try tree.shared { () throws(Errno) in
            let mode = try effectiveMode(mode | S_IFREG, parent, requester)
            var made: CInt = -1
            try put(parent, name, isFolder: false) { (folder, target, staged) throws(Errno) in
                let opening = descriptorFlags(flags) & ~O_TRUNC | O_NONBLOCK | O_CREAT | O_EXCL
                let file = try openEntry(at: folder, target, opening, mode: mode & 0o7777)
                try adopt(folder, target, mode, parent, requester, staged: staged)
                made = file.release()
            }
            let file = Descriptor(owning: made)
            let found = Found(status: try descriptorStatus(file.raw), layer: 0)
            quota?.add(bytes: Quota.bytes(found.status), inodes: 1)
            let (node, status) = enter(found, parent, name)
            return (node, status, handOut(node, file, isWritable: flags & O_ACCMODE != O_RDONLY))
        }
    }

    /// LINK: another name for a file, which is copied up first.
    func link(_ node: Node, _ parent: Node, _ name: [CChar]) throws(Errno) -> stat {
        _ = try writable()
        try raise(node, .all)
        return try tree.shared { () throws(Errno) in
            try put(parent, name, isFolder: false) { (folder, target, _) throws(Errno) in
                try withEntry(node) { (source, sourceName, state) throws(Errno) in
                    if let sourceName {
                        try linkEntry(at: source, sourceName, to: folder, target)
                    } else {
                        try linkDescriptor(source, to: folder, target)
                    }
                    countLinks(&state, 1)
                }
            }
            let identity = node.state.withLock { $0.identity }
            if node.origin != identity || node.location.map({ isImpure($0.parent) }) == true {
                markImpure(parent, try folder(parent, layer: 0).descriptor)
            }
            table.addName(node, parent, name)
            table.register(node, identity)
            return try attributes(node)
        }
    }

    /// Calls `make` with the place of a new name in the upper, or with one in the stage where a whiteout has to give
    /// way, and then puts what was made in its place in one step. The tree lock is held.
    func put(
        _ parent: Node, _ name: [CChar], isFolder: Bool, make: (CInt, [CChar], Bool) throws(Errno) -> Void
    ) throws(Errno) {
        let workshop = try writable()
        if workshop.believesNames, WhiteoutName.isReserved(name) { throw .notPermitted }
        if name.count > 256 { throw .fileNameTooLong }
        try quota?.admit(bytes: 0, inodes: 1)
        let folder = try upperFolder(parent).descriptor
        let isNamed = workshop.believesNames && hasEntry(folder, WhiteoutName.of(name))
        if !isNamed {
            do throws(Errno) {
                return try make(folder, name, false)
            } catch .fileExists where !options.writesThrough {
                guard try isWhiteout(entryStatus(at: folder, name)) else { throw .fileExists }
            }
        }
        let staged = workshop.temporaryName()
        do throws(Errno) {
            try make(workshop.stage, staged, true)
            if isFolder { try workshop.makeOpaque(workshop.stage, staged) }
            if isNamed {
                try renameEntry(at: workshop.stage, staged, to: folder, name, .noReplace)
                try removeEntry(at: folder, WhiteoutName.of(name))
            } else if isFolder {
                try renameEntry(at: workshop.stage, staged, to: folder, name, .exchange)
                try removeEntry(at: workshop.stage, staged)
            } else {
                try renameEntry(at: workshop.stage, staged, to: folder, name)
            }
        } catch {
            if isFolder { workshop.discardFolder(staged) } else { try? removeEntry(at: workshop.stage, staged) }
            throw error
        }
    }

    /// Gives a new file its owner, and back the bits that a change of owner takes. Files made in the stage also get
    /// what they would have inherited from their folder.
    private func adopt(
        _ folder: CInt, _ name: [CChar], _ mode: mode_t, _ parent: Node, _ requester: Requester, staged: Bool
    ) throws(Errno) {
        do throws(Errno) {
            try give(folder, name, mode, parent, requester, staged: staged)
        } catch {
            // Nobody has seen it yet; what is staged is removed by who staged it.
            if !staged { try? removeEntry(at: folder, name, folder: mode & S_IFMT == S_IFDIR) }
            throw error
        }
    }

    private func give(
        _ folder: CInt, _ name: [CChar], _ mode: mode_t, _ parent: Node, _ requester: Requester, staged: Bool
    ) throws(Errno) {
        let uid = try storedUser(requester.uid)
        var gid = try storedGroup(requester.gid)
        let isOwn = (uid == ownUser || uid == .max) && (gid == ownGroup || gid == .max)
        if !staged, isOwn { return }
        var mode = mode
        let above = try descriptorStatus(try upperFolder(parent).descriptor)
        if above.st_mode & S_ISGID != 0 {
            gid = above.st_gid
            if mode & S_IFMT == S_IFDIR { mode |= S_ISGID }
        }
        try setEntryOwner(at: folder, name, uid: uid, gid: gid)
        let hasPrivilege = mode & (S_ISUID | S_ISGID) != 0
        if mode & S_IFMT != S_IFLNK, hasPrivilege { try setEntryMode(at: folder, name, mode & 0o7777) }
    }

    /// The mode with the caller's umask taken off, unless the folder's default access list takes its place
    /// (umask(2)).
    func effectiveMode(_ mode: mode_t, _ parent: Node, _ requester: Requester) throws(Errno) -> mode_t {
        if requester.umask & 0o777 == 0 { return mode }
        let known = parent.state.withLock { $0.hasDefaultACL }
        let hasACL: Bool
        if let known {
            hasACL = known
        } else {
            guard let layer = parent.branches.first?.layer else { throw .noSuchFileOrDirectory }
            hasACL = Self.attributeNames(try folder(parent, layer: layer).descriptor, nil).contains(Self.defaultACL)
            parent.state.withLock { $0.hasDefaultACL = hasACL }
        }
        return hasACL ? mode : mode & ~(requester.umask & 0o777)
    }

    /// Enters what was just made in the upper.
    private func enterNew(_ parent: Node, _ name: [CChar]) throws(Errno) -> (Node, stat) {
        let folder = try folder(parent, layer: 0)
        var found = Found(status: try entryStatus(at: folder.descriptor, name), layer: 0)
        quota?.add(bytes: Quota.bytes(found.status), inodes: 1)
        if OverlayServer.isFolder(found.status) { found.branches = [Branch(layer: 0)] }
        return enter(found, parent, name)
    }
}
