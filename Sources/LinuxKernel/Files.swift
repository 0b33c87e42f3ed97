/// openat(2), always close-on-exec. `directory` nil: relative to the working directory.
package func openPath(
    at directory: CInt? = nil, _ path: String, _ flags: CInt, mode: mode_t = 0
) throws(Errno) -> Descriptor {
    Descriptor(
        owning: CInt(
            try path.withKernelPath { (path) throws(Errno) in
                try syscallRetrying(
                    Int(SYS_openat), Int(directory ?? AT_FDCWD), path, Int(flags | O_CLOEXEC), Int(mode))
            }))
}

/// How openat2(2) resolves a path.
package struct Resolve: OptionSet, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package static let noCrossDevice = Resolve(rawValue: UInt64(RESOLVE_NO_XDEV))
    package static let noMagicLinks = Resolve(rawValue: UInt64(RESOLVE_NO_MAGICLINKS))
    package static let noSymlinks = Resolve(rawValue: UInt64(RESOLVE_NO_SYMLINKS))
    package static let beneath = Resolve(rawValue: UInt64(RESOLVE_BENEATH))
    package static let inRoot = Resolve(rawValue: UInt64(RESOLVE_IN_ROOT))
    /// What paths inside a container's root are opened with. A literal in another module is slow.
    package static let insideRoot = Resolve(rawValue: UInt64(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS))
}

/// openat2(2), always close-on-exec; retried when the kernel asks for it (EAGAIN after a concurrent rename).
package func openPath(
    at directory: CInt, _ path: String, _ flags: CInt, mode: mode_t = 0, resolve: Resolve
) throws(Errno) -> Descriptor {
    var how = open_how()
    how.flags = UInt64(flags | O_CLOEXEC)
    how.mode = UInt64(mode)
    how.resolve = resolve.rawValue
    for _ in 0..<128 {
        do {
            let raw = try path.withKernelPath { (path) throws(Errno) in
                try withUnsafePointer(to: &how) { (how) throws(Errno) in
                    try syscallRetrying(
                        Int(SYS_openat2), Int(directory), path, address(how), MemoryLayout<open_how>.size)
                }
            }
            return Descriptor(owning: CInt(raw))
        } catch .resourceTemporarilyUnavailable { continue }
    }
    throw .resourceTemporarilyUnavailable
}

extension String {
    /// The path as a system call argument; a path with a NUL byte in it is EINVAL instead of being cut short.
    @inlinable
    package func withKernelPath<Value>(_ body: (Int) throws(Errno) -> Value) throws(Errno) -> Value {
        let bytes = try kernelPath()
        return try bytes.withUnsafeBufferPointer { (bytes) throws(Errno) in try body(address(bytes.baseAddress)) }
    }

    /// The bytes with a terminating zero.
    @usableFromInline
    package func kernelPath() throws(Errno) -> [UInt8] {
        if utf8.contains(0) { throw .invalidArgument }
        var bytes = Array(utf8)
        bytes.append(0)
        return bytes
    }
}

/// read(2) into `buffer`; the number of bytes, 0 at the end of the file.
package func readBytes(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try syscallRetrying(Int(SYS_read), Int(descriptor), address(buffer.baseAddress), buffer.count)
}

/// Everything from the descriptor's position to its end; more than `limit` bytes is EFBIG.
package func readAll(_ descriptor: CInt, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
        let count = try chunk.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
            try readBytes(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
        }
        if count == 0 { return bytes }
        bytes.append(contentsOf: chunk[..<count])
        if bytes.count > limit { throw .fileTooLarge }
    }
}

/// The whole of a file; more than `limit` bytes is EFBIG.
package func readFile(at directory: CInt? = nil, _ path: String, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
    // Named, so that it stays open: an unnamed descriptor closes once its number has been taken.
    let file = try openPath(at: directory, path, O_RDONLY)
    return try readAll(file.raw, limit: limit)
}

/// The whole of a file as text, invalid UTF-8 repaired; for files of the kernel and of the system.
package func readText(at directory: CInt? = nil, _ path: String) throws(Errno) -> String {
    String(decoding: try readFile(at: directory, path), as: UTF8.self)
}

/// Writes all of `bytes`, in as many write(2) calls as it takes.
package func writeAll(_ descriptor: CInt, _ bytes: [UInt8]) throws(Errno) {
    var done = 0
    while done < bytes.count {
        done += try bytes.withUnsafeBufferPointer { (buffer) throws(Errno) in
            try syscallRetrying(
                Int(SYS_write), Int(descriptor), address(buffer.baseAddress?.advanced(by: done)), bytes.count - done)
        }
    }
}

package func writeAll(_ descriptor: CInt, _ text: String) throws(Errno) { try writeAll(descriptor, Array(text.utf8)) }

/// Writes `text` in one write(2) to an existing file, as the kernel's own files want it.
package func writeFile(at directory: CInt? = nil, _ path: String, _ text: String) throws(Errno) {
    let file = try openPath(at: directory, path, O_WRONLY)
    try writeAll(file.raw, text)
}

/// mkdirat(2).
package func makeDirectory(at directory: CInt? = nil, _ path: String, mode: mode_t = 0o755) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_mkdirat), Int(directory ?? AT_FDCWD), path, Int(mode))
    }
}

/// unlinkat(2); `directory` true removes an empty folder.
package func remove(at base: CInt? = nil, _ path: String, directory: Bool = false) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_unlinkat), Int(base ?? AT_FDCWD), path, directory ? Int(AT_REMOVEDIR) : 0)
    }
}

/// renameat2(2).
package func rename(
    at from: CInt? = nil, _ source: String, to directory: CInt? = nil, _ target: String, flags: CUnsignedInt = 0
) throws(Errno) {
    try source.withKernelPath { (source) throws(Errno) in
        try target.withKernelPath { (target) throws(Errno) -> Void in
            try syscallRetrying(
                Int(SYS_renameat2), Int(from ?? AT_FDCWD), source, Int(directory ?? AT_FDCWD), target, Int(flags))
        }
    }
}

/// symlinkat(2): makes `path` a link whose text is `target`.
package func makeSymbolicLink(to target: String, at directory: CInt? = nil, _ path: String) throws(Errno) {
    try target.withKernelPath { (target) throws(Errno) in
        try path.withKernelPath { (path) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_symlinkat), target, Int(directory ?? AT_FDCWD), path)
        }
    }
}

/// mknodat(2).
package func makeNode(at directory: CInt? = nil, _ path: String, mode: mode_t, device: UInt64 = 0) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_mknodat), Int(directory ?? AT_FDCWD), path, Int(mode), Int(bitPattern: UInt(device)))
    }
}

/// readlinkat(2); an empty `path` reads the link that the descriptor itself is.
package func readLink(at directory: CInt? = nil, _ path: String) throws(Errno) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try path.withKernelPath { (path) throws(Errno) in
        try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
            try syscallRetrying(
                Int(SYS_readlinkat), Int(directory ?? AT_FDCWD), path, address(buffer.baseAddress), buffer.count)
        }
    }
    return String(decoding: buffer[..<count], as: UTF8.self)
}

/// The attributes of a file: fstatat(2). `path` empty: of the descriptor itself.
package func fileStatus(
    at directory: CInt? = nil, _ path: String = "", follow: Bool = true
) throws(Errno) -> stat {
    var status = stat()
    let flags = (path.isEmpty ? Int(AT_EMPTY_PATH) : 0) | (follow ? 0 : Int(AT_SYMLINK_NOFOLLOW))
    try path.withKernelPath { (path) throws(Errno) in
        try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
            try syscallRetrying(
                Int(SYS_newfstatat), Int(directory ?? AT_FDCWD), path, address(status), flags)
        }
    }
    return status
}

extension stat {
    package var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    package var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
    package var isSymbolicLink: Bool { st_mode & S_IFMT == S_IFLNK }
    package var isCharacterDevice: Bool { st_mode & S_IFMT == S_IFCHR }
    package var isSocket: Bool { st_mode & S_IFMT == S_IFSOCK }
}

/// Whether a path exists, links followed. An error other than "not there" counts as there.
package func fileExists(at directory: CInt? = nil, _ path: String) -> Bool {
    do {
        _ = try fileStatus(at: directory, path)
        return true
    } catch {
        return error != .noSuchFileOrDirectory && error != .notDirectory
    }
}

/// fchmodat(2), links followed.
package func setMode(at directory: CInt? = nil, _ path: String, _ mode: mode_t) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fchmodat), Int(directory ?? AT_FDCWD), path, Int(mode))
    }
}

/// fchownat(2); `path` empty: of the descriptor itself. -1 leaves an id as it is.
package func setOwner(
    at directory: CInt? = nil, _ path: String, uid: uid_t, gid: gid_t, follow: Bool = true
) throws(Errno) {
    let flags = (path.isEmpty ? Int(AT_EMPTY_PATH) : 0) | (follow ? 0 : Int(AT_SYMLINK_NOFOLLOW))
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_fchownat), Int(directory ?? AT_FDCWD), path, Int(uid), Int(gid), flags)
    }
}

/// The names in a folder, without `.` and `..`, in the file system's order (getdents64(2)).
package func directoryEntries(of directory: borrowing Descriptor) throws(Errno) -> [String] {
    let descriptor = Int(directory.raw)
    var names: [String] = []
    while true {
        // The buffer is left as it is: clearing 32 KiB for each folder costs more than reading most of them.
        let result: Result<Int, Errno> = withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer in
            do throws(Errno) {
                let count = try syscallRetrying(
                    Int(SYS_getdents64), descriptor, address(buffer.baseAddress), buffer.count)
                append(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: &names)
                return .success(count)
            } catch { return .failure(error) }
        }
        if try result.get() == 0 { return names }
    }
}

/// The names in a folder that end in `ending`, without it, sorted; no hidden ones. None in a folder that is not there, or
/// not the caller's to read.
package func visibleNames(in folder: String, ending: String) -> [String] {
    guard let directory = try? openPath(folder, O_RDONLY | O_DIRECTORY),
        let entries = try? directoryEntries(of: directory)
    else { return [] }
    return entries.filter { $0.hasSuffix(ending) && $0.utf8.first != UInt8(ascii: ".") }
        .map { String($0.dropLast(ending.count)) }.sorted()
}

/// The names of a run of `struct linux_dirent64`.
private func append(_ entries: UnsafeRawBufferPointer, to names: inout [String]) {
    var offset = 0
    while offset + 19 < entries.count {
        let length = Int(entries[offset + 16]) | Int(entries[offset + 17]) << 8
        let name = entries[(offset + 19)..<min(offset + length, entries.count)].prefix { $0 != 0 }
        let isDots = name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8)
        if !isDots { names.append(String(decoding: name, as: UTF8.self)) }
        offset += max(length, 19)
    }
}

/// flock(2): an exclusive lock on an open file, waited for, or EWOULDBLOCK when `wait` is false.
package func lockFile(_ descriptor: CInt, wait: Bool = true) throws(Errno) {
    try syscallRetrying(Int(SYS_flock), Int(descriptor), Int(LOCK_EX) | (wait ? 0 : Int(LOCK_NB)))
}

/// The type number of the file system a descriptor is on (fstatfs(2)), as in <linux/magic.h>.
package func fileSystemType(_ descriptor: CInt) throws(Errno) -> Int {
    var status = statfs()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstatfs), Int(descriptor), address(status))
    }
    return Int(status.f_type)
}

/// The id of the mount a descriptor is on (statx(2), STATX_MNT_ID), without asking the file system; nil on kernels before
/// 5.8.
package func mountID(_ descriptor: CInt) throws(Errno) -> UInt64? {
    var status = statx()
    try "".withKernelPath { (path) throws(Errno) in
        try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
            try syscallRetrying(
                Int(SYS_statx), Int(descriptor), path, Int(AT_EMPTY_PATH) | Int(AT_STATX_DONT_SYNC),
                Int(STATX_MNT_ID), address(status))
        }
    }
    return status.stx_mask & UInt32(STATX_MNT_ID) != 0 ? status.stx_mnt_id : nil
}

/// Whether the mount a descriptor is on is read-only (fstatvfs(3) ST_RDONLY).
package func isOnReadOnlyMount(_ descriptor: CInt) throws(Errno) -> Bool {
    var status = statfs()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstatfs), Int(descriptor), address(status))
    }
    return status.f_flags & 1 != 0
}
