import Diagnostics
import Launcher
import LinuxKernel
import Review
import RuntimeSpec

/// Runs `sandbox build`: a command that sees the project and changes only a copy of it.
///
/// - Parameter runVerb: starts one sandbox.
func runBuildVerb(_ words: [String], _ runVerb: inout RunVerb<StandardOutput>) -> Int32 {
    do throws(SandboxError) {
        guard var command = try BuildCommand.parse(words) else {
            printOut(BuildCommand().helpText)
            return 0
        }
        if !command.run.noConfig, let configuration = try ProjectConfiguration.load() {
            command = try configuration.build(words, command: command)
        } else if let name = ProjectConfiguration.commandName(command.run.command) {
            throw ProjectConfiguration.missing(name)
        }
        try command.check()
        return try build(command, &runVerb)
    } catch {
        var error = error
        if error.message.hasPrefix("mount overlay") {
            error = error.hinting(
                "the changes need Linux 5.11 and a state folder on ext4, xfs, btrfs or tmpfs: XDG_STATE_HOME names another"
            )
        }
        printError("sandbox: \(printable(error.within("build").description))")
        return error.runStatus
    }
}

private func build(_ command: BuildCommand, _ runVerb: inout RunVerb<StandardOutput>) throws(SandboxError) -> Int32 {
    let reports = command.run.json && !command.run.explain
    var command = command
    if reports { command.run.json = false }
    let output = reports ? try ReportOutput.begin() : nil
    var selection = ReviewSelection()
    selection.project = command.run.project
    let place = try ReviewPlace(selection)
    if command.run.explain {
        let overlay = ProjectOverlay(folder: Workspace.folder(of: place.project, state: place.host.stateFolder))
        return try runVerb.launch(command.run) { $0.projectOverlay = overlay }
    }
    if !command.run.quiet, !fileExists(Workspace.folder(of: place.project, state: place.host.stateFolder)),
        let hint = movedHint(place.project, .build, place.host.stateFolder)
    {
        printError("sandbox: \(printable(hint))")
    }
    let workspace = try Workspace.make(place.project, state: place.host.stateFolder)
    try ProjectOrigin.note(place.project, in: workspace.folder)
    let overlay = ProjectOverlay(folder: workspace.folder)
    // What an earlier build left unsettled belongs to its own beginning.
    let prepared = try place.run { () throws(SandboxError) in
        try tellRecovery(workspace)
        if command.fresh {
            try workspace.discard()
            return 0
        }
        let left = try workspace.review()
        try workspace.settle(left)
        if command.apply || command.onSuccess { try refuseLeftovers(left.changes, command) }
        return 0
    }
    guard prepared == 0 else { return prepared }
    try workspace.beginBuild()
    let mask = try attempt("read the signal mask") { () throws(Errno) in try setSignalMask(.none) }
    if let fetch = command.fetch {
        let status = try runVerb.launch(command.run) { request in
            request.projectOverlay = overlay
            request.network = fetchNetwork()
            request.command = ["/bin/sh", "-c", fetch]
        }
        try restore(mask)
        if status != 0 {
            printError("sandbox: the fetch failed with status \(status); the build has not been started")
            return status
        }
    }
    let status = try runVerb.launch(command.run) { request in
        request.projectOverlay = overlay
        // Also where the profile would allow it: only a person says that a build may use the network.
        if command.run.net == nil { request.network = .none }
    }
    try restore(mask)
    if let output { try output.end() }
    return try finish(command, status, place, workspace, reports: reports)
}

/// With --json standard output is the report's alone: what the command prints there goes to standard error.
private struct ReportOutput {
    private let own: CInt

    static func begin() throws(SandboxError) -> ReportOutput {
        try attempt("set standard output aside") { () throws(Errno) in
            let own = CInt(try syscallRetrying(Int(SYS_fcntl), 1, Int(F_DUPFD_CLOEXEC), 10))
            try duplicate(2, onto: 1)
            return ReportOutput(own: own)
        }
    }

    func end() throws(SandboxError) {
        try attempt("take standard output back") { () throws(Errno) in try duplicate(own, onto: 1) }
        close(own)
    }
}

/// What earlier builds have left is not among what this one is asked to apply.
private func refuseLeftovers(_ changes: [Change], _ command: BuildCommand) throws(SandboxError) {
    if changes.isEmpty { return }
    throw SandboxError(
        .refused,
        "\(command.apply ? "--apply" : "--on-success"): earlier builds have left \(ChangeSummary(changes).total), not reviewed",
        remedy: "sandbox diff shows it; sandbox apply or sandbox discard settles it, or drop it with --fresh")
}

/// The host's own network only where nothing connects a private one.
private func fetchNetwork() -> LaunchSpec.Network {
    let program = NetworkFacts.read(path: environmentValue("PATH"), files: KernelFiles()).program
    return program.map { .user($0) } ?? .host
}

private func restore(_ mask: SignalSet) throws(SandboxError) {
    _ = try attempt("restore the signal mask") { () throws(Errno) in try setSignalMask(mask) }
}

/// Settles what the changes are based on, tells of them, and takes them over when that was asked for.
private func finish(
    _ command: BuildCommand, _ status: Int32, _ place: ReviewPlace, _ workspace: borrowing Workspace, reports: Bool
) throws(SandboxError) -> Int32 {
    let takes = command.apply || command.onSuccess && status == 0
    let settled = try place.run { () throws(SandboxError) in
        let pending = try workspace.review()
        try workspace.settle(pending)
        let shown = try ShownChanges(pending, [])
        if reports {
            let report = try reviewReport(shown, pending, project: place.project)
            try finish(report, status, takes: takes) { () throws(SandboxError) in
                try applyChanges(workspace, [], command.choice, quiet: true)
            }
            return 0
        }
        if !command.run.quiet { tell(shown, place.project, takes: takes) }
        if takes { try applyChanges(workspace, [], command.choice) }
        return 0
    }
    return status == 0 ? settled : status
}

/// Prints the report whatever comes of the apply: its failure is told on standard error.
private func finish(
    _ report: JSON, _ status: Int32, takes: Bool, _ apply: () throws(SandboxError) -> Void
) throws(SandboxError) {
    guard case .object(var members) = report else { return }
    members.insert(JSON.Member("exitStatus", .integer(status)), at: 1)
    var failure: SandboxError?
    if takes { do throws(SandboxError) { try apply() } catch { failure = error } }
    members.append(JSON.Member("applied", .bool(takes && failure == nil)))
    printJSON(.object(members))
    if let failure { throw failure }
}

/// The changes in a few lines on standard error: standard output is the command's.
private func tell(_ shown: ShownChanges, _ project: String, takes: Bool) {
    let summary = ChangeSummary(shown.changes)
    if shown.changes.isEmpty { return printError("sandbox: no changes in \(printable(project))") }
    printError("sandbox: \(summary.total), to be reviewed; \(printable(project)) is as it was")
    let most = 20
    for line in summary.lines.prefix(most) { printError("  \(line.letter) \(line.text)") }
    if summary.lines.count > most { printError("  … and \(summary.lines.count - most) more") }
    for line in shown.warnings() { printError("  \(line)") }
    if !takes { printError("look: sandbox diff    take over: sandbox apply    drop: sandbox discard") }
}

extension ProjectOverlay {
    /// In a workspace's folder.
    init(folder: String) {
        self.init(
            lower: folder + "/project", upper: folder + "/upper", work: folder + "/work",
            served: folder + "/served-work",
            home: folder + "/home")
    }
}
