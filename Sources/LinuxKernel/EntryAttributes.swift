/// Extended attributes of a name in an open folder, links not followed (xattr(7)).
///
/// The calls go through `/proc/self/fd/N/NAME`, which works with `O_PATH` descriptors on every kernel.
private func withEntryPath<Value>(
    _ folder: CInt, _ name: EntryName?, _ body: (Int) throws(Errno) -> Value
) throws(Errno) -> Value {
    var path: [CChar] = Array("/proc/self/fd/\(folder)".utf8CString)
    if let name {
        path[path.count - 1] = 0x2f
        path.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }
    return try path.withUnsafeBufferPointer { (path) throws(Errno) in try body(address(path.baseAddress)) }
}

/// lgetxattr(2), or getxattr(2) of the descriptor itself when `name` is nil: the size, or the size needed when
/// `buffer` is empty.
package func getAttribute(
    at folder: CInt, _ name: EntryName?, _ attribute: EntryName, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int {
    if let name, hasGetAttributeAt { return try getAttributeAt(folder, name, attribute, into: buffer) }
    let call = name == nil ? Int(SYS_getxattr) : Int(SYS_lgetxattr)
    return try withEntryPath(folder, name) { (path) throws(Errno) in
        try syscallRetrying(call, path, address(attribute), address(buffer.baseAddress), buffer.count)
    }
}

/// The same on every architecture that Swift knows; the headers of older systems lack it.
private let getxattratNumber = 464

/// Kernel 6.13 was the first; it refuses the arguments' size.
private let hasGetAttributeAt = clinux_syscall(getxattratNumber, -1, 0, 0, 0, 0, 0) == -Int(EINVAL)

/// getxattrat(2), which spares the way through `/proc`; not for the descriptor itself, which may be `O_PATH`.
private func getAttributeAt(
    _ folder: CInt, _ name: EntryName, _ attribute: EntryName, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int {
    // struct xattr_args: the value's address, its size, flags.
    var arguments = (UInt64(UInt(bitPattern: buffer.baseAddress)), UInt32(clamping: buffer.count), UInt32(0))
    return try withUnsafeMutablePointer(to: &arguments) { (arguments) throws(Errno) in
        try syscallRetrying(
            getxattratNumber, Int(folder), address(name), Int(AT_SYMLINK_NOFOLLOW), address(attribute),
            Int(bitPattern: arguments), 16)
    }
}

/// The value of an attribute; ENODATA when it is not set.
package func getAttribute(at folder: CInt, _ name: EntryName?, _ attribute: EntryName) throws(Errno) -> [UInt8] {
    var size = 256
    while true {
        var value = [UInt8](repeating: 0, count: size)
        do {
            let count = try value.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try getAttribute(at: folder, name, attribute, into: UnsafeMutableRawBufferPointer(buffer))
            }
            value.removeLast(size - count)
            return value
        } catch .outOfRange where size < 65536 {
            size = 65536
        }
    }
}

/// lsetxattr(2); `flags` are `XATTR_CREATE` and `XATTR_REPLACE`.
package func setAttribute(
    at folder: CInt, _ name: EntryName?, _ attribute: EntryName, _ value: UnsafeRawBufferPointer, flags: CInt = 0
) throws(Errno) {
    let call = name == nil ? Int(SYS_setxattr) : Int(SYS_lsetxattr)
    try withEntryPath(folder, name) { (path) throws(Errno) -> Void in
        try syscallRetrying(call, path, address(attribute), address(value.baseAddress), value.count, Int(flags))
    }
}

package func setAttribute(
    at folder: CInt, _ name: EntryName?, _ attribute: EntryName, _ value: [UInt8]
) throws(Errno) {
    try value.withUnsafeBufferPointer { (bytes) throws(Errno) in
        try setAttribute(at: folder, name, attribute, UnsafeRawBufferPointer(bytes))
    }
}

/// lremovexattr(2).
package func removeAttribute(at folder: CInt, _ name: EntryName?, _ attribute: EntryName) throws(Errno) {
    let call = name == nil ? Int(SYS_removexattr) : Int(SYS_lremovexattr)
    try withEntryPath(folder, name) { (path) throws(Errno) -> Void in
        try syscallRetrying(call, path, address(attribute))
    }
}

/// llistxattr(2): the names as bytes, each with its terminating zero.
package func listAttributes(at folder: CInt, _ name: EntryName?) throws(Errno) -> [UInt8] {
    let call = name == nil ? Int(SYS_listxattr) : Int(SYS_llistxattr)
    var size = 512
    while true {
        var names = [UInt8](repeating: 0, count: size)
        do {
            let count = try names.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try withEntryPath(folder, name) { (path) throws(Errno) in
                    try syscallRetrying(call, path, address(buffer.baseAddress), buffer.count)
                }
            }
            names.removeLast(size - count)
            return names
        } catch .outOfRange where size < 65536 {
            size = 65536
        }
    }
}
