import Diagnostics
import LinuxKernel

/// A connection to a message bus, or straight to a service manager's own socket.
///
/// Made for one exchange: connect, ask, wait, close. Everything up to the first call travels in one write, since the
/// handshake (SASL EXTERNAL) needs no answer to go on.
package struct DBusConnection: ~Copyable {
    private let socket: Descriptor
    private var serial: UInt32 = 0
    private var pending: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var authenticated = false
    private let deadline: ContinuousClock.Instant
    /// What arrived while something else was waited for.
    private var signals: [DBusMessage] = []
    /// Whether other programs share it: then names, and rules for signals, are needed.
    package let isBus: Bool

    /// Connects to the first address that answers.
    ///
    /// - addresses: as in `DBUS_SESSION_BUS_ADDRESS`, each a list separated by `;`.
    /// - timeout: for everything that is done on the connection.
    package init(_ addresses: [String], timeout: Duration) throws(SandboxError) {
        var last: SandboxError?
        for address in addresses.flatMap({ $0.split(separator: ";").map(String.init) }) {
            guard let target = parseBusAddress(address) else { continue }
            do throws(Errno) {
                socket = try connectLocalStream(target.path, abstract: target.abstract)
                isBus = !target.path.hasSuffix("/systemd/private")
                deadline = ContinuousClock.now + timeout
                greet()
                return
            } catch {
                last = last ?? SandboxError(error, "connect to \(target.path)", kind: .unsupported)
            }
        }
        throw last ?? SandboxError(.unsupported, "no usable D-Bus address in \"\(addresses.joined(separator: ";"))\"")
    }

    /// An empty authorisation identity asks the server to take the socket's credentials: a number we gave would be
    /// wrong in a user namespace.
    private mutating func greet() {
        outgoing = [0] + Array("AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".utf8)
        if isBus { _ = queue(.bus("Hello")) }
    }

    /// Adds a call to what is sent with the next `flush`; its serial number.
    package mutating func queue(_ message: DBusMessage) -> UInt32 {
        serial += 1
        var message = message
        message.serial = serial
        outgoing += message.encoded()
        return serial
    }

    package mutating func flush() throws(SandboxError) {
        let bytes = outgoing
        outgoing = []
        try attempt("send to the D-Bus socket") { () throws(Errno) in try sendAll(socket.raw, bytes) }
    }

    /// Sends a call and waits for its answer; an error reply is thrown, `notFound` if it says so.
    package mutating func call(_ message: DBusMessage) throws(SandboxError) -> [DBusValue] {
        let serial = queue(message)
        try flush()
        return try reply(to: serial)
    }

    /// Waits for the answer to the call with this serial number.
    package mutating func reply(to serial: UInt32) throws(SandboxError) -> [DBusValue] {
        while true {
            let message = try receive()
            switch message.kind {
            case .reply where message.replySerial == serial: return message.body
            case .error where message.replySerial == serial: throw dbusError(message)
            case .signal: signals.append(message)
            case .call, .reply, .error: break
            }
        }
    }

    /// Waits for a signal that `matching` takes; earlier ones count.
    package mutating func signal(
        _ matching: (DBusMessage) -> Bool
    ) throws(SandboxError) -> DBusMessage {
        if let index = signals.firstIndex(where: matching) { return signals.remove(at: index) }
        while true {
            let message = try receive()
            if message.kind == .signal && matching(message) { return message }
        }
    }
}

extension DBusConnection {
    private mutating func receive() throws(SandboxError) -> DBusMessage {
        while true {
            if !authenticated { try readGreeting() }
            if authenticated, let length = try DBusMessage.length(of: pending), pending.count >= length {
                let bytes = Array(pending[..<length])
                pending.removeFirst(length)
                if let message = try DBusMessage.decode(bytes) { return message }
                continue
            }
            try fill()
        }
    }

    /// The server's lines `DATA` and `OK guid`, before the first message.
    private mutating func readGreeting() throws(SandboxError) {
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeFirst(end + 1)
            if line.hasPrefix("OK") {
                authenticated = true
                return
            }
            if !line.hasPrefix("DATA") {
                let words = line.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
                throw SandboxError(.refused, "the D-Bus server does not accept this user: \"\(words)\"")
            }
        }
        if pending.count > 4096 { throw SandboxError(.system, "the D-Bus server does not speak its protocol") }
    }

    private mutating func fill() throws(SandboxError) {
        let left = deadline - ContinuousClock.now
        let ready: Int16
        do throws(Errno) {
            ready = left <= .zero ? 0 : try pollDescriptor(socket.raw, Int16(POLLIN), timeout: left)
        } catch {
            if error == .interrupted { return }
            throw SandboxError(error, "wait for the D-Bus socket")
        }
        if ready == 0 {
            throw SandboxError(.system, "the service manager does not answer in time", errno: ETIMEDOUT)
        }
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = try attempt("read from the D-Bus socket") { () throws(Errno) in
            try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(socket.raw, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        if count == 0 { throw SandboxError(.refused, "the D-Bus server closed the connection") }
        pending += buffer[..<count]
    }
}

/// The D-Bus names of errors, as kinds; the text is the server's.
func dbusError(_ message: DBusMessage) -> SandboxError {
    let name = message.errorName ?? "error without a name"
    let kind: SandboxError.Kind =
        switch lastNamePart(name) {
        case "NoSuchUnit", "NoUnitForPID": .notFound
        case "UnitExists": .alreadyExists
        case "AccessDenied", "InteractiveAuthorizationRequired", "AuthFailed": .refused
        case "InvalidArgs", "UnknownProperty", "PropertyReadOnly", "InvalidSignature": .invalidInput
        case "ServiceUnknown", "NameHasNoOwner", "UnknownMethod": .unsupported
        default: .system
        }
    let text = message.body.first?.text ?? ""
    return SandboxError(kind, text.isEmpty ? name : "\(text) (\(lastNamePart(name)))")
}

private func lastNamePart(_ name: String) -> String {
    String(name.split(separator: ".").last ?? "")
}

/// `unix:path=/run/user/1000/bus,guid=…` or `unix:abstract=…`, with its `%` escapes; nil for other transports.
func parseBusAddress(_ address: String) -> (path: String, abstract: Bool)? {
    guard address.hasPrefix("unix:") else { return nil }
    for pair in address.dropFirst(5).split(separator: ",") {
        for (key, abstract) in [("path=", false), ("abstract=", true)] where pair.hasPrefix(key) {
            guard let path = unescapePercent(pair.dropFirst(key.utf8.count)) else { return nil }
            return (path, abstract)
        }
    }
    return nil
}

private func unescapePercent(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte != UInt8(ascii: "%") {
            bytes.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
            return nil
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
}
