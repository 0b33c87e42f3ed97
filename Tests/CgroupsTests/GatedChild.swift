import Glibc

/// A shell that waits for a line before it runs its command, so that it can be put into a group first.
final class GatedChild {
    let pid: pid_t
    private let gate: CInt
    private var status: CInt?

    init(_ command: String) throws {
        var ends: [CInt] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure.system("pipe2", errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The test runner may have signals blocked or ignored, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            close(ends[0])
        }
        let words: [String] = ["/bin/sh", "-c", "read line; \(command)"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var child = pid_t()
        let result = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ)
        guard result == 0 else { throw Failure.system("posix_spawn", result) }
        pid = child
        gate = ends[1]
    }

    enum Failure: Error { case system(String, CInt) }

    func go() { _ = write(gate, "\n", 1) }

    /// The wait status; the shell's exit code, or 128 and the signal's number.
    func wait() -> CInt {
        if let status { return status }
        var raw: CInt = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        let code = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
        status = code
        return code
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            _ = wait()
        }
        close(gate)
    }
}
