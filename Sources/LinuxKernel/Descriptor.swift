/// An owned file descriptor: closed when it goes out of scope, never copied.
///
/// Everything that makes one sets close-on-exec.
package struct Descriptor: ~Copyable, Sendable {
    package let raw: CInt

    /// Takes over `raw`, which nobody else may close.
    package init(owning raw: CInt) { self.raw = raw }

    deinit { if raw >= 0 { close(raw) } }

    /// Hands the number over to the caller, who closes it.
    package consuming func release() -> CInt {
        let number = raw
        discard self
        return number
    }

    /// A second descriptor of the same open file, close-on-exec, numbered `minimum` or higher (fcntl(2) F_DUPFD_CLOEXEC).
    package borrowing func duplicate(minimum: CInt = 3) throws(Errno) -> Descriptor {
        Descriptor(owning: CInt(try syscallRetrying(Int(SYS_fcntl), Int(raw), Int(F_DUPFD_CLOEXEC), Int(minimum))))
    }

    /// `/proc/self/fd/N`, for calls that take only a path.
    package var procPath: String { "/proc/self/fd/\(raw)" }
}

/// Sets or clears close-on-exec of a descriptor number (fcntl(2) F_SETFD).
package func setCloseOnExec(_ raw: CInt, _ on: Bool) throws(Errno) {
    try syscallRetrying(Int(SYS_fcntl), Int(raw), Int(F_SETFD), on ? Int(FD_CLOEXEC) : 0)
}

/// dup3(2): makes `target` another name of `source`; kept over exec unless `closeOnExec`.
package func duplicate(_ source: CInt, onto target: CInt, closeOnExec: Bool = false) throws(Errno) {
    if source == target {
        try setCloseOnExec(source, closeOnExec)
    } else {
        try syscallRetrying(Int(SYS_dup3), Int(source), Int(target), closeOnExec ? Int(O_CLOEXEC) : 0)
    }
}

/// Sets close-on-exec on every descriptor numbered `first` or higher (close_range(2)).
///
/// Kernels before 5.11 lack the flag; there every entry of `/proc/self/fd` is set by itself.
package func setCloseOnExec(from first: CInt) throws(Errno) {
    do {
        try syscallRetrying(Int(SYS_close_range), Int(first), Int(CUnsignedInt.max), 4)
    } catch .noFunction, .invalidArgument {
        for number in try openDescriptors() where number >= first {
            do { try setCloseOnExec(number, true) } catch .badFileDescriptor {}  // the listing's own, closed since
        }
    }
}

/// Closes every descriptor numbered `first` or higher but the kept ones (close_range(2); before 5.9 one by one).
package func closeDescriptors(from first: CInt, except kept: [CInt]) throws(Errno) {
    do {
        var next = first
        for number in kept.sorted() where number >= next {
            if number > next { try syscallRetrying(Int(SYS_close_range), Int(next), Int(number) - 1, 0) }
            next = number + 1
        }
        try syscallRetrying(Int(SYS_close_range), Int(next), Int(CUnsignedInt.max), 0)
    } catch .noFunction {
        for number in try openDescriptors() where number >= first && !kept.contains(number) { close(number) }
    }
}

/// The numbers of all descriptors this process has open, read from `/proc/self/fd`.
package func openDescriptors() throws(Errno) -> [CInt] {
    try directoryEntries(of: openPath("/proc/self/fd", O_RDONLY | O_DIRECTORY)).compactMap { CInt($0) }
}

// In a function that never returns (a cloned child's) a descriptor closes after its last use, which may be the reading
// of `raw`: such code passes descriptors on as `borrowing`, or owns plain numbers.
