/// Calls on open files, and on paths that are bytes.

/// openat2(2) of a zero-terminated path, always close-on-exec; retried when the kernel asks for it.
package func openEntry(
    at folder: CInt, path: EntryName, _ flags: CInt, mode: mode_t = 0, resolve: Resolve
) throws(Errno) -> Descriptor {
    var how = open_how()
    how.flags = UInt64(flags | O_CLOEXEC)
    how.mode = UInt64(mode)
    how.resolve = resolve.rawValue
    for _ in 0..<128 {
        do {
            let raw = try withUnsafePointer(to: &how) { (how) throws(Errno) in
                try syscallRetrying(
                    Int(SYS_openat2), Int(folder), address(path), address(how), MemoryLayout<open_how>.size)
            }
            return Descriptor(owning: CInt(raw))
        } catch .resourceTemporarilyUnavailable { continue }
    }
    throw .resourceTemporarilyUnavailable
}

/// pread(2); 0 at the end of the file.
package func readBytes(
    _ descriptor: CInt, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int {
    try syscallRetrying(Int(SYS_pread64), Int(descriptor), address(buffer.baseAddress), buffer.count, Int(offset))
}

/// Writes all of `bytes`, in as many write(2) calls as it takes.
package func writeAll(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var done = 0
    while done < bytes.count {
        done += try syscallRetrying(
            Int(SYS_write), Int(descriptor), address(bytes.baseAddress?.advanced(by: done)), bytes.count - done)
    }
}

/// Writes all of `bytes` at a place of the file (pwrite(2)).
package func writeAll(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Errno) {
    var done = 0
    while done < bytes.count {
        done += try syscallRetrying(
            Int(SYS_pwrite64), Int(descriptor), address(bytes.baseAddress?.advanced(by: done)), bytes.count - done,
            Int(offset) + done)
    }
}

/// lseek(2) with `SEEK_SET`, `SEEK_DATA` and their like; the new place.
@discardableResult
package func seek(_ descriptor: CInt, to offset: Int64, _ whence: CInt = SEEK_SET) throws(Errno) -> Int64 {
    Int64(try syscallRetrying(Int(SYS_lseek), Int(descriptor), Int(offset), Int(whence)))
}

/// ftruncate(2).
package func setSize(of descriptor: CInt, _ size: Int64) throws(Errno) {
    try syscallRetrying(Int(SYS_ftruncate), Int(descriptor), Int(size))
}

/// fchmod(2).
package func setMode(of descriptor: CInt, _ mode: mode_t) throws(Errno) {
    try syscallRetrying(Int(SYS_fchmod), Int(descriptor), Int(mode))
}

/// fchown(2).
package func setOwner(of descriptor: CInt, uid: uid_t, gid: gid_t) throws(Errno) {
    try syscallRetrying(Int(SYS_fchown), Int(descriptor), Int(uid), Int(gid))
}

/// fsetxattr(2), which needs no `/proc`.
package func setAttribute(of descriptor: CInt, _ attribute: EntryName, _ value: [UInt8]) throws(Errno) {
    try value.withUnsafeBufferPointer { (bytes) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_fsetxattr), Int(descriptor), address(attribute), address(bytes.baseAddress), bytes.count, 0)
    }
}

/// flistxattr(2): the names as bytes, each with its terminating zero.
package func listAttributes(of descriptor: CInt) throws(Errno) -> [UInt8] {
    try growingAttribute(from: 512) { (buffer) throws(Errno) in
        try syscallRetrying(Int(SYS_flistxattr), Int(descriptor), address(buffer.baseAddress), buffer.count)
    }
}

/// fgetxattr(2).
package func getAttribute(of descriptor: CInt, _ attribute: EntryName) throws(Errno) -> [UInt8] {
    try growingAttribute(from: 256) { (buffer) throws(Errno) in
        try syscallRetrying(
            Int(SYS_fgetxattr), Int(descriptor), address(attribute), address(buffer.baseAddress), buffer.count)
    }
}

/// 64 KiB is the most that the kernel gives (xattr(7)).
private func growingAttribute(
    from first: Int, _ call: (UnsafeMutableBufferPointer<UInt8>) throws(Errno) -> Int
) throws(Errno) -> [UInt8] {
    var size = first
    while true {
        var bytes = [UInt8](repeating: 0, count: size)
        do {
            let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Errno) -> Int in try call(buffer) }
            bytes.removeLast(size - count)
            return bytes
        } catch .outOfRange where size < 65536 {
            size = 65536
        }
    }
}

/// syncfs(2): everything of the file system a descriptor is on.
package func syncFileSystem(_ descriptor: CInt) throws(Errno) { try syscallRetrying(Int(SYS_syncfs), Int(descriptor)) }

/// copy_file_range(2) at the two descriptors' own places; 0 at the end of the source.
package func copyRange(from source: CInt, to target: CInt, _ count: Int) throws(Errno) -> Int {
    try syscallRetrying(Int(SYS_copy_file_range), Int(source), 0, Int(target), 0, count, 0)
}

/// flock(2) with `LOCK_SH`, waited for, or EWOULDBLOCK when `wait` is false.
package func shareFile(_ descriptor: CInt, wait: Bool = true) throws(Errno) {
    try syscallRetrying(Int(SYS_flock), Int(descriptor), Int(LOCK_SH) | (wait ? 0 : Int(LOCK_NB)))
}

/// read(2) into an array of bytes from `start` on; 0 at the end of the file.
package func readBytes(_ descriptor: CInt, into bytes: inout [UInt8], from start: Int = 0) throws(Errno) -> Int {
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
        try readBytes(
            descriptor, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[start...]))
    }
}
