import ContainerPlan
import Diagnostics
import LinuxKernel

/// Holds init back until the container is started, and carries what goes wrong after that.
///
/// The FIFO is open for reading and writing here, so that a read waits for `start`'s byte and never sees an end of
/// file, and so that the reason of a failure can go back through it. `start` opens it for writing without blocking,
/// which the kernel refuses when init is dead (fifo(7)).
struct StartGate {
    /// Open as long as init lives.
    private let fifo: CInt?

    init(_ gate: InitRequest.Gate) throws(SandboxError) {
        switch gate {
        case .message, .open: fifo = nil
        case .fifo(let path):
            fifo = try attempt("open the start gate \(path)") { () throws(Errno) in try openPath(path, O_RDWR).release()
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
        startedGate = fifo
    }
}

/// The gate that `start` has opened and holds, once it has. Set once; init has one thread.
nonisolated(unsafe) private var startedGate: CInt?

/// Leaves the error for `start`, which reads it when init has let go of the gate without executing the command.
func reportAfterStart(_ error: SandboxError) {
    guard let startedGate else { return }
    // Whoever started may be gone by now, and with it whoever would read the reason.
    do { try writeAll(startedGate, InitMessage.failed(error).bytes) } catch {}
}
