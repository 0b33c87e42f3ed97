import Diagnostics
import LinuxKernel
import Review

/// Runs `sandbox diff`: what the builds of a project have changed and nobody has applied.
func runDiffVerb(_ words: [String]) -> Int32 {
    reviewVerb("diff") { () throws(SandboxError) in
        guard let command = try DiffCommand.read(words) else {
            printOut(DiffCommand().helpText)
            return 0
        }
        let form = try command.form()
        let isTerminal = isTerminal(1)
        let colors = try command.colors(isTerminal: isTerminal, environment: environmentValue)
        let style = UnifiedText.Style(colors: colors, escapesControls: isTerminal)
        if let name = command.keep { return try diffKept(name, command, style) }
        let place = try ReviewPlace(command.selection)
        let paths = try place.treePaths(command.selection.paths)
        guard let workspace = try place.workspace(.reading) else {
            if !paths.isEmpty { _ = try chosen([], paths) }
            if form == .json { printOut("\(emptyReport(place.project))\n") }
            return 0
        }
        return try place.run { () throws(SandboxError) in
            if try workspace.isInterrupted() {
                printError(
                    "sandbox: an apply has been interrupted (hint: sandbox undo takes it back, the next apply too)")
            }
            return try show(workspace.review(), paths, command, style, project: place.project)
        }
    }
}

/// Shows changes in the form that the options ask for.
func show(
    _ pending: borrowing PendingChanges, _ paths: [TreePath], _ command: DiffCommand, _ style: UnifiedText.Style,
    project: String
) throws(SandboxError) -> Int32 {
    let shown = try ShownChanges(pending, paths)
    switch try command.form() {
    case .text: try printText(shown, pending, style, binary: command.binary)
    case .summary: printSummary(shown)
    case .stat: try printStat(shown, pending)
    case .json: printJSON(try reviewReport(shown, pending, project: project))
    }
    return command.exitCode && !shown.changes.isEmpty ? 1 : 0
}

/// Runs a verb of the review and tells what it throws.
func reviewVerb(_ name: String, _ body: () throws(SandboxError) -> Int32) -> Int32 {
    do throws(SandboxError) { return try body() } catch {
        printError("sandbox: \(printable(error.within(name).description))")
        return 125
    }
}

private func printText(
    _ shown: ShownChanges, _ pending: borrowing PendingChanges, _ style: UnifiedText.Style,
    binary: Bool
) throws(SandboxError) {
    for line in shown.warnings() { printOut(colored(line, "1;31", style) + "\n") }
    var text = UnifiedText(style: style)
    for change in shown.changes {
        let sides = sides(change, pending)
        var whole: UnifiedText.Whole?
        if binary, sides.old == .binary || sides.new == .binary {
            whole = try attempt("read \(change.path.quoted())") { () throws(Errno) in
                UnifiedText.Whole(
                    try FileText.whole(pending.lower.raw, change.path, change.before),
                    try FileText.whole(pending.upper.raw, change.path, change.after))
            }
        }
        text.write(change, old: sides.old, new: sides.new, whole: whole)
        if text.bytes.count > 1 << 16 { try write(text.take()) }
    }
    try write(text.take())
    if !shown.changes.isEmpty { printOut(colored("# \(ChangeSummary(shown.changes).total)", "1", style) + "\n") }
}

private func colored(_ text: String, _ color: String, _ style: UnifiedText.Style) -> String {
    style.colors ? "\u{1b}[\(color)m\(text)\u{1b}[m" : text
}

/// Both contents of a change; those of a rename are the same and are not read. One that cannot be read is told and shown
/// as no text: it must not keep the others from being seen.
func sides(_ change: Change, _ pending: borrowing PendingChanges) -> (old: FileText, new: FileText) {
    guard change.contentDiffers else { return (.none, .none) }
    func text(_ root: CInt, _ entry: TreeEntry?) -> FileText {
        do { return try FileText.read(root, change.path, entry) } catch {
            printError("sandbox: diff: \(change.path.quoted()): cannot be shown: \(error.text)")
            return .binary
        }
    }
    return (text(pending.lower.raw, change.before), text(pending.upper.raw, change.after))
}

/// A reader that has seen enough closes the pipe: that ends the output without an error.
private func write(_ bytes: [UInt8]) throws(SandboxError) {
    do { try writeAll(1, bytes) } catch {
        if error == .brokenPipe { exit(141) }
        throw SandboxError(error, "write the output")
    }
}

private func printSummary(_ shown: ShownChanges) {
    let summary = ChangeSummary(shown.changes)
    for line in shown.warnings() { printOut(line + "\n") }
    for line in summary.lines { printOut("\(line.letter) \(line.text)\n") }
    if !shown.changes.isEmpty { printOut("# \(summary.total)\n") }
}
