import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

struct StatsOptions: CommandOptions {
    var once = false
    var json = false
    var interval = "1"

    static let usage = "sandbox stats [options] [<name> ...]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--once", &once, "Print the table once; without a terminal that is what is done anyway.")
        options.flag("--json", &json, "Print the figures once, as JSON.")
        options.value("--interval", &interval, "seconds", "Seconds from one table to the next (default: 1).")
    }
}

/// `sandbox stats`: what running sandboxes use, of those named or all that have names.
func runStatsVerb(_ words: [String]) -> CInt {
    var options = StatsOptions()
    do throws(SandboxError) {
        let parsed = try options.parse(words)
        if parsed.wantsHelp {
            printOut(options.helpText)
            return 0
        }
        return try showStatistics(options, parsed.rest)
    } catch {
        printError("sandbox: \(printable(error.within("stats").description))")
        return error.runStatus
    }
}

private func showStatistics(_ options: StatsOptions, _ names: [String]) throws(SandboxError) -> CInt {
    guard let seconds = Double(options.interval), seconds >= 0.1, seconds <= 3600 else {
        throw SandboxError(
            .invalidInput, "--interval \"\(options.interval)\": not a number of seconds", remedy: "0.1 to 3600")
    }
    let isLive = !options.once && !options.json && isTerminal(1)
    let pause = useconds_t(isLive ? seconds * 1_000_000 : 250_000)
    let clock = ContinuousClock()
    var table = StatsTable(rows: try figures(names).map { StatsTable.Row(name: $0.name, figures: $0.figures) })
    var last = clock.now
    var drawn = 0
    repeat {
        if isLive { drawn = draw(table, over: drawn) }
        usleep(pause)
        let now = clock.now
        table = table.next(try figures(names), after: now - last)
        last = now
    } while isLive
    printOut(options.json ? String(decoding: table.json.encodedPretty(), as: UTF8.self) : table.text)
    return 0
}

/// The running ones now; one that is named and does not run is an error.
private func figures(_ names: [String]) throws(SandboxError) -> [(name: String, figures: SandboxFigures)] {
    let registry = ownRegistry()
    var records: [SandboxRecord] = []
    if names.isEmpty {
        records = try registry.running().map(\.record)
    } else {
        for name in names {
            let entry = try registry.entry(name)
            guard entry.isRunning else {
                throw SandboxError(.wrongState, "\"\(name)\" has ended", remedy: "sandbox ps lists those that run")
            }
            records.append(entry.record)
        }
    }
    var result: [(name: String, figures: SandboxFigures)] = []
    for record in records {
        if let figures = try SandboxFigures(of: record) { result.append((record.name, figures)) }
    }
    return result
}

/// Draws the table over the one before; the number of its lines.
private func draw(_ table: StatsTable, over lines: Int) -> Int {
    printOut((lines == 0 ? "" : "\u{1B}[\(lines)A\u{1B}[J") + table.text)
    return table.rows.count + 1
}
