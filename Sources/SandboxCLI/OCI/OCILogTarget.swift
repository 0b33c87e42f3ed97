import Diagnostics
import LinuxKernel

/// Where `--log` sends what the runtime reports.
enum OCILogTarget: Equatable, Sendable {
    case file(String)
    /// systemd's journal, with this identifier.
    case journal(String)
    /// The system's logger at /dev/log, with this identifier.
    case syslog(String)

    /// `PATH`, `file:PATH`, `journald:IDENTIFIER` or `syslog:IDENTIFIER`.
    init(_ text: String) throws(SandboxError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch parts.count > 1 ? parts[0] : "" {
        case "file": self = .file(parts[1])
        case "journald": self = .journal(try Self.identifier(parts[1], text))
        case "syslog": self = .syslog(try Self.identifier(parts[1], text))
        default: self = .file(text)
        }
    }

    private static func identifier(_ name: String, _ text: String) throws(SandboxError) -> String {
        guard !name.isEmpty, !name.contains(where: \.isNewline) else {
            throw SandboxError(.invalidInput, "--log: \"\(text)\" lacks the identifier of its entries")
        }
        return name
    }

    /// Writes one entry; `line` is what goes into a file, with its line feed.
    func write(_ level: OCILog.Level, _ message: String, line: String) throws(SandboxError) {
        switch self {
        case .file(let path):
            try attempt("open the log \(path)") { () throws(Errno) in
                let file = try openPath(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
                try writeAll(file.raw, line)
            }
        case .journal(let identifier):
            try sendDatagram(journalEntry(identifier, level, message), "/run/systemd/journal/socket")
        case .syslog(let identifier):
            // Facility "user" (RFC 3164): its number is 1.
            let entry = "<\(8 + level.severity)>\(identifier)[\(getpid())]: \(message)"
            try sendDatagram(Array(entry.utf8), "/dev/log")
        }
    }

    private func sendDatagram(_ bytes: [UInt8], _ path: String) throws(SandboxError) {
        try attempt("send to the log at \(path)") { () throws(Errno) in
            let socket = try connectUnixSocket(path, kind: .datagram)
            try sendAll(socket.raw, bytes)
        }
    }

    /// Fields as the journal's own protocol has them; a text with line feeds is preceded by its length.
    private func journalEntry(_ identifier: String, _ level: OCILog.Level, _ message: String) -> [UInt8] {
        var bytes = Array("SYSLOG_IDENTIFIER=\(identifier)\nPRIORITY=\(level.severity)\nMESSAGE".utf8)
        let text = Array(message.utf8)
        if message.contains(where: \.isNewline) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        return bytes + text + [UInt8(ascii: "\n")]
    }
}

extension OCILog.Level {
    /// syslog(3)'s numbers.
    fileprivate var severity: Int {
        switch self {
        case .error: 3
        case .warning: 4
        case .debug: 7
        }
    }
}
