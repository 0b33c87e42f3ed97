/// The two ends of a pipe, close-on-exec (pipe2(2)).
package struct Pipe: ~Copyable {
    package let reading: Descriptor
    package let writing: Descriptor

    package init() throws(Errno) {
        var ends: (CInt, CInt) = (-1, -1)
        try withUnsafeMutablePointer(to: &ends) { (ends) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_pipe2), address(ends), Int(O_CLOEXEC))
        }
        reading = Descriptor(owning: ends.0)
        writing = Descriptor(owning: ends.1)
    }

    /// Hands both numbers over to the caller, who closes them.
    package consuming func release() -> (reading: CInt, writing: CInt) { (reading.release(), writing.release()) }
    /// The reading end alone; the writing end is closed.
    package consuming func takeReading() -> Descriptor { reading }
    /// The writing end alone; the reading end is closed.
    package consuming func takeWriting() -> Descriptor { writing }
}

extension Pipe {
    /// Makes room for so many bytes, each piece put in taking a page at least (fcntl(2) F_SETPIPE_SZ). EPERM beyond what an
    /// ordinary user may have (/proc/sys/fs/pipe-max-size).
    package borrowing func makeRoom(_ bytes: Int) throws(Errno) {
        try syscallRetrying(Int(SYS_fcntl), Int(writing.raw), Int(F_SETPIPE_SZ), bytes)
    }
}

/// splice(2): passes up to `count` bytes on without copying them, one of the ends being a pipe; from a position of a file
/// or from where it stands. How many bytes went, 0 at the end.
package func passBytes(
    from source: CInt, at position: Int64? = nil, to target: CInt, _ count: Int
) throws(Errno) -> Int {
    var offset = position ?? 0
    return try withUnsafeMutablePointer(to: &offset) { (offset) throws(Errno) in
        let from = position == nil ? 0 : Int(bitPattern: offset)
        return try syscallRetrying(Int(SYS_splice), Int(source), from, Int(target), 0, count, 0)
    }
}

/// Milliseconds of the monotonic clock (clock_gettime(2)).
package func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
