import ContainerPlan
import Diagnostics
import LinuxKernel

/// Init's end of the handshake socket.
struct InitChannel {
    let socket: CInt

    func send(_ message: InitMessage, descriptors: [CInt] = [], key: UInt64 = 0) throws(SandboxError) {
        try attempt("tell the parent") { () throws(Errno) in
            try LinuxKernel.send(socket, message.bytes, descriptors: descriptors, key: key)
        }
    }

    /// Waits for one message that must be `expected`; the parent's death ends init.
    func wait(for expected: ParentMessage) throws(SandboxError) {
        let message = try receive()
        guard message == expected else {
            throw SandboxError(.system, "the parent sent \(message) where \(expected) was due")
        }
    }

    func receive() throws(SandboxError) -> ParentMessage {
        let datagram = try attempt("wait for the parent") { () throws(Errno) in
            try LinuxKernel.receive(socket)
        }
        for raw in datagram.descriptors { close(raw) }
        if datagram.bytes.isEmpty { _exit(1) }  // nobody is left to report to
        guard let message = ParentMessage(bytes: datagram.bytes) else {
            throw SandboxError(.system, "the parent sent an unknown message")
        }
        return message
    }

    /// Reports a warning; that it may not arrive hurts nobody.
    func warn(_ text: String) {
        do { try send(.warning(text)) } catch {}  // the parent is gone, and with it whoever would read it
    }
}
