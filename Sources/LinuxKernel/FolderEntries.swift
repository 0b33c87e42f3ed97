/// One record of getdents64(2), valid during the callback it is given to.
package struct FolderEntry {
    package var inode: UInt64
    package var type: UInt8
    /// Zero-terminated.
    package var name: EntryName
}

/// Calls `body` for every entry of an open folder, `.` and `..` left out (getdents64(2)).
package func forEachEntry(
    of folder: CInt, _ body: (FolderEntry) throws(Errno) -> Void
) throws(Errno) {
    let size = 65536
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        let count = try syscallRetrying(Int(SYS_getdents64), Int(folder), Int(bitPattern: buffer), size)
        if count == 0 { return }
        var offset = 0
        while offset < count {
            let record = UnsafeRawPointer(buffer) + offset
            let name = (record + 19).assumingMemoryBound(to: CChar.self)
            offset += Int(record.load(fromByteOffset: 16, as: UInt16.self))
            if name[0] == 0x2e && (name[1] == 0 || (name[1] == 0x2e && name[2] == 0)) { continue }
            try body(
                FolderEntry(
                    inode: record.load(as: UInt64.self), type: record.load(fromByteOffset: 18, as: UInt8.self),
                    name: name))
        }
    }
}

/// Asks for the entries of an open folder once and forgets them: a file system that is served by a process then has told
/// of them, and the kernel need not ask for each.
package func prefetchEntries(of folder: CInt) throws(Errno) {
    let size = 65536
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    try syscallRetrying(Int(SYS_getdents64), Int(folder), Int(bitPattern: buffer), size)
}
