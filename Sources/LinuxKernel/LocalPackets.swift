/// A SEQPACKET unix socket (unix(7)) that listens in `folder` under `name`, close-on-exec and non-blocking; a file that
/// stands there already is EADDRINUSE.
///
/// The folder's descriptor stands for its path, which may be longer than a socket's name can be.
package func listenForPackets(in folder: CInt, _ name: String) throws(Errno) -> Descriptor {
    let socket = try packetSocket(CInt(O_NONBLOCK))
    try withPacketAddress(in: folder, name) { (address, size) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_bind), Int(socket.raw), address, size)
    }
    try syscallRetrying(Int(SYS_listen), Int(socket.raw), 64)
    return socket
}

/// A SEQPACKET unix socket connected to `name` in `folder`, close-on-exec.
package func connectForPackets(in folder: CInt, _ name: String) throws(Errno) -> Descriptor {
    let socket = try packetSocket(0)
    try withPacketAddress(in: folder, name) { (address, size) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_connect), Int(socket.raw), address, size)
    }
    return socket
}

private func packetSocket(_ flags: CInt) throws(Errno) -> Descriptor {
    Descriptor(
        owning: CInt(
            try syscallRetrying(
                Int(SYS_socket), Int(AF_UNIX), Int(SOCK_SEQPACKET.rawValue) | Int(O_CLOEXEC | flags), 0)))
}

private func withPacketAddress(
    in folder: CInt, _ name: String, _ body: (_ address: Int, _ size: Int) throws(Errno) -> Void
) throws(Errno) {
    var socketName = sockaddr_un()
    socketName.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array("/proc/self/fd/\(folder)/\(name)".utf8)
    guard bytes.count < MemoryLayout.size(ofValue: socketName.sun_path), !bytes.contains(0) else {
        throw .fileNameTooLong
    }
    withUnsafeMutableBytes(of: &socketName.sun_path) { $0.copyBytes(from: bytes) }
    try withUnsafePointer(to: &socketName) { (name) throws(Errno) in
        try body(address(name), MemoryLayout<sockaddr_un>.size)
    }
}
