import Diagnostics
import Review
import RuntimeSpec

/// Runs `sandbox undo`: the project gets back what the last apply overwrote.
func runUndoVerb(_ words: [String]) -> Int32 {
    reviewVerb("undo") { () throws(SandboxError) in
        guard let command = try UndoCommand.read(words) else {
            printOut(UndoCommand().helpText)
            return 0
        }
        try refusePaths(command.selection, "the whole of the last apply is taken back")
        let place = try ReviewPlace(command.selection)
        let nothing = SandboxError(.notFound, "nothing has been applied in \(place.project)")
        guard let workspace = try place.workspace(.writing("an undo")) else { throw nothing }
        return try place.run { () throws(SandboxError) in
            guard let result = try workspace.undoLast(force: command.force) else { throw nothing }
            for path in result.left { printError("sandbox: left as it is: \(path.quoted()) has changed since") }
            if command.json {
                let kept = Set(result.left)
                printJSON(
                    .object([
                        JSON.Member("project", .string(place.project)),
                        JSON.Member("takenBack", pathsJSON(result.paths.filter { !kept.contains($0) })),
                        JSON.Member("left", pathsJSON(result.left)),
                    ]))
                return 0
            }
            let count = result.paths.count - result.left.count
            printOut("taken back: \(count) \(count == 1 ? "path" : "paths"), which are changes to be reviewed again\n")
            return 0
        }
    }
}

/// Runs `sandbox discard`: the builds' changes and their home are dropped.
func runDiscardVerb(_ words: [String]) -> Int32 {
    reviewVerb("discard") { () throws(SandboxError) in
        guard let command = try DiscardCommand.read(words) else {
            printOut(DiscardCommand().helpText)
            return 0
        }
        try refusePaths(command.selection, "all changes are discarded; sandbox apply PATH takes some before")
        let place = try ReviewPlace(command.selection)
        guard let workspace = try place.workspace(.writing("a discard")) else {
            if command.json {
                printJSON(changeReport(place.project, [], "discarded"))
            } else {
                printOut("no changes\n")
            }
            return 0
        }
        return try place.run { () throws(SandboxError) in
            try tellRecovery(workspace)
            let changes = try workspace.review().changes
            try workspace.discard()
            if command.json {
                printJSON(changeReport(place.project, changes, "discarded"))
            } else {
                printOut("discarded: \(ChangeSummary(changes).total)\n")
            }
            return 0
        }
    }
}

private func refusePaths(_ selection: ReviewSelection, _ reason: String) throws(SandboxError) {
    guard let path = selection.paths.first else { return }
    throw SandboxError(.invalidInput, "\"\(path)\": no paths can be given: \(reason)")
}
