import LinuxKernel

/// What happened to a path; the words of the log.
enum Event: String {
    case read, written, created, deleted, renamed
    /// Looked up in vain.
    case missing
    /// A rule kept it out of sight, or refused its use.
    case hidden, denied
}

/// Writes events as JSON lines. Each is one write(2) to a descriptor that appends, so lines of several threads stay
/// whole. What cannot be written is lost: a full disk must not stop the tree.
final class EventLog: Sendable {
    private let descriptor: CInt

    /// `descriptor` stays open for as long as the process runs.
    init(_ descriptor: CInt) { self.descriptor = descriptor }

    func note(_ event: Event, _ path: [[CChar]], to target: [[CChar]]? = nil, by pid: pid_t) {
        var line = Array("{\"event\":\"\(event.rawValue)\",\"path\":".utf8)
        Self.append(path, to: &line)
        if let target {
            line += Array(",\"to\":".utf8)
            Self.append(target, to: &line)
        }
        line += Array(",\"pid\":\(pid)}\n".utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// A path as a JSON string; bytes that are no UTF-8 become U+FFFD.
    private static func append(_ path: [[CChar]], to line: inout [UInt8]) {
        var bytes: [UInt8] = path.isEmpty ? [UInt8(ascii: "/")] : []
        for name in path { bytes += [UInt8(ascii: "/")] + name.dropLast().map { UInt8(bitPattern: $0) } }
        line.append(UInt8(ascii: "\""))
        for byte in String(decoding: bytes, as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7f:
                let digits = Array("0123456789abcdef".utf8)
                line += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
