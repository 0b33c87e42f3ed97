/// A connected stream socket of the AF_UNIX family (unix(7)), close-on-exec.
///
/// - path: a file, at most 107 bytes, or with `abstract` a name in Linux's abstract namespace.
package func connectLocalStream(_ path: String, abstract: Bool = false) throws(Errno) -> Descriptor {
    var bytes = Array(path.utf8)
    if abstract { bytes.insert(0, at: 0) }
    guard !bytes.isEmpty, bytes.count < 108, abstract || !bytes.contains(0) else { throw .fileNameTooLong }
    // struct sockaddr_un: the family in two bytes, then the path.
    var name = [UInt8](repeating: 0, count: 110)
    name[0] = UInt8(AF_UNIX)
    for (index, byte) in bytes.enumerated() { name[2 + index] = byte }
    let socket = Descriptor(
        owning: CInt(try syscallRetrying(Int(SYS_socket), Int(AF_UNIX), 1 | Int(O_CLOEXEC), 0)))
    // A file's name ends in a NUL; an abstract one by its length.
    let length = 2 + bytes.count + (abstract ? 0 : 1)
    try name.withUnsafeBufferPointer { (name) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_connect), Int(socket.raw), address(name.baseAddress), length)
    }
    return socket
}

/// Sends all of `bytes`; a peer that is gone is EPIPE, without its signal (send(2) MSG_NOSIGNAL).
package func sendAll(_ descriptor: CInt, _ bytes: [UInt8]) throws(Errno) {
    var done = 0
    while done < bytes.count {
        done += try bytes.withUnsafeBufferPointer { (buffer) throws(Errno) in
            try syscallRetrying(
                Int(SYS_sendto), Int(descriptor), address(buffer.baseAddress?.advanced(by: done)),
                bytes.count - done, 0x4000)
        }
    }
}
