import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Who answers the system calls that a filter only notifies of (runtime-spec `config-linux.md`, Seccomp,
/// `listenerPath`).
struct SeccompAgent: Sendable {
    let path: String
    let metadata: String?

    /// nil for a filter that notifies nobody.
    init?(_ seccomp: Spec.Linux.Seccomp?) {
        guard let path = seccomp?.listenerPath, !path.isEmpty else { return nil }
        self.path = path
        metadata = seccomp?.listenerMetadata
    }

    /// Sends the listener with the container process state; `pid` is the process that has the filter.
    func take(_ listener: CInt, _ pid: pid_t, _ state: ContainerState) throws(SandboxError) {
        let document = ContainerProcessState(
            ociVersion: state.ociVersion, fds: ["seccompFd"], pid: pid, metadata: metadata, state: state)
        let socket = try attempt("linux.seccomp.listenerPath: failed to connect with seccomp agent \(path)") {
            () throws(Errno) in try connectUnixSocket(path)
        }
        try attempt("linux.seccomp.listenerPath: send the listener to \(path)") { () throws(Errno) in
            try send(socket.raw, document.encoded(), descriptors: [listener])
        }
    }
}
