import Foundation

/// The other end of `--console-socket`: an AF_UNIX stream socket to which the runtime sends the terminal's master.
final class ConsoleReceiver {
    private let socketDescriptor: Int32

    init(at path: String) throws {
        socketDescriptor = try TestTrouble.check(
            socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw TestTrouble("too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socketDescriptor, __CONST_SOCKADDR_ARG(__sockaddr__: $0), size)
            }
        }
        _ = try TestTrouble.check(bound, "bind \(path)")
        _ = try TestTrouble.check(listen(socketDescriptor, 1), "listen")
        _ = chmod(path, 0o666)
    }

    deinit { close(socketDescriptor) }

    /// Waits for the runtime and takes the terminal out of its message; the caller closes it.
    func receive() throws -> Int32 {
        let descriptor = try receiveMessage().descriptor
        guard isatty(descriptor) == 1 else { throw TestTrouble("the message held no terminal") }
        return descriptor
    }

    /// Waits for a message with a descriptor, which the caller closes.
    func receiveMessage() throws -> (text: String, descriptor: Int32) {
        var waiting = pollfd(fd: socketDescriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 10_000) == 1 else { throw TestTrouble("nobody called the console socket") }
        let connection = try TestTrouble.check(
            accept(socketDescriptor, __SOCKADDR_ARG(__sockaddr__: nil), nil), "accept")
        defer { close(connection) }
        var name = [UInt8](repeating: 0, count: 4096)
        // A cmsghdr of 16 bytes and one descriptor, padded to the word (cmsg(3)).
        var control = [UInt64](repeating: 0, count: 8)
        let count = name.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return recvmsg(connection, &message, Int32(MSG_CMSG_CLOEXEC))
                }
            }
        }
        _ = try TestTrouble.check(count, "recvmsg")
        let descriptor = Int32(truncatingIfNeeded: control[2])
        guard descriptor > 2 else { throw TestTrouble("the message held no descriptor") }
        return (String(decoding: name[..<count], as: UTF8.self), descriptor)
    }

    /// Reads a terminal until `text` was shown, for at most ten seconds.
    static func read(_ terminal: Int32, until text: String) -> String {
        var shown: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = eventually {
            var waiting = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) == 1 else { return false }
            let count = Glibc.read(terminal, &buffer, buffer.count)
            if count > 0 { shown += buffer[..<count].filter { $0 != 13 } }
            return count <= 0 || String(decoding: shown, as: UTF8.self).contains(text)
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
