import Diagnostics
import LinuxKernel
import Review

/// Runs `sandbox apply`: takes changes of the builds into the project.
func runApplyVerb(_ words: [String]) -> Int32 {
    reviewVerb("apply") { () throws(SandboxError) in
        guard let command = try ApplyCommand.read(words) else {
            printOut(ApplyCommand().helpText)
            return 0
        }
        if command.choice.allowGuarded && command.choice.skipGuarded {
            throw SandboxError(.invalidInput, "--allow-guarded and --skip-guarded exclude each other")
        }
        let place = try ReviewPlace(command.selection)
        let paths = try place.treePaths(command.selection.paths)
        guard let workspace = try place.workspace(.writing("an apply")) else {
            _ = try chosen([], paths)
            if command.json { printJSON(changeReport(place.project, [], "applied")) } else { printOut("no changes\n") }
            return 0
        }
        return try place.run { () throws(SandboxError) in
            let taken = try applyChanges(workspace, paths, command.choice, quiet: command.json)
            if command.json { printJSON(changeReport(place.project, taken, "applied")) }
            return 0
        }
    }
}

/// Takes over the changes at these paths, all when there are none, says so unless `quiet`, and gives them back.
@discardableResult
func applyChanges(
    _ workspace: borrowing Workspace, _ paths: [TreePath], _ choice: ApplyChoice, quiet: Bool = false
) throws(SandboxError) -> [Change] {
    try tellRecovery(workspace)
    let pending = try workspace.review()
    let shown = try ShownChanges(pending, paths)
    try refuseConflicts(shown, choice)
    var taken = shown.changes
    if !shown.guarded.isEmpty, !choice.allowGuarded {
        let guarded = shown.changes.filter { shown.guarded[$0.path] != nil }
        printError(shown.warnings().filter { $0.hasPrefix("LOOK") }.joined(separator: "\n"))
        if choice.skipGuarded {
            taken.removeAll { change in guarded.contains { change.path.isInside($0.path) } }
        } else if try !mayTakeGuarded(guarded.count) {
            throw SandboxError(.refused, "nothing has been applied")
        }
    }
    for change in taken { tellLoss(change) }
    taken.removeAll { $0.after?.kind == .special }
    if taken.isEmpty {
        if !quiet { printOut("no changes\n") }
        return []
    }
    try workspace.apply(ApplyPlan.separated(taken), pending)
    if quiet { return taken }
    printOut("applied: \(ChangeSummary(taken).total) (sandbox undo takes it back)\n")
    return taken
}

private func refuseConflicts(_ shown: ShownChanges, _ choice: ApplyChoice) throws(SandboxError) {
    let conflicts = shown.changes.filter { shown.isConflict($0) }
    guard !conflicts.isEmpty, !choice.force else { return }
    let names = conflicts.prefix(10).map { $0.path.quoted() }.joined(separator: ", ")
    throw SandboxError(
        .wrongState,
        "changed outside as well, since the sandbox changed it: \(names)\(conflicts.count > 10 ? ", …" : "")",
        remedy: "look with sandbox diff PATH; name the other paths, or take the sandbox's version with --force")
}

/// Asks on a terminal; elsewhere only an option can say yes.
private func mayTakeGuarded(_ count: Int) throws(SandboxError) -> Bool {
    guard isTerminal(0), isTerminal(2) else {
        throw SandboxError(
            .refused, "programs of this host act on \(count == 1 ? "one of the changes" : "\(count) of the changes")",
            remedy: "look with sandbox diff; --allow-guarded takes them over, --skip-guarded leaves them out")
    }
    do { try writeAll(2, "Programs of this host act on these as soon as they are there. Take them over? [y/N] ") } catch
    {}
    let answer = readLine() ?? ""
    return answer.lowercased() == "y" || answer.lowercased() == "yes"
}

/// What of a change a project does not keep.
private func tellLoss(_ change: Change) {
    guard let after = change.after else { return }
    if after.kind == .special { printError("sandbox: left out: \(change.path.quoted()) is a socket, pipe or device") }
    if after.kind == .file, after.mode != after.appliedMode {
        printError("sandbox: \(change.path.quoted()): set-user-id and such bits are left out")
    }
    if change.kind == .owner { printError("sandbox: \(change.path.quoted()): the owner stays as it is") }
}

/// An apply that was killed is taken back before anything else is done.
func tellRecovery(_ workspace: borrowing Workspace) throws(SandboxError) {
    if let paths = try workspace.recover() {
        printError("sandbox: an apply had been interrupted; its \(paths.count) paths are as they were before it")
    }
}
