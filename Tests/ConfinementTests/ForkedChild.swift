import CLinux
import Glibc
import LinuxKernel
import Testing

/// Runs `body` in a forked child, for what a process does to itself for good; its result is the exit status.
///
/// The child of a test runner has one thread and the parent's memory: `body` may make system calls and little else. Even
/// that little can wait for ever for a lock of the allocator or of Swift's runtime that another thread held at that moment:
/// such a child is killed, and another one made.
func inChild(_ body: () -> Int32) throws -> Int32 {
    for _ in 0..<5 {
        let pid = pid_t(try syscallRetrying(Int(SYS_clone), Int(SIGCHLD)))
        if pid == 0 { _exit(body()) }
        if let status = exitStatus(of: pid, within: 20) { return status }
    }
    throw Errno.timedOut
}

/// Nil when it had to be killed.
private func exitStatus(of pid: pid_t, within seconds: Int) -> Int32? {
    var status: Int32 = 0
    for _ in 0..<(seconds * 1000) {
        if waitpid(pid, &status, WNOHANG) == pid {
            return clinux_wifsignaled(status) != 0 ? 128 + clinux_wtermsig(status) : clinux_wexitstatus(status)
        }
        usleep(1000)
    }
    kill(pid, SIGKILL)
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return nil
}
