import Foundation

/// A unix datagram socket that takes what others send to its path.
final class DatagramReceiver {
    let path: String
    private let descriptor: Int32

    init(_ path: String, for caller: Caller) throws {
        self.path = path
        descriptor = try TestTrouble.check(
            socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "socket")
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, __CONST_SOCKADDR_ARG(__sockaddr__: $0), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        _ = try TestTrouble.check(result, "bind \(path)")
        try caller.own(path)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next datagram as text; nil when none comes within `seconds`.
    func next(within seconds: Double = 5) -> String? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Int32(seconds * 1000)) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
