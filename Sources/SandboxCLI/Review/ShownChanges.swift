import Diagnostics
import Review

/// The changes of a workspace as a person sees them: renames joined, and what needs a second look known.
struct ShownChanges {
    var changes: [Change]
    /// By path, why programs of the host act on it.
    var guarded: [TreePath: String] = [:]
    /// Changed outside as well, since the sandbox changed them.
    var conflicts: Set<TreePath>

    /// - Parameter all: the changes without renames.
    init(_ pending: borrowing PendingChanges, _ paths: [TreePath]) throws(SandboxError) {
        let joined = Renames.joined(pending.changes, upper: pending.upper.raw, lower: pending.lower.raw)
        changes = try chosen(joined, paths)
        conflicts = Set(pending.conflicts.map(\.path))
        for change in changes {
            let target = try pending.target(change)
            if let reason = GuardedPaths.reason(change, target: target) { guarded[change.path] = reason }
        }
    }

    /// Whether the change, or where it was renamed from, has changed outside.
    func isConflict(_ change: Change) -> Bool {
        conflicts.contains(change.path) || change.origin.map(conflicts.contains) ?? false
    }

    /// The lines that stand before everything else.
    func warnings() -> [String] {
        var lines: [String] = []
        for change in changes {
            if let reason = guarded[change.path], !change.isFolder || change.kind == .type {
                lines.append("LOOK: \(change.kind.letter) \(ChangeSummary.text(change)): \(reason)")
            }
        }
        for change in changes where isConflict(change) {
            lines.append("CONFLICT: \(ChangeSummary.text(change)): changed outside as well")
        }
        return lines
    }
}
