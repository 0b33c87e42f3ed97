import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Where errors and warnings of the OCI runtime go: the log file, as engines read it, and standard error.
struct OCILog {
    enum Level: String { case error, warning, debug }

    let program: String
    let path: String?
    let isJSON: Bool

    init(program: String, path: String?, isJSON: Bool) {
        self.program = program
        self.path = path
        self.isJSON = isJSON
    }

    init(program: String, flags: ParsedFlags) throws(SandboxError) {
        let format = flags.value("log-format") ?? "text"
        guard format == "text" || format == "json" else {
            throw SandboxError(.invalidInput, "--log-format: \"\(format)\" is neither text nor json")
        }
        self.init(program: program, path: flags.value("log"), isJSON: format == "json")
    }

    func write(_ level: Level, _ message: String) {
        let line = isJSON ? jsonLine(level, message) : textLine(level, message)
        if let path, !path.isEmpty {
            do {
                let file = try openPath(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
                try writeAll(file.raw, line)
            } catch {
                printError("\(program): open the log \(path): \(error.text)")
            }
        }
        printError("\(program): \(level == .error ? "" : level.rawValue + ": ")\(message)")
    }

    private func jsonLine(_ level: Level, _ message: String) -> String {
        let entry = JSON.object([
            JSON.Member("level", .string(level.rawValue)), JSON.Member("msg", .string(message)),
            JSON.Member("time", .string(timestamp())),
        ])
        return String(decoding: entry.encoded(), as: UTF8.self) + "\n"
    }

    private func textLine(_ level: Level, _ message: String) -> String {
        let quoted = String(decoding: JSON.string(message).encoded(), as: UTF8.self)
        return "time=\"\(timestamp())\" level=\(level.rawValue) msg=\(quoted)\n"
    }

    /// The present time in RFC 3339, UTC, without fractions.
    private func timestamp() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
