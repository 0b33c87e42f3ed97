import Diagnostics
import LinuxKernel

extension Workspace {
    /// Takes changes into the project; `changes` are some of the review's, renames taken apart. All or none of them:
    /// when one fails, those before it are taken back.
    package func apply(_ changes: [Change], _ review: borrowing PendingChanges) throws(SandboxError) {
        let steps = ApplyPlan.steps(changes)
        let undo = try attempt("prepare \(folder)/undo") { () throws(Errno) in try UndoFolder.begin(root.raw) }
        let journal = try attempt("open the journal") { () throws(Errno) in try undo.journal.duplicate() }
        var apply = Apply(project: review.lower.raw, upper: review.upper.raw, undo: undo, changes: changes)
        do throws(SandboxError) {
            for (index, step) in steps.enumerated() { try apply.perform(step, index) }
            try attempt("write the journal") { () throws(Errno) in
                try writeAll(journal.raw, ApplyJournal.footer)
            }
        } catch {
            _ = try undoLast(force: true)
            throw error.hinting("nothing has been changed")
        }
        let taken = Set(changes.map(\.path))
        let remaining = review.changes.filter { !taken.contains($0.path) }
        try attempt("tidy the changes") { () throws(Errno) in
            try Prune(remaining: remaining).prune(review.upper.raw)
        }
        try settle(try self.review())
        try sweep()
    }

    /// Takes the last apply back. Paths that somebody has changed since are refused, or left alone with `force`; these
    /// are returned. nil when there is nothing to undo.
    package func undoLast(force: Bool) throws(SandboxError) -> (paths: [TreePath], left: [TreePath])? {
        let opened = try attempt("open \(folder)/undo") { () throws(Errno) in try UndoFolder.open(root.raw) }
        guard let opened else { return nil }
        let journal = try opened.read()
        // After a discard the changes would have nowhere to go back to.
        if !fileExists(at: root.raw, "upper") { try beginBuild() }
        let review = try review()
        let paths = Set(journal.steps.map(\.path))
        let undo = Undo(project: review.lower.raw, upper: review.upper.raw, folder: opened, journal: journal)
        let conflicts = try undo.conflicts()
        if !force, !conflicts.isEmpty {
            throw SandboxError(
                .wrongState, "changed since the apply: \(conflicts.map { $0.quoted() }.joined(separator: ", "))",
                remedy: "sandbox undo --force leaves these as they are and takes back the rest")
        }
        let left = try undo.perform()
        try attempt("finish the undo") { () throws(Errno) in
            try rename(at: root.raw, "undo", to: root.raw, "trash.undone.\(getpid())")
        }
        try sweep()
        var after = try self.review()
        // What has just been put back is what its change is based on.
        for change in after.changes where paths.contains(change.path) {
            after.base.set(change.path, BaseRecord.State(change.before, content: after.content(change)))
        }
        try settle(after)
        return (paths.sorted(), left)
    }

    /// Whether an apply was killed and has not been taken back.
    package func isInterrupted() throws(SandboxError) -> Bool {
        let opened = try attempt("open \(folder)/undo") { () throws(Errno) in try UndoFolder.open(root.raw) }
        guard let opened else { return false }
        return try !opened.read().isComplete
    }

    /// Takes back an apply that was killed; the paths it had come to, nil when there was none.
    package func recover() throws(SandboxError) -> [TreePath]? {
        let opened = try attempt("open \(folder)/undo") { () throws(Errno) in try UndoFolder.open(root.raw) }
        guard let opened else { return nil }
        if try opened.read().isComplete { return nil }
        return try undoLast(force: true)?.paths
    }
}
