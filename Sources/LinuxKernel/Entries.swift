/// Calls on one name in an open folder. The names are zero-terminated bytes, for file systems that must pass on
/// names which are not text; symbolic links are never followed.
package typealias EntryName = UnsafePointer<CChar>

/// fstatat(2) without following a link and without starting an automount.
package func entryStatus(at folder: CInt, _ name: EntryName) throws(Errno) -> stat {
    var status = stat()
    let flags = Int(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_newfstatat), Int(folder), address(name), address(status), flags)
    }
    return status
}

/// fstat(2); also of an `O_PATH` descriptor.
package func descriptorStatus(_ descriptor: CInt) throws(Errno) -> stat {
    var status = stat()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstat), Int(descriptor), address(status))
    }
    return status
}

/// openat(2), always close-on-exec and without following a link at the end.
package func openEntry(at folder: CInt, _ name: EntryName, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor
{
    let all = Int(flags | O_CLOEXEC | O_NOFOLLOW)
    return Descriptor(owning: CInt(try syscallRetrying(Int(SYS_openat), Int(folder), address(name), all, Int(mode))))
}

/// A second open file of a descriptor's inode, through `/proc/self/fd`; works for `O_PATH` descriptors.
package func reopen(_ descriptor: CInt, _ flags: CInt) throws(Errno) -> Descriptor {
    try openPath("/proc/self/fd/\(descriptor)", flags)
}

/// mkdirat(2).
package func makeFolder(at folder: CInt, _ name: EntryName, mode: mode_t) throws(Errno) {
    try syscallRetrying(Int(SYS_mkdirat), Int(folder), address(name), Int(mode))
}

/// mknodat(2).
package func makeNode(at folder: CInt, _ name: EntryName, mode: mode_t, device: dev_t) throws(Errno) {
    try syscallRetrying(Int(SYS_mknodat), Int(folder), address(name), Int(mode), Int(device))
}

/// symlinkat(2).
package func makeSymbolicLink(_ target: EntryName, at folder: CInt, _ name: EntryName) throws(Errno) {
    try syscallRetrying(Int(SYS_symlinkat), address(target), Int(folder), address(name))
}

/// linkat(2) from a name to a name.
package func linkEntry(at from: CInt, _ name: EntryName, to folder: CInt, _ target: EntryName) throws(Errno) {
    try syscallRetrying(Int(SYS_linkat), Int(from), address(name), Int(folder), address(target), 0)
}

/// linkat(2) of an open file, also one made with `O_TMPFILE`, through `/proc/self/fd`.
package func linkDescriptor(_ descriptor: CInt, to folder: CInt, _ target: EntryName) throws(Errno) {
    try "/proc/self/fd/\(descriptor)".withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_linkat), Int(AT_FDCWD), path, Int(folder), address(target), Int(AT_SYMLINK_FOLLOW))
    }
}

/// unlinkat(2).
package func removeEntry(at folder: CInt, _ name: EntryName, folder isFolder: Bool = false) throws(Errno) {
    try syscallRetrying(Int(SYS_unlinkat), Int(folder), address(name), isFolder ? Int(AT_REMOVEDIR) : 0)
}

/// The flags of renameat2(2).
package struct RenameFlags: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let noReplace = RenameFlags(rawValue: 1)
    package static let exchange = RenameFlags(rawValue: 2)
    package static let whiteout = RenameFlags(rawValue: 4)
}

/// renameat2(2).
package func renameEntry(
    at from: CInt, _ name: EntryName, to folder: CInt, _ target: EntryName, _ flags: RenameFlags = []
) throws(Errno) {
    try syscallRetrying(
        Int(SYS_renameat2), Int(from), address(name), Int(folder), address(target), Int(flags.rawValue))
}

/// readlinkat(2): the target's bytes, without a terminating zero.
package func readLink(at folder: CInt, _ name: EntryName) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
        try syscallRetrying(
            Int(SYS_readlinkat), Int(folder), address(name), address(buffer.baseAddress), buffer.count)
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// fchmodat(2). The kernel's call follows links, so it must not be used on one.
package func setEntryMode(at folder: CInt, _ name: EntryName, _ mode: mode_t) throws(Errno) {
    try syscallRetrying(Int(SYS_fchmodat), Int(folder), address(name), Int(mode))
}

/// fchownat(2) of the name itself; `UInt32.max` leaves an id as it is.
package func setEntryOwner(at folder: CInt, _ name: EntryName, uid: uid_t, gid: gid_t) throws(Errno) {
    try syscallRetrying(
        Int(SYS_fchownat), Int(folder), address(name), Int(uid), Int(gid), Int(AT_SYMLINK_NOFOLLOW))
}

/// utimensat(2) of the name itself; `UTIME_NOW` and `UTIME_OMIT` are understood.
package func setEntryTimes(
    at folder: CInt, _ name: EntryName, accessed: timespec, modified: timespec
) throws(Errno) {
    var times = (accessed, modified)
    try withUnsafePointer(to: &times) { (times) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_utimensat), Int(folder), address(name), address(times), Int(AT_SYMLINK_NOFOLLOW))
    }
}

/// futimens(3).
package func setTimes(of descriptor: CInt, accessed: timespec, modified: timespec) throws(Errno) {
    var times = (accessed, modified)
    try withUnsafePointer(to: &times) { (times) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_utimensat), Int(descriptor), 0, address(times), 0)
    }
}

/// The nanoseconds that stand for the present time, and for leaving a time as it is (utimensat(2)).
package let utimeNow = (1 << 30) - 1
package let utimeOmit = (1 << 30) - 2
