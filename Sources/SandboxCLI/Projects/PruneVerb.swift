import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

struct PruneOptions: CommandOptions {
    var dryRun = false
    var yes = false
    var json = false

    static let usage = "sandbox prune [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--dry-run", short: "-n", &dryRun, "Say what would go, and remove nothing.")
        options.flag(
            "--yes", short: "-y", &yes, "Do not ask before shells and builds of projects that are gone are removed.")
        options.flag("--json", &json, "Print what went as JSON.")
    }
}

/// `sandbox prune`: forgets the sandboxes that have ended, and, after a yes, what is kept for projects that are gone.
func pruneSandboxes(_ options: PruneOptions) throws(SandboxError) -> CInt {
    let registry = ownRegistry()
    var forgotten: [String] = []
    for entry in try registry.all() where !entry.isRunning {
        if !options.dryRun { try registry.forget(entry) }
        forgotten.append(entry.record.name)
        if !options.json { printOut((options.dryRun ? "would forget " : "") + entry.record.name + "\n") }
    }
    let running = try registry.running().map(\.record.name)
    let host = try callersHost()
    let gone = try ProjectState.all(host.stateFolder).filter { state in
        state.presence == .gone && !(state.kind == .shell && running.contains(state.key))
    }
    var removed: [ProjectState] = []
    if options.dryRun {
        removed = gone
        if !options.json { for state in gone { printOut("would remove \(printable(state.line))\n") } }
    } else if !gone.isEmpty, options.yes || mayRemove(gone) {
        removed = try remove(gone, host)
        if !options.json { for state in removed { printOut("removed \(printable(state.line))\n") } }
    }
    if options.json {
        printJSON(
            .object([
                JSON.Member("dryRun", .bool(options.dryRun)), JSON.Member("forgotten", forgotten.json),
                JSON.Member("removed", .array(removed.map(\.json))),
            ]))
    }
    return removed.count == gone.count || !options.yes ? 0 : 125
}

/// Asks on a terminal; elsewhere says what is there and how it goes. A disk that is not mounted looks like a project
/// that is gone.
private func mayRemove(_ gone: [ProjectState]) -> Bool {
    for state in gone { printError("sandbox: the project is gone: \(printable(state.line))") }
    guard isTerminal(0), isTerminal(2) else {
        printError(
            "sandbox: nothing of these is removed (hint: sandbox prune --yes; sandbox adopt where one was moved)")
        return false
    }
    do { try writeAll(2, "Remove what is kept for \(gone.count == 1 ? "it" : "them")? [y/N] ") } catch {}
    let answer = (readLine() ?? "").lowercased()
    return answer == "y" || answer == "yes"
}

/// Those that could be removed; what is in use stays, and is told of.
func remove(_ states: [ProjectState], _ host: LaunchHost) throws(SandboxError) -> [ProjectState] {
    var removed: [ProjectState] = []
    for state in states {
        // Files of subordinate ids are in it.
        let status = try runWithMaps(host) {
            do throws(Errno) {
                let file = try openPath(state.kind == .build ? state.path + "/lock" : state.path, O_RDONLY | O_NOFOLLOW)
                try lockFile(file.raw, wait: false)
                try removeTree(state.path)
                return 0
            } catch {
                printError("sandbox: \(printable(state.line)): \(error == .wouldBlock ? "in use" : error.text)")
                return 1
            }
        }
        if status == 0 { removed.append(state) }
    }
    return removed
}

/// The caller, without a project.
func callersHost() throws(SandboxError) -> LaunchHost {
    var request = LaunchSpec(command: [])
    request.project = .none
    return try LaunchHost.read(for: request, caller: .current(), files: KernelFiles())
}

/// `sandbox ps --projects`: what is kept for which project.
func listProjects(_ options: PsOptions) throws(SandboxError) -> CInt {
    let states = try ProjectState.all(callersHost().stateFolder)
    if options.json {
        printJSON(.array(states.map(\.json)))
    } else if options.quiet {
        printOut(states.map { printable($0.project ?? $0.key) + "\n" }.joined())
    } else {
        let rows = states.map { state in
            [
                state.kind == .shell ? "shell " + state.shell : "build", state.presence.rawValue, state.usedText,
                printable(state.project ?? state.key),
            ]
        }
        printOut(tableText([["KEPT", "PROJECT IS", "LAST USED", "PROJECT"]] + rows))
    }
    return 0
}

/// Rows with columns of one width each.
func tableText(_ rows: [[String]]) -> String {
    let count = rows.first?.count ?? 0
    let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = row.enumerated().map { index, cell in
            cell + (index == count - 1 ? "" : String(repeating: " ", count: widths[index] - cell.count))
        }
        return cells.joined(separator: "   ") + "\n"
    }.joined()
}

extension ProjectState {
    fileprivate var line: String { "\(label), last used \(usedText)" }
}
