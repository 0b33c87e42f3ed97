/// seccomp(2) SECCOMP_SET_MODE_FILTER with a program of `sock_filter` instructions.
///
/// 0, or with NEW_LISTENER the number of the listener (close-on-exec, the caller's), or with TSYNC alone the id of a
/// thread that could not take the filter.
package func installFilter(_ program: UnsafeRawBufferPointer, flags: UInt32) throws(Errno) -> Int {
    guard let length = UInt16(exactly: program.count / 8) else { throw .invalidArgument }
    var header = sock_fprog()
    header.len = length
    header.filter = UnsafeMutablePointer(
        mutating: program.baseAddress?.assumingMemoryBound(to: sock_filter.self))
    return try withUnsafePointer(to: &header) { (header) throws(Errno) in
        try syscallRetrying(Int(SYS_seccomp), 1, Int(flags), address(header))
    }
}

/// memfd_create(2), close-on-exec.
package func memoryFile(_ name: String) throws(Errno) -> Descriptor {
    Descriptor(
        owning: CInt(
            try name.withKernelPath { (name) throws(Errno) in try syscallRetrying(Int(SYS_memfd_create), name, 1) }))
}
