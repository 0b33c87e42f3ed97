import Diagnostics
import LinuxKernel

/// One connection to a sandbox in the background.
struct BackgroundClient {
    enum Role { case new, attached, joined }

    let socket: CInt
    var role = Role.new
    /// Datagrams that its socket had no room for.
    private(set) var waiting: [[UInt8]] = []
    private(set) var isOpen = true

    init(socket: CInt) { self.socket = socket }

    /// A client that does not read gets at most this much kept for it; then it is let go, for the command must go on.
    private static let mostWaiting = 64

    var events: Int16 { Int16(POLLIN) | (waiting.isEmpty ? 0 : Int16(POLLOUT)) }

    mutating func send(_ message: ServerMessage) {
        guard isOpen else { return }
        waiting.append(message.bytes)
        flush()
        if waiting.count > Self.mostWaiting { isOpen = false }
    }

    mutating func flush() {
        while let next = waiting.first {
            let sent = next.withUnsafeBufferPointer {
                clinux_syscall(
                    Int(SYS_sendto), Int(socket), address($0.baseAddress), $0.count,
                    Int(MSG_DONTWAIT | MSG_NOSIGNAL), 0, 0)
            }
            if sent >= 0 {
                waiting.removeFirst()
            } else if sent == -Int(EAGAIN) || sent == -Int(EINTR) {
                return
            } else {
                isOpen = false
                return
            }
        }
    }

    /// The next message; nil when there is none now, or no client any more.
    mutating func receive() -> ClientMessage? {
        let datagram: Datagram
        do { datagram = try LinuxKernel.receive(socket) } catch {
            if error != .resourceTemporarilyUnavailable { isOpen = false }
            return nil
        }
        for raw in datagram.descriptors { close(raw) }
        guard !datagram.bytes.isEmpty, let message = ClientMessage(bytes: datagram.bytes) else {
            isOpen = false
            return nil
        }
        return message
    }
}
