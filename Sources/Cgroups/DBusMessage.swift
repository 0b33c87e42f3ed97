import Diagnostics

/// One D-Bus message (D-Bus Specification, Message Format).
package struct DBusMessage: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        case call = 1
        case reply = 2
        case error = 3
        case signal = 4
    }

    package var kind: Kind
    package var serial: UInt32
    package var replySerial: UInt32?
    package var path: String?
    package var interface: String?
    package var member: String?
    package var destination: String?
    package var errorName: String?
    package var body: [DBusValue]

    package init(
        _ kind: Kind, serial: UInt32 = 0, replySerial: UInt32? = nil, path: String? = nil, interface: String? = nil,
        member: String? = nil, destination: String? = nil, errorName: String? = nil, body: [DBusValue] = []
    ) {
        self.kind = kind
        self.serial = serial
        self.replySerial = replySerial
        self.path = path
        self.interface = interface
        self.member = member
        self.destination = destination
        self.errorName = errorName
        self.body = body
    }

    /// The largest message the specification allows.
    static let largest = 128 << 20
}

extension DBusMessage {
    /// The message in little endian, ready to be sent.
    package func encoded() -> [UInt8] {
        var body = DBusWriter()
        for value in self.body { body.write(value) }
        var fields: [DBusValue] = []
        func add(_ code: UInt8, _ value: DBusValue?) {
            if let value { fields.append(.structure([.byte(code), .variant(value)])) }
        }
        add(1, path.map { .objectPath($0) })
        add(2, interface.map { .string($0) })
        add(3, member.map { .string($0) })
        add(4, errorName.map { .string($0) })
        add(5, replySerial.map { .uint32($0) })
        add(6, destination.map { .string($0) })
        if !self.body.isEmpty { add(8, .signature(self.body.map(\.signature).joined())) }
        var header = DBusWriter()
        for byte in [UInt8(ascii: "l"), kind.rawValue, 0, 1] { header.write(.byte(byte)) }
        header.write(.uint32(UInt32(body.bytes.count)))
        header.write(.uint32(serial))
        header.write(.array("(yv)", fields))
        header.align(8)
        return header.bytes + body.bytes
    }

    /// How many bytes the message at the start of `bytes` has; nil until enough of it is there to tell.
    package static func length(of bytes: [UInt8]) throws(SandboxError) -> Int? {
        guard bytes.count >= 16 else { return nil }
        let bigEndian = try isBigEndian(bytes)
        var reader = DBusReader(Array(bytes[..<16]), bigEndian: bigEndian, offset: 4)
        guard case .uint32(let body) = try reader.read("u")[0], case .uint32 = try reader.read("u")[0],
            case .uint32(let fields) = try reader.read("u")[0]
        else { return nil }
        let total = (16 + Int(fields) + 7) / 8 * 8 + Int(body)
        guard total <= largest else { throw SandboxError(.system, "malformed D-Bus message: \(total) bytes long") }
        return total
    }

    private static func isBigEndian(_ bytes: [UInt8]) throws(SandboxError) -> Bool {
        switch bytes[0] {
        case UInt8(ascii: "l"): return false
        case UInt8(ascii: "B"): return true
        default: throw SandboxError(.system, "malformed D-Bus message: byte order \(bytes[0])")
        }
    }

    /// Reads one whole message; nil for a kind this version of the protocol does not know, which is to be ignored.
    package static func decode(_ bytes: [UInt8]) throws(SandboxError) -> DBusMessage? {
        guard bytes.count >= 16 else { throw SandboxError(.system, "malformed D-Bus message: \(bytes.count) bytes") }
        guard let kind = Kind(rawValue: bytes[1]) else { return nil }
        var reader = DBusReader(bytes, bigEndian: try isBigEndian(bytes), offset: 8)
        guard case .uint32(let serial) = try reader.read("u")[0],
            case .array(_, let fields) = try reader.read("a(yv)")[0]
        else { return nil }
        var message = DBusMessage(kind, serial: serial)
        var signature = ""
        for case .structure(let field) in fields {
            guard field.count == 2, case .byte(let code) = field[0], case .variant(let value) = field[1] else {
                continue
            }
            switch (code, value) {
            case (1, .objectPath(let text)): message.path = text
            case (2, .string(let text)): message.interface = text
            case (3, .string(let text)): message.member = text
            case (4, .string(let text)): message.errorName = text
            case (5, .uint32(let number)): message.replySerial = number
            case (6, .string(let text)): message.destination = text
            case (8, .signature(let text)): signature = text
            default: break  // the sender, descriptors, and what later versions add
            }
        }
        try reader.align(8)
        message.body = try reader.read(signature)
        return message
    }
}

extension DBusMessage {
    /// A call of the service manager.
    static func manager(_ member: String, _ body: [DBusValue]) -> DBusMessage {
        DBusMessage(
            .call, path: "/org/freedesktop/systemd1", interface: "org.freedesktop.systemd1.Manager", member: member,
            destination: "org.freedesktop.systemd1", body: body)
    }

    /// A call of the message bus itself.
    static func bus(_ member: String, _ body: [DBusValue] = []) -> DBusMessage {
        DBusMessage(
            .call, path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: member,
            destination: "org.freedesktop.DBus", body: body)
    }
}
