import LinuxKernel

/// A line on a terminal that says how far a long work is; nothing anywhere else.
struct ImageProgress {
    private let isShown: Bool
    private let started = monotonicMilliseconds()
    private var lastShown: Int64 = 0
    private var hasLine = false

    init(quiet: Bool) { isShown = !quiet && isTerminal(2) }

    /// Shows the state, at most ten times a second.
    mutating func update(_ done: Int64, _ total: Int64?) {
        let now = monotonicMilliseconds()
        guard isShown, now - lastShown >= 100 else { return }
        lastShown = now
        hasLine = true
        // The line is a comfort: nobody misses one that could not be written.
        try? writeAll(2, "\r\u{1B}[K" + ImageProgress.line(done, total, milliseconds: now - started))
    }

    /// Takes the line away.
    mutating func end() {
        if hasLine { try? writeAll(2, "\r\u{1B}[K") }  // as above
        hasLine = false
    }

    /// `120.0 of 200.0 MB  60 %  85.1 MB/s  1 s left`.
    static func line(_ done: Int64, _ total: Int64?, milliseconds: Int64) -> String {
        let rate = milliseconds > 0 ? done * 1000 / milliseconds : 0
        var line = megabytes(done)
        if let total, total > 0 {
            line = "\(megabytes(done)) of \(megabytes(total)) MB  \(min(100, done * 100 / total)) %"
        } else {
            line += " MB"
        }
        if milliseconds >= 500, rate > 0 {
            line += "  \(megabytes(rate)) MB/s"
            if let total, total > done { line += "  \(duration((total - done) / rate)) left" }
        }
        return line
    }

    private static func duration(_ seconds: Int64) -> String {
        let seconds = max(1, seconds)
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }

    /// With one decimal; a megabyte is a million bytes.
    static func megabytes(_ bytes: Int64) -> String { "\(bytes / 1_000_000).\(bytes / 100_000 % 10)" }
}
