/// What a program that ran to its end left behind.
package struct ProgramOutput: Equatable, Sendable {
    package var status: WaitStatus
    /// Its standard output.
    package var bytes: [UInt8]
}

/// Runs a program to its end with an empty standard input, no standard error and an environment of PATH only, and
/// returns what it wrote (posix_spawn(3)).
///
/// More than `limit` bytes of output is EFBIG.
package func runProgram(_ path: String, _ arguments: [String], limit: Int = 1 << 20) throws(Errno) -> ProgramOutput {
    var ends: [CInt] = [-1, -1]
    try ends.withUnsafeMutableBufferPointer { (ends) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_pipe2), address(ends.baseAddress), Int(O_CLOEXEC))
    }
    let output = Descriptor(owning: ends[0])
    let pid: pid_t
    do {
        let input = Descriptor(owning: ends[1])
        pid = try spawn(path, arguments, output: input.raw)
    }
    var bytes: [UInt8] = []
    var failure: Errno?
    do { bytes = try readAll(output.raw, limit: limit) } catch {
        failure = error
        // The program may be gone already; its status is collected below in either case.
        try? sendSignal(SIGKILL, to: pid)
    }
    guard let ended = try waitForProcess(pid) else { throw .noChildProcess }
    if let failure { throw failure }
    return ProgramOutput(status: ended.status, bytes: bytes)
}

private func spawn(_ path: String, _ arguments: [String], output: CInt) throws(Errno) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words = StringVector([path] + arguments)
    let environment = StringVector(["PATH=/usr/bin:/bin:/usr/sbin:/sbin"])
    var pid: pid_t = 0
    let result = posix_spawn(&pid, path, &actions, nil, words.pointer, environment.pointer)
    if result != 0 { throw Errno(rawValue: result) }
    return pid
}

/// Runs `body` in a child process made by clone(2) and returns the number it returned, 0–255.
///
/// For trying what would change this process for good, such as unshare(2). Legal only while this process has one
/// thread. A child that a signal ended counts as 128 and the signal's number.
package func inChildProcess(_ body: () -> UInt8) throws(Errno) -> UInt8 {
    switch try cloneProcess(flags: 0) {
    case .child:
        _exit(CInt(body()))
    case .parent(let child):
        guard let ended = try waitForProcess(child.pid) else { throw .noChildProcess }
        return UInt8(truncatingIfNeeded: ended.status.exitCode)
    }
}
