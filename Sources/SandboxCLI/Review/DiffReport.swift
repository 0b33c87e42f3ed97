import Diagnostics
import LinuxKernel
import Review
import RuntimeSpec

/// How many lines a change adds and deletes; nil for one whose content is not text.
func lineCounts(
    _ change: Change, _ pending: borrowing PendingChanges
) throws(SandboxError) -> (added: Int, deleted: Int)? {
    let sides = sides(change, pending)
    guard let old = sides.old.bytes, let new = sides.new.bytes else { return nil }
    return LineDiff.counts(old: old, new: new)
}

/// `git diff --stat`, but for the bars.
func printStat(_ shown: ShownChanges, _ pending: borrowing PendingChanges) throws(SandboxError) {
    var total = (added: 0, deleted: 0)
    var lines = shown.warnings()
    for change in shown.changes {
        let name = "\(change.kind.letter) \(ChangeSummary.text(change))"
        if change.isFolder && change.kind != .type {
            lines.append(name)
        } else if let counts = try lineCounts(change, pending) {
            total = (total.added + counts.added, total.deleted + counts.deleted)
            lines.append("\(name) | +\(counts.added) -\(counts.deleted)")
        } else {
            lines.append("\(name) | binary, \(change.before?.size ?? 0) → \(change.after?.size ?? 0) bytes")
        }
    }
    if !shown.changes.isEmpty {
        lines.append(
            "# \(ChangeSummary(shown.changes).total); \(total.added) lines added, \(total.deleted) deleted")
    }
    if !lines.isEmpty { printOut(lines.joined(separator: "\n") + "\n") }
}

func emptyReport(_ project: String) -> String {
    String(decoding: report(project, changes: [], ChangeSummary([])).encoded(), as: UTF8.self)
}

/// Everything known of changes, as `diff --json` prints it.
func reviewReport(
    _ shown: ShownChanges, _ pending: borrowing PendingChanges, project: String
) throws(SandboxError) -> JSON {
    var changes: [JSON] = []
    for change in shown.changes {
        var members = describe(change)
        if change.contentDiffers, !change.isFolder {
            if let counts = try lineCounts(change, pending) {
                members.append(JSON.Member("addedLines", .integer(counts.added)))
                members.append(JSON.Member("deletedLines", .integer(counts.deleted)))
            } else {
                members.append(JSON.Member("binary", .bool(true)))
            }
        }
        if let target = try pending.target(change) { members += text("target", target) }
        if let reason = shown.guarded[change.path] { members.append(JSON.Member("guarded", .string(reason))) }
        if shown.isConflict(change) { members.append(JSON.Member("conflict", .bool(true))) }
        changes.append(.object(members))
    }
    return report(project, changes: changes, ChangeSummary(shown.changes))
}

/// What a verb has done with changes, under the verb's own word: as `diff --json` has them, without their lines.
func changeReport(_ project: String, _ changes: [Change], _ done: String) -> JSON {
    report(project, changes: changes.map { .object(describe($0)) }, ChangeSummary(changes), done)
}

/// Paths as text; one that is no UTF-8 as it can be read.
func pathsJSON(_ paths: [TreePath]) -> JSON { .array(paths.map { .object(text("path", $0.bytes)) }) }

private func report(_ project: String, changes: [JSON], _ summary: ChangeSummary, _ name: String = "changes") -> JSON {
    let counts: [(String, Int)] = [
        ("added", summary.added), ("changed", summary.changed), ("deleted", summary.deleted),
        ("renamed", summary.renamed),
    ]
    return .object([
        JSON.Member("project", .string(project)), JSON.Member(name, .array(changes)),
        JSON.Member("summary", .object(counts.map { JSON.Member($0.0, .integer($0.1)) })),
    ])
}

private func describe(_ change: Change) -> [JSON.Member] {
    var members = text("path", change.path.bytes) + [JSON.Member("change", .string(change.kind.rawValue))]
    if let origin = change.origin { members += text("from", origin.bytes) }
    for (name, entry) in [("before", change.before), ("after", change.after)] {
        guard let entry else { continue }
        let properties = [
            JSON.Member("type", .string(entry.kind.rawValue)),
            JSON.Member("mode", .string("0" + String(entry.mode, radix: 8))),
            JSON.Member("size", .integer(entry.size)), JSON.Member("uid", .integer(entry.uid)),
            JSON.Member("gid", .integer(entry.gid)),
        ]
        members.append(JSON.Member(name, .object(properties)))
    }
    return members
}

/// Bytes as text; those that are none also as they are, in hexadecimal.
private func text(_ name: String, _ bytes: [UInt8]) -> [JSON.Member] {
    let member = JSON.Member(name, .string(String(decoding: bytes, as: UTF8.self)))
    if String(validating: bytes, as: UTF8.self) != nil { return [member] }
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return [member, JSON.Member(name + "Bytes", .string(digits))]
}
