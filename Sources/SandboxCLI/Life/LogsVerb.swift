import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel

struct LogsOptions: CommandOptions {
    var follow = false
    var tail: String?
    var json = false

    static let usage = "sandbox logs [options] <name>"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--follow", short: "-f", &follow, "Go on with what is still to come, until the sandbox has ended.")
        options.value("--tail", short: "-n", &tail, "lines", "Begin with the last LINES lines.")
        options.flag("--json", &json, "Print an object for each line.")
    }
}

/// `sandbox logs`.
func showLogs(_ options: LogsOptions, _ words: [String]) throws(SandboxError) -> CInt {
    let entry = try ownRegistry().entry(onlyName(words))
    guard let archive = entry.archive else {
        throw SandboxError(
            .wrongState, "sandbox \"\(entry.record.name)\" keeps no journal: it is not detached")
    }
    var lines: UInt32?
    if let text = options.tail {
        guard let number = strictNumber(text, as: UInt32.self) else {
            throw SandboxError(.invalidInput, "--tail \"\(text)\": not a number of lines")
        }
        lines = number
    }
    var reader = JournalReader(folder: archive)
    if options.json { reader.lines = JournalLines(name: entry.record.name) }
    try reader.showPast(lines: lines.map(Int.init))
    if options.follow { try follow(entry, &reader) }
    try reader.finish()
    return 0
}

/// Prints what comes, until the sandbox has ended.
func follow(_ entry: RegistryEntry, _ reader: inout JournalReader) throws(SandboxError) {
    while true {
        // Asked before the reading: what is written up to the end is read after it.
        let isOver = !entry.record.supervisor.isAlive
        try reader.showNew()
        if isOver { return }
        usleep(50_000)
    }
}

/// Reads a journal that may be written to, and turned over, meanwhile.
struct JournalReader {
    let folder: String
    private var file: CInt?
    /// Puts what is shown into objects.
    var lines: JournalLines?

    init(folder: String) { self.folder = folder }

    /// Prints what is there: all of it, or its last lines.
    mutating func showPast(lines: Int?) throws(SandboxError) {
        guard let lines else {
            try show("\(folder)/\(Journal.names[0])")
            return try showNew()
        }
        var bytes = try read("\(folder)/\(Journal.names[0])")
        try open()
        bytes += try readNew()
        var left = lines
        var index = bytes.count
        if bytes.last == UInt8(ascii: "\n") { index -= 1 }
        while index > 0 {
            if bytes[index - 1] == UInt8(ascii: "\n") {
                left -= 1
                if left <= 0 { break }
            }
            index -= 1
        }
        if lines > 0 { try put(Array(bytes[index...])) }
    }

    /// Leaves out what is there.
    mutating func skipPast() throws(SandboxError) {
        try open()
        _ = try readNew()
    }

    /// Prints what has come since the last time.
    mutating func showNew() throws(SandboxError) {
        try open()
        try put(readNew())
        // A journal that was turned over goes on in a new file, when this one is read to its end.
        guard let file else { return }
        let hasTurned = try attempt("inspect \(folder)/journal") { () throws(Errno) in
            let mine = try fileStatus(at: file)
            guard fileExists("\(folder)/journal") else { return false }
            return try fileStatus(at: nil, "\(folder)/journal", follow: false).st_ino != mine.st_ino
        }
        if hasTurned {
            try put(readNew())
            close(file)
            self.file = nil
            try showNew()
        }
    }

    private mutating func open() throws(SandboxError) {
        guard file == nil else { return }
        do { file = try openPath("\(folder)/journal", O_RDONLY | O_NOFOLLOW).release() } catch {
            // Nothing is written yet.
            if error != .noSuchFileOrDirectory { throw SandboxError(error, "open \(folder)/journal") }
        }
    }

    private func readNew() throws(SandboxError) -> [UInt8] {
        guard let file else { return [] }
        return try attempt("read \(folder)/journal") { () throws(Errno) in
            try readAll(file, limit: 2 * Journal.partBytes + 1 << 20)
        }
    }

    private func read(_ path: String) throws(SandboxError) -> [UInt8] {
        do { return try readFile(path) } catch {
            if error == .noSuchFileOrDirectory { return [] }
            throw SandboxError(error, "read \(path)")
        }
    }

    /// Shows a last line without an end.
    mutating func finish() throws(SandboxError) {
        if let rest = lines?.finish() { try write(rest) }
    }

    private mutating func show(_ path: String) throws(SandboxError) { try put(read(path)) }

    private mutating func put(_ bytes: [UInt8]) throws(SandboxError) {
        try write(lines?.objects(for: bytes) ?? bytes)
    }

    private func write(_ bytes: [UInt8]) throws(SandboxError) {
        if bytes.isEmpty { return }
        do { try writeAll(1, bytes) } catch {
            if error == .brokenPipe { _exit(0) }
            throw SandboxError(error, "print the journal")
        }
    }
}
