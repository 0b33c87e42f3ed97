import Diagnostics
import LinuxKernel

/// A child that waits for the word to run its command; born in a cgroup, if one is given (clone3(2)).
final class GatedCommand {
    let pid: pid_t
    private let gate: CInt

    init(
        _ command: [String], into directory: CInt?, first: () throws(SandboxError) -> Void
    ) throws(SandboxError) {
        var ends: [CInt] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SandboxError(.system, "pipe2", errno: errno) }
        let words = command.isEmpty ? ["sleep", "600"] : command
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        var clone = clinux_clone_args()
        clone.exit_signal = UInt64(SIGCHLD)
        if let directory {
            clone.flags = CLINUX_CLONE_INTO_CGROUP
            clone.cgroup = UInt64(directory)
        }
        let result = withUnsafeMutablePointer(to: &clone) {
            clinux_syscall(
                Int(SYS_clone3), address(UnsafeRawPointer($0)), MemoryLayout<clinux_clone_args>.size, 0, 0, 0, 0)
        }
        if result == 0 {
            var byte: UInt8 = 0
            close(ends[1])
            do throws(SandboxError) { try first() } catch { _exit(126) }
            if read(ends[0], &byte, 1) == 1, let file = arguments[0] { execvp(file, arguments) }
            _exit(127)
        }
        close(ends[0])
        if result < 0 { throw SandboxError(Errno(rawValue: CInt(-result)), "clone3") }
        pid = pid_t(result)
        gate = ends[1]
    }

    func go() { _ = write(gate, "\n", 1) }

    /// The exit code, or 128 and the signal's number.
    func wait() -> CInt {
        var raw: CInt = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        return raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
    }

    deinit { close(gate) }
}
