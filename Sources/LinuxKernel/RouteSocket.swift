/// A network device as rtnetlink(7) tells of it.
package struct LinkFacts: Equatable, Sendable {
    package var index: Int32
    package var name: String
    /// `IFF_UP`.
    package var isUp: Bool
}

/// One attribute of an rtnetlink(7) message.
package struct RouteAttribute: Equatable, Sendable {
    package var type: UInt16
    package var bytes: [UInt8]

    package init(_ type: UInt16, _ bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }
    package init(_ type: UInt16, text: String) { self.init(type, Array(text.utf8) + [0]) }
    package init(_ type: UInt16, number: UInt32) { self.init(type, nativeBytes(number)) }
}

/// A socket for questions and changes to the devices of one network namespace: that in which it was opened, for good.
package struct RouteSocket: ~Copyable {
    private let socket: Descriptor

    package init() throws(Errno) {
        socket = Descriptor(
            owning: CInt(
                try syscallRetrying(
                    Int(SYS_socket), Int(AF_NETLINK), Int(SOCK_RAW.rawValue) | Int(SOCK_CLOEXEC.rawValue), 0)))
    }

    /// Sends one request and collects the answers until the kernel's last one; each is a type and its body.
    package func ask(
        _ type: UInt16, flags: UInt16, body: [UInt8], _ attributes: [RouteAttribute] = []
    ) throws(Errno) -> [(type: UInt16, body: [UInt8])] {
        let payload = body + attributes.flatMap { encoded($0) }
        let isDump = flags & RouteFlag.dump == RouteFlag.dump
        // struct nlmsghdr: length, type, flags, sequence number, port.
        let wanted = RouteFlag.request | flags | (isDump ? 0 : RouteFlag.acknowledge)
        var message = nativeBytes(UInt32(16 + payload.count)) + nativeBytes(type) + nativeBytes(wanted)
        message += nativeBytes(UInt32(1)) + nativeBytes(UInt32(0)) + payload
        try send(socket.raw, message)
        var answers: [(type: UInt16, body: [UInt8])] = []
        while try !take(&answers) {}
        return answers
    }

    /// One datagram of answers; true when it has the last one.
    private func take(_ answers: inout [(type: UInt16, body: [UInt8])]) throws(Errno) -> Bool {
        let datagram = try receive(socket.raw, limit: 65536).bytes
        if datagram.isEmpty { throw .ioError }
        var rest = datagram[...]
        while rest.count >= 16 {
            let length = Int(number(rest, 0) as UInt32)
            guard length >= 16, length <= rest.count else { throw .badMessage }
            let type: UInt16 = number(rest, 4)
            let body = Array(rest[(rest.startIndex + 16)..<(rest.startIndex + length)])
            switch type {
            case 2:  // NLMSG_ERROR, with 0 the acknowledgement
                guard body.count >= 4 else { throw .badMessage }
                let code: Int32 = number(body[...], 0)
                if code != 0 { throw Errno(rawValue: -code) }
                return true
            case 3: return true  // NLMSG_DONE
            default: answers.append((type, body))
            }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return false
    }
}

private func encoded(_ attribute: RouteAttribute) -> [UInt8] {
    let length = 4 + attribute.bytes.count
    let padding = [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    return nativeBytes(UInt16(length)) + nativeBytes(attribute.type) + attribute.bytes + padding
}

/// Flags of a request (netlink(7)).
package enum RouteFlag {
    package static let request: UInt16 = 0x1
    package static let acknowledge: UInt16 = 0x4
    package static let dump: UInt16 = 0x300
    package static let replace: UInt16 = 0x100
    package static let create: UInt16 = 0x400
}

/// The attributes of a message behind its fixed part.
package func routeAttributes(_ body: [UInt8], after fixed: Int) -> [RouteAttribute] {
    var attributes: [RouteAttribute] = []
    var rest = body.dropFirst(fixed)
    while rest.count >= 4 {
        let length = Int(number(rest, 0) as UInt16)
        guard length >= 4, length <= rest.count else { return attributes }
        let type: UInt16 = number(rest, 2)
        attributes.append(
            RouteAttribute(type & 0x3FFF, Array(rest[(rest.startIndex + 4)..<(rest.startIndex + length)])))
        rest = rest.dropFirst((length + 3) & ~3)
    }
    return attributes
}

/// A number as the machine lays it out, which is how netlink has it.
package func nativeBytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

/// The number at a place; the caller has checked that it is there.
package func number<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Number {
    let start = bytes.startIndex + offset
    return bytes[start..<(start + MemoryLayout<Number>.size)].withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
}
