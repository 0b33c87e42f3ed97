/// Changes in few lines: folders that came or went as a whole, or were renamed, count as one.
package struct ChangeSummary: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package var letter: String
        /// Ends with a slash for a folder.
        package var text: String

        package init(_ letter: String, _ text: String) {
            self.letter = letter
            self.text = text
        }
    }

    package private(set) var lines: [Line] = []
    package private(set) var added = 0
    package private(set) var deleted = 0
    package private(set) var changed = 0
    package private(set) var renamed = 0

    package init(_ changes: [Change]) {
        for change in changes where !change.isFolder || change.kind == .type || change.kind == .mode { count(change) }
        let moved = ChangeSummary.movedFolders(changes)
        let origins = Set(moved.values)
        var index = 0
        while index < changes.count {
            let change = changes[index]
            var end = index + 1
            guard change.isFolder, change.kind == .added || change.kind == .deleted else {
                lines.append(Line(change.kind.letter, ChangeSummary.text(change)))
                index = end
                continue
            }
            while end < changes.count, changes[end].path.isInside(change.path) { end += 1 }
            let files = changes[index..<end].count { !$0.isFolder }
            let name = "\(change.path.quoted())/ (\(files) \(files == 1 ? "file" : "files"))"
            if let from = moved[change.path] {
                lines.append(Line("R", "\(from.quoted())/ → \(name)"))
            } else if files > 0 || !origins.contains(where: { change.path.isInside($0) }) {
                lines.append(Line(change.kind.letter, name))
            }
            index = end
        }
    }

    private mutating func count(_ change: Change) {
        switch change.kind {
        case .added: added += 1
        case .deleted: deleted += 1
        case .modified, .mode, .owner, .type: changed += 1
        case .renamed: renamed += 1
        }
    }

    /// `2 files added, 1 changed`; "no changes" when there are none.
    package var total: String {
        let parts = [(added, "added"), (changed, "changed"), (deleted, "deleted"), (renamed, "renamed")].filter {
            $0.0 > 0
        }
        guard let first = parts.first else { return lines.isEmpty ? "no changes" : "only folders changed" }
        let head = "\(first.0) \(first.0 == 1 ? "file" : "files") \(first.1)"
        return ([head] + parts.dropFirst().map { "\($0.0) \($0.1)" }).joined(separator: ", ")
    }

    /// One change, as a line of a list shows it.
    package static func text(_ change: Change) -> String {
        let path = change.path.quoted() + (change.isFolder ? "/" : "")
        switch change.kind {
        case .renamed: return "\(change.origin?.quoted() ?? "") → \(path)"
        case .mode:
            return "\(path) (mode \(octal(change.before?.mode ?? 0)) → \(octal(change.after?.mode ?? 0)))"
        case .owner:
            return "\(path) (owner \(change.before?.uid ?? 0):\(change.before?.gid ?? 0) → "
                + "\(change.after?.uid ?? 0):\(change.after?.gid ?? 0))"
        case .type:
            return "\(path) (\(change.before?.kind.rawValue ?? "") → \(change.after?.kind.rawValue ?? ""))"
        case .added, .deleted, .modified:
            let kind = (change.after ?? change.before)?.kind
            return kind == .special || kind == .link ? "\(path) (\(kind?.rawValue ?? ""))" : path
        }
    }

    private static func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

    /// Added folders, all of whose files were renamed from one deleted folder with the same paths below it.
    private static func movedFolders(_ changes: [Change]) -> [TreePath: TreePath] {
        let deleted = Set(changes.filter { $0.isFolder && $0.kind == .deleted }.map(\.path))
        if deleted.isEmpty { return [:] }
        var moved: [TreePath: TreePath] = [:]
        for (index, change) in changes.enumerated() where change.isFolder && change.kind == .added {
            if moved.keys.contains(where: { change.path.isInside($0) }) { continue }
            let inside = changes[(index + 1)...].prefix { $0.path.isInside(change.path) }.filter { !$0.isFolder }
            guard let first = inside.first, let origin = first.origin else { continue }
            let depth = first.path.components.count - change.path.components.count
            var from = origin
            for _ in 0..<depth { from = from.parent }
            let fits = inside.allSatisfy { file in
                guard let origin = file.origin, origin.isInside(from) else { return false }
                return origin.bytes.dropFirst(from.bytes.count).elementsEqual(
                    file.path.bytes.dropFirst(change.path.bytes.count))
            }
            if fits, deleted.contains(from) { moved[change.path] = from }
        }
        return moved
    }
}
