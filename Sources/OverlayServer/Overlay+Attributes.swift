import LinuxKernel
import OverlayModel

/// What SETATTR changes; nil leaves it.
struct AttributeChange {
    var mode: mode_t?
    var uid: uid_t?
    var gid: gid_t?
    var size: Int64?
    var accessed: timespec?
    var modified: timespec?
    /// Set-user-id, set-group-id and capabilities go with a change of the size.
    var killsPrivileges = false
}

extension Overlay {
    /// GETATTR.
    func getAttributes(_ node: Node) throws(Errno) -> stat {
        try tree.shared { () throws(Errno) in try attributes(node) }
    }

    /// The attributes of a node as shown; ESTALE when `verify` and its name leads to another inode. The tree lock is
    /// held.
    func attributes(_ node: Node, verify: Bool = false) throws(Errno) -> stat {
        let status = try withEntry(node) { (folder, name, state) throws(Errno) in
            let status =
                if let name {
                    try entryStatus(at: folder, name)
                } else {
                    try descriptorStatus(folder)
                }
            if verify, status.st_mode & S_IFMT != node.kind || state.identity != Identity(status) {
                throw Errno.staleHandle
            }
            return status
        }
        return present(status, node)
    }

    /// Calls `body` with a folder and a name that lead to the node, or with a descriptor of the node itself and nil.
    /// The tree lock is held; the node's own is during the call.
    func withEntry<Value: Sendable>(
        _ node: Node, _ body: (CInt, UnsafePointer<CChar>?, inout Node.State) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        if node === root || node === indexNode {
            let handle = try folder(node, layer: node.branches[0].layer)
            return try node.state.withLock { (state) throws(Errno) in try body(handle.descriptor, nil, &state) }
        }
        return try node.state.withLock { (state) throws(Errno) in
            if state.orphan >= 0 { return try body(state.orphan, nil, &state) }
            guard let location = state.location else { throw Errno.staleHandle }
            let layer = state.branches.first?.layer ?? node.layer.load(ordering: .acquiring)
            let parent = try folder(location.parent, layer: layer)
            return try location.name.withUnsafeBufferPointer { (name) throws(Errno) in
                try body(parent.descriptor, name.baseAddress, &state)
            }
        }
    }

    /// A layer's attributes as the overlay shows them.
    func present(_ status: stat, _ node: Node) -> stat {
        var status = status
        status.st_ino = ino_t(node.number)
        presentOwner(&status)
        // An owner that is none: to the kernel, nobody has privileges over such a file.
        if node.isUnreadable { status.st_uid = .max }
        node.state.withLock { state in
            if state.branches.count > 1 { status.st_nlink = 1 }
            if let links = state.indexedLinks { status.st_nlink = UInt(max(0, links)) }
            if state.orphan >= 0, state.indexedLinks == nil, node.isFolder || !node.isUpperFile {
                status.st_nlink = node.isFolder ? 0 : max(1, status.st_nlink) - 1
            }
        }
        return status
    }

    /// SETATTR: copies up what is needed, changes it, and gives the new attributes.
    func setAttributes(_ file: OpenedFile, _ change: AttributeChange) throws(Errno) -> stat {
        let node = file.node
        _ = try writable()
        try raise(node, CopyUp.forSetAttributes(newSize: change.size))
        return try tree.shared { () throws(Errno) in
            let status = try withEntry(node) { (folder, name, _) throws(Errno) in
                if let size = change.size { try resize(file, folder, name, size) }
                try apply(change, node, folder, name)
                return if let name { try entryStatus(at: folder, name) } else { try descriptorStatus(folder) }
            }
            return present(status, node)
        }
    }

    /// Whether times that the kernel writes back are of no use: it does so for a file whose last name was removed, before
    /// it lets go of it. A lower file would be copied up for nobody.
    func isLettingGo(_ node: Node) -> Bool { !node.isFolder && !table.hasNames(node) }

    private func resize(
        _ file: OpenedFile, _ folder: CInt, _ name: UnsafePointer<CChar>?, _ size: Int64
    ) throws(Errno) {
        let node = file.node
        if let held = holdOpen(file, writing: true) {
            defer { data.leave(held.ticket) }
            try syscallRetrying(Int(SYS_ftruncate), Int(held.descriptor), Int(size))
            return try settle(node, held.descriptor)
        }
        let opened = try openData(folder, name, O_WRONLY)
        try syscallRetrying(Int(SYS_ftruncate), Int(opened.raw), Int(size))
        try settle(node, opened.raw)
    }

    private func apply(
        _ change: AttributeChange, _ node: Node, _ folder: CInt, _ name: UnsafePointer<CChar>?
    ) throws(Errno) {
        let own = "/proc/self/fd/\(folder)"
        if change.uid != nil || change.gid != nil {
            let uid = if let uid = change.uid { try storedUser(uid) } else { uid_t.max }
            let gid = if let gid = change.gid { try storedGroup(gid) } else { gid_t.max }
            if let name {
                try setEntryOwner(at: folder, name, uid: uid, gid: gid)
            } else {
                try setOwner(own, uid: uid, gid: gid)
            }
        }
        if let mode = change.mode {
            guard node.kind != S_IFLNK else { throw .notSupported }
            if let name { try setEntryMode(at: folder, name, mode) } else { try setMode(own, mode) }
        } else if change.killsPrivileges, change.uid == nil, change.gid == nil {
            // A change of the owner has done so already (chown(2)).
            try dropPrivileges(folder, name)
        }
        if change.accessed != nil || change.modified != nil {
            let omit = timespec(tv_sec: 0, tv_nsec: utimeOmit)
            let (accessed, modified) = (change.accessed ?? omit, change.modified ?? omit)
            if let name {
                try setEntryTimes(at: folder, name, accessed: accessed, modified: modified)
            } else {
                try withUnsafeTimes(own, accessed, modified)
            }
        }
    }

    private func withUnsafeTimes(_ path: String, _ accessed: timespec, _ modified: timespec) throws(Errno) {
        var times = (accessed, modified)
        try path.withKernelPath { (path) throws(Errno) -> Void in
            try withUnsafePointer(to: &times) { (times) throws(Errno) -> Void in
                try syscallRetrying(Int(SYS_utimensat), Int(AT_FDCWD), path, address(times), 0)
            }
        }
    }

    /// Clears set-user-id, and set-group-id where the group may execute, as a write by an ordinary user does.
    private func dropPrivileges(_ folder: CInt, _ name: UnsafePointer<CChar>?) throws(Errno) {
        let status = if let name { try entryStatus(at: folder, name) } else { try descriptorStatus(folder) }
        guard let mode = Self.withoutPrivileges(status.st_mode) else { return }
        if let name {
            try setEntryMode(at: folder, name, mode)
        } else {
            try setMode("/proc/self/fd/\(folder)", mode)
        }
    }

    /// The permission bits without the privileges a write ends; nil when there are none.
    static func withoutPrivileges(_ mode: mode_t) -> mode_t? {
        guard mode & S_IFMT == S_IFREG else { return nil }
        var left = mode & 0o7777
        if left & S_ISUID != 0 { left &= ~S_ISUID }
        if left & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP { left &= ~S_ISGID }
        return left == mode & 0o7777 ? nil : left
    }

    /// STATFS: of the layer that takes the changes, or of the topmost.
    func fileSystemStatus() throws(Errno) -> statvfs {
        var status = statvfs()
        let descriptor = roots[0] >= 0 ? roots[0] : roots[1]
        guard fstatvfs(descriptor, &status) == 0 else { throw Errno(rawValue: errno) }
        status.f_namemax = 255
        presentQuota(&status)
        return status
    }

    /// READLINK.
    func readLink(_ node: Node) throws(Errno) -> [UInt8] {
        try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, name, _) throws(Errno) in
                var empty: CChar = 0
                return try LinuxKernel.readLink(at: folder, name ?? withUnsafePointer(to: &empty) { $0 })
            }
        }
    }
}
