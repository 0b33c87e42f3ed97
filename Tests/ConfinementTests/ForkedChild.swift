import CLinux
import Glibc
import LinuxKernel
import Testing

/// Runs `body` in a forked child, for what a process does to itself for good; its result is the exit status.
///
/// The child of a test runner has one thread and the parent's memory: `body` may make system calls and little else.
func inChild(_ body: () -> Int32) throws -> Int32 {
    let pid = try syscallRetrying(Int(SYS_clone), Int(SIGCHLD))
    if pid == 0 { _exit(body()) }
    var status: Int32 = 0
    while waitpid(pid_t(pid), &status, 0) < 0 && errno == EINTR {}
    return clinux_wifsignaled(status) != 0 ? 128 + clinux_wtermsig(status) : clinux_wexitstatus(status)
}
