import LinuxKernel

/// What stands at a path of a tree: a snapshot of its inode.
package struct TreeEntry: Equatable, Sendable {
    package enum Kind: String, Equatable, Sendable {
        case file, folder
        case link = "symbolic link"
        /// A device, socket or pipe: nothing that a project keeps.
        case special = "special file"
    }

    package var kind: Kind
    /// Permission bits, the set-user-id, set-group-id and sticky ones among them.
    package var mode: UInt32
    package var size: Int64
    package var uid: UInt32
    package var gid: UInt32
    package var device: UInt64
    package var inode: UInt64
    /// Nanoseconds since 1970.
    package var modified: Int64
    /// Of the inode itself: no program can set it (inode(7)).
    package var changed: Int64
    package var links: UInt64

    package init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .link
        default: kind = .special
        }
        mode = UInt32(status.st_mode & 0o7777)
        size = Int64(status.st_size)
        uid = status.st_uid
        gid = status.st_gid
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        modified = TreeEntry.nanoseconds(status.st_mtim)
        changed = TreeEntry.nanoseconds(status.st_ctim)
        links = UInt64(status.st_nlink)
    }

    package init(kind: Kind, mode: UInt32, size: Int64 = 0, uid: UInt32 = 0, gid: UInt32 = 0) {
        self.kind = kind
        self.mode = mode
        self.size = size
        self.uid = uid
        self.gid = gid
        (device, inode, modified, changed, links) = (0, 0, 0, 0, 1)
    }

    static func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }

    /// Whether both belong to the same ids, as far as they are known: 65534 stands for all that are not mapped here.
    func hasOwner(of other: TreeEntry) -> Bool {
        (uid == other.uid || uid == 65534) && (gid == other.gid || gid == 65534)
    }

    /// As git writes it: type and permissions in octal.
    package var gitMode: String {
        switch kind {
        case .file: mode & 0o111 != 0 ? "100755" : "100644"
        case .folder: "040000"
        case .link: "120000"
        case .special: "000000"
        }
    }

    /// What a file gets when it is taken into a project: never more rights than its bits give its owner's account.
    package var appliedMode: UInt32 { mode & 0o777 }
}

/// The entry of a name in an open folder; nil when there is none.
func treeEntry(at folder: CInt, _ name: EntryName) throws(Errno) -> TreeEntry? {
    do { return TreeEntry(try entryStatus(at: folder, name)) } catch {
        if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
        throw error
    }
}
