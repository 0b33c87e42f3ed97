/// Two connected sockets.
package struct SocketPair: ~Copyable {
    package let first: Descriptor
    package let second: Descriptor

    package init(first: consuming Descriptor, second: consuming Descriptor) {
        self.first = first
        self.second = second
    }
}

/// A connected pair of SEQPACKET unix sockets, close-on-exec (socketpair(2)).
package func socketPair() throws(Errno) -> SocketPair {
    var ends: (CInt, CInt) = (-1, -1)
    try withUnsafeMutablePointer(to: &ends) { (ends) throws(Errno) -> Void in
        try syscallRetrying(
            Int(SYS_socketpair), Int(AF_UNIX), Int(SOCK_SEQPACKET.rawValue) | Int(SOCK_CLOEXEC.rawValue), 0,
            address(ends))
    }
    return SocketPair(first: Descriptor(owning: ends.0), second: Descriptor(owning: ends.1))
}

/// How a unix socket keeps what is sent apart (unix(7)).
package enum SocketKind: Int, Sendable {
    case stream = 1
    case datagram = 2
}

/// A unix socket connected to `path` (connect(2)); a name that begins with `@` is one of Linux's abstract namespace.
/// Paths over 107 bytes go through a descriptor of their folder.
package func connectUnixSocket(_ path: String, kind: SocketKind = .stream) throws(Errno) -> Descriptor {
    let socket = try makeUnixSocket(kind)
    try withReachable(path) { (path) throws(Errno) in try name(socket.raw, path, Int(SYS_connect)) }
    return socket
}

/// A unix socket of its own name (bind(2)).
package func bindUnixSocket(_ path: String, kind: SocketKind) throws(Errno) -> Descriptor {
    let socket = try makeUnixSocket(kind)
    try withReachable(path) { (path) throws(Errno) in try name(socket.raw, path, Int(SYS_bind)) }
    return socket
}

private func makeUnixSocket(_ kind: SocketKind) throws(Errno) -> Descriptor {
    Descriptor(
        owning: CInt(
            try syscallRetrying(Int(SYS_socket), Int(AF_UNIX), kind.rawValue | Int(SOCK_CLOEXEC.rawValue), 0)))
}

private func withReachable(_ path: String, _ body: (String) throws(Errno) -> Void) throws(Errno) {
    guard path.utf8.count > 107, !path.hasPrefix("@") else { return try body(path) }
    let (folder, name) = splitPath(path)
    let directory = try openPath(folder, O_PATH | O_DIRECTORY)
    try body("\(directory.procPath)/\(name)")
}

/// connect(2) or bind(2).
private func name(_ socket: CInt, _ path: String, _ call: Int) throws(Errno) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    let isAbstract = path.hasPrefix("@")
    if isAbstract { bytes[0] = 0 }
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { throw .fileNameTooLong }
    if bytes.dropFirst().contains(0) || bytes.isEmpty { throw .invalidArgument }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    // A file's name ends in a NUL; an abstract one by its length.
    let length = 2 + bytes.count + (isAbstract ? 0 : 1)
    try withUnsafePointer(to: &name) { (name) throws(Errno) -> Void in
        try syscallRetrying(call, Int(socket), address(name), length)
    }
}

/// The folder and the last component of a path: `("/a", "b")` for `/a/b`, `(".", "b")` for `b`.
package func splitPath(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
}

/// Sends one datagram (or stream bytes) with descriptors.
///
/// - Parameter key: the unused sixth argument of sendmsg(2), by which a seccomp filter may know this call.
package func send(_ socket: CInt, _ bytes: [UInt8], descriptors: [CInt] = [], key: UInt64 = 0) throws(Errno) {
    let sent = bytes.withUnsafeBufferPointer { bytes in
        descriptors.withUnsafeBufferPointer { descriptors in
            clinux_send_with_descriptors(
                socket, bytes.baseAddress, bytes.count, descriptors.baseAddress, descriptors.count, key)
        }
    }
    _ = try check(sent)
}

/// What came in one datagram.
package struct Datagram {
    package var bytes: [UInt8] = []
    package var descriptors: [CInt] = []

    package init() {}

    init(_ bytes: [UInt8], _ descriptors: [CInt]) {
        self.bytes = bytes
        self.descriptors = descriptors
    }
}

/// Receives one datagram of up to `limit` bytes and the descriptors that came with it; empty at the end of file.
///
/// The descriptors belong to the caller.
package func receive(_ socket: CInt, limit: Int = 8192) throws(Errno) -> Datagram {
    do { return try receiveOnce(socket, limit: limit) } catch .connectionReset {
        // The other end closed with something unread, which is told before what it had sent itself.
        return try receiveOnce(socket, limit: limit)
    }
}

private func receiveOnce(_ socket: CInt, limit: Int) throws(Errno) -> Datagram {
    var bytes = [UInt8](repeating: 0, count: limit)
    var descriptors = [CInt](repeating: -1, count: 16)
    var count = descriptors.count
    let received = bytes.withUnsafeMutableBufferPointer { bytes in
        descriptors.withUnsafeMutableBufferPointer { descriptors in
            clinux_receive_with_descriptors(socket, bytes.baseAddress, bytes.count, descriptors.baseAddress, &count)
        }
    }
    let size = try check(received)
    return Datagram(Array(bytes[..<size]), Array(descriptors[..<count]))
}

extension SocketPair {
    /// The first socket alone; the second is closed.
    package consuming func takeFirst() -> Descriptor { first }
    /// The second socket alone; the first is closed.
    package consuming func takeSecond() -> Descriptor { second }
}
