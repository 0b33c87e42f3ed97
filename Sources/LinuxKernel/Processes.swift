/// A process that this one made: its number and a descriptor that names it for good.
package struct Child: ~Copyable {
    package let pid: pid_t
    package let handle: Descriptor

    package init(pid: pid_t, handle: consuming Descriptor) {
        self.pid = pid
        self.handle = handle
    }
}

/// Which side of a clone one is on.
package enum CloneSide: ~Copyable {
    case parent(Child)
    case child
}

/// clone3(2) without a new stack, as fork: legal only while this process has one thread.
///
/// Where clone3 is missing or refused by a seccomp filter (ENOSYS, EPERM from old container engines), clone(2) is
/// taken; it cannot place the child in a cgroup, so `cgroup` then throws ENOSYS.
/// - Parameter flags: `CLONE_*` bits; CLONE_PIDFD is added.
package func cloneProcess(flags: UInt64, cgroup: CInt? = nil) throws(Errno) -> CloneSide {
    var handle: CInt = -1
    var result = withUnsafeMutablePointer(to: &handle) { handle in
        modernClone(flags: flags, cgroup: cgroup, handle: handle)
    }
    if result == -Int(ENOSYS), cgroup == nil, flags & ~0xFFFF_FFFF == 0 {
        result = withUnsafeMutablePointer(to: &handle) { handle in legacyClone(flags: flags, handle: handle) }
    }
    _ = try check(result)
    if result == 0 { return .child }
    return .parent(Child(pid: pid_t(result), handle: Descriptor(owning: handle)))
}

private func modernClone(flags: UInt64, cgroup: CInt?, handle: UnsafeMutablePointer<CInt>) -> Int {
    var arguments = clinux_clone_args()
    arguments.flags = flags | UInt64(CLINUX_CLONE_PIDFD)
    arguments.pidfd = UInt64(UInt(bitPattern: handle))
    arguments.exit_signal = flags & UInt64(CLONE_PARENT) != 0 ? 0 : UInt64(SIGCHLD)
    if let cgroup {
        arguments.flags |= UInt64(CLINUX_CLONE_INTO_CGROUP)
        arguments.cgroup = UInt64(cgroup)
    }
    return withUnsafeMutablePointer(to: &arguments) { arguments in
        clinux_syscall(Int(SYS_clone3), address(arguments), MemoryLayout<clinux_clone_args>.size, 0, 0, 0, 0)
    }
}

private func legacyClone(flags: UInt64, handle: UnsafeMutablePointer<CInt>) -> Int {
    let signal = flags & UInt64(CLONE_PARENT) != 0 ? 0 : UInt64(SIGCHLD)
    let all = flags | UInt64(CLINUX_CLONE_PIDFD) | signal
    // x86_64 and arm64 agree on the first three arguments: flags, stack, parent_tid (here: the pidfd).
    return clinux_syscall(Int(SYS_clone), Int(truncatingIfNeeded: all), 0, address(handle), 0, 0, 0)
}

/// How a process ended or stopped.
package enum WaitStatus: Equatable, Sendable {
    case exited(CInt)
    case signaled(CInt)
    case stopped(CInt)

    /// The shell's convention: the exit status itself, or 128 + the signal's number.
    package var exitCode: CInt {
        switch self {
        case .exited(let code): code
        case .signaled(let signal), .stopped(let signal): 128 + signal
        }
    }
}

/// wait4(2): `pid` -1 waits for any child; nil when `options` has WNOHANG and nothing has happened.
package func waitForProcess(_ pid: pid_t, options: CInt = 0) throws(Errno) -> (pid: pid_t, status: WaitStatus)? {
    var status: CInt = 0
    let result = try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) in
        try syscallRetrying(Int(SYS_wait4), Int(pid), address(status), Int(options), 0)
    }
    if result == 0 { return nil }
    if clinux_wifstopped(status) != 0 { return (pid_t(result), .stopped(clinux_wstopsig(status))) }
    if clinux_wifsignaled(status) != 0 { return (pid_t(result), .signaled(clinux_wtermsig(status))) }
    return (pid_t(result), .exited(clinux_wexitstatus(status)))
}

/// pidfd_open(2).
package func openProcess(_ pid: pid_t) throws(Errno) -> Descriptor {
    Descriptor(owning: CInt(try syscallRetrying(Int(SYS_pidfd_open), Int(pid), 0)))
}

/// pidfd_send_signal(2); kill(2) cannot hit a recycled pid this way.
package func sendSignal(_ signal: CInt, toProcess handle: CInt) throws(Errno) {
    try syscallRetrying(Int(SYS_pidfd_send_signal), Int(handle), Int(signal), 0, 0)
}

/// kill(2).
package func sendSignal(_ signal: CInt, to pid: pid_t) throws(Errno) {
    try syscallRetrying(Int(SYS_kill), Int(pid), Int(signal))
}

/// setns(2).
package func enterNamespace(_ descriptor: CInt, kinds: CInt = 0) throws(Errno) {
    try syscallRetrying(Int(SYS_setns), Int(descriptor), Int(kinds))
}

/// unshare(2).
package func unshareNamespaces(_ flags: CInt) throws(Errno) { try syscallRetrying(Int(SYS_unshare), Int(flags)) }

/// A null-terminated vector of C strings that lives as long as this value.
package struct StringVector: ~Copyable {
    package let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    package init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 1)
        for (index, text) in strings.enumerated() { pointer[index] = strdup(text) }
        pointer[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}

/// execve(2); returns only by throwing.
package func execute(_ path: String, arguments: [String], environment: [String]) throws(Errno) -> Never {
    let arguments = StringVector(arguments)
    let environment = StringVector(environment)
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallOnce(Int(SYS_execve), path, address(arguments.pointer), address(environment.pointer))
    }
    throw .invalidArgument
}

/// execveat(2) of an open file; comes back only by throwing.
package func execute(
    descriptor: CInt, arguments: borrowing StringVector, environment: borrowing StringVector
) throws(Errno) {
    try "".withKernelPath { (empty) throws(Errno) -> Void in
        try syscallOnce(
            Int(SYS_execveat), Int(descriptor), empty, address(arguments.pointer), address(environment.pointer),
            Int(AT_EMPTY_PATH))
    }
}

/// This process's environment as `NAME=VALUE`.
package func environment() -> [String] {
    var entries: [String] = []
    guard var next = clinux_environ() else { return [] }
    while let entry = next.pointee {
        entries.append(String(cString: entry))
        next += 1
    }
    return entries
}
