import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Where errors and warnings of the OCI runtime go: the log, as engines read it, or else standard error; errors to both.
struct OCILog {
    enum Level: String { case error, warning, debug }

    let program: String
    let target: OCILogTarget?
    let isJSON: Bool
    /// `--debug`.
    let isVerbose: Bool

    init(program: String, target: OCILogTarget? = nil, isJSON: Bool = false, isVerbose: Bool = false) {
        self.program = program
        self.target = target
        self.isJSON = isJSON
        self.isVerbose = isVerbose
    }

    init(program: String, flags: ParsedFlags) throws(SandboxError) {
        let format = flags.value("log-format") ?? "text"
        guard format == "text" || format == "json" else {
            throw SandboxError(.invalidInput, "--log-format: \"\(format)\" is neither text nor json")
        }
        let name = flags.value("log") ?? ""
        self.init(
            program: program, target: name.isEmpty ? nil : try OCILogTarget(name), isJSON: format == "json",
            isVerbose: flags.has("debug"))
    }

    /// - Parameter isTold: standard error has it already.
    func write(_ level: Level, _ message: String, isTold: Bool = false) {
        if level == .debug && !isVerbose { return }
        if let target {
            let line = isJSON ? jsonLine(level, message) : textLine(level, message)
            do { try target.write(level, message, line: line) } catch { printError("\(program): \(error)") }
        }
        // An engine's log takes everything; standard error is the container's, too, and gets what ends the verb.
        if isTold || (target != nil && level != .error) { return }
        // What is for people who debug an engine looks as in the engine's own log.
        if level == .debug { return printError(String(textLine(level, message).dropLast())) }
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
