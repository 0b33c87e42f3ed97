import ContainerPlan
import Diagnostics
import LinuxKernel

/// Holds init back until the container is started, and carries what goes wrong after that.
///
/// The FIFO is open for reading and writing here, so that a read waits for `start`'s byte and never sees an end of
/// file; `start` opens it for writing without blocking, which the kernel refuses when init is dead (fifo(7)).
struct StartGate {
    /// Open as long as init lives.
    private let fifo: CInt?

    init(_ gate: InitRequest.Gate) throws(SandboxError) {
        switch gate {
        case .message:
            fifo = nil
        case .fifo(let path, let errorPath):
            fifo = try attempt("open the start gate \(path)") { () throws(Errno) in try openPath(path, O_RDWR).release()
            }
            failureDescriptor = try attempt("open \(errorPath)") { () throws(Errno) in
                try openPath(errorPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600).release()
            }
        }
    }

    /// Returns when the container is started.
    func wait(_ channel: InitChannel) throws(SandboxError) {
        guard let fifo else { return try channel.wait(for: .start) }
        // A parent that is killed before it has recorded the container takes init with it.
        try channel.wait(for: .recorded)
        var byte: [UInt8] = [0]
        _ = try attempt("wait to be started") { () throws(Errno) in
            try byte.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(fifo, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }
}

/// Where `start` looks for the reason of a failure. Set once, before there is anything to report; init has one thread.
nonisolated(unsafe) private var failureDescriptor: CInt = -1

/// Leaves the error for `start`, which reads it when init has died without executing the command.
func reportAfterStart(_ gate: InitRequest.Gate, _ error: SandboxError) {
    guard case .fifo = gate, failureDescriptor >= 0 else { return }
    // The state folder may be gone by now, and with it whoever would read the reason.
    do { try writeAll(failureDescriptor, InitMessage.failed(error).bytes) } catch {}
}
