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

/// Milliseconds of the monotonic clock (clock_gettime(2)).
package func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
