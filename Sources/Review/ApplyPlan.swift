/// The order in which changes are taken into a project.
package enum ApplyPlan {
    package typealias Step = ApplyJournal.Step

    /// Deletions first, what is in a folder before the folder; then the rest, folders before what is in them. Special
    /// files and owners are left out: no project keeps them.
    package static func steps(_ changes: [Change]) -> [Step] {
        var steps: [Step] = []
        for change in changes.reversed() where change.after == nil {
            guard let before = change.before else { continue }
            let isFolder = before.kind == .folder
            steps.append(
                Step(
                    isFolder ? .removeFolder : .delete, change.path, before: before.mode, after: nil, isFolder: isFolder
                ))
        }
        for change in changes {
            guard let after = change.after, after.kind != .special else { continue }
            steps += ApplyPlan.steps(change.path, change.before, after, contentDiffers: change.contentDiffers)
        }
        return steps
    }

    private static func steps(
        _ path: TreePath, _ before: TreeEntry?, _ after: TreeEntry, contentDiffers: Bool
    ) -> [Step] {
        let mode = after.kind == .folder ? after.mode & 0o1777 : after.appliedMode
        if let before, before.kind == after.kind {
            if contentDiffers { return [Step(.put, path, before: before.mode, after: mode)] }
            return before.mode == mode
                ? [] : [Step(.setMode, path, before: before.mode, after: mode, isFolder: after.kind == .folder)]
        }
        var steps: [Step] = []
        if after.kind == .folder {
            if let before { steps.append(Step(.delete, path, before: before.mode, after: nil)) }
            steps.append(Step(.makeFolder, path, before: nil, after: mode, isFolder: true))
        } else if let before, before.kind == .folder {
            steps.append(Step(.removeFolder, path, before: before.mode, after: nil, isFolder: true))
            steps.append(Step(.put, path, before: nil, after: mode))
        } else {
            steps.append(Step(.put, path, before: before?.mode, after: mode))
        }
        return steps
    }

    /// The changes at or below these paths, with the folders they need; no paths: all.
    ///
    /// A rename is taken by its old or its new path, and always whole.
    package static func selected(_ changes: [Change], _ paths: [TreePath]) -> [Change] {
        if paths.isEmpty { return changes }
        func isNamed(_ path: TreePath) -> Bool { paths.contains { path.isInside($0) } }
        let named = changes.filter { isNamed($0.path) || ($0.origin.map(isNamed) ?? false) }
        var needed = Set<TreePath>()
        for change in named {
            var parent = change.path.parent
            while !parent.isRoot, needed.insert(parent).inserted { parent = parent.parent }
        }
        let chosen = Set(named.map(\.path))
        return changes.filter { change in
            if chosen.contains(change.path) { return true }
            // A folder that something chosen is to stand in; one that is replaced by a file needs its content gone.
            return needed.contains(change.path) && change.after?.kind == .folder && change.before?.kind != .folder
        }
    }

    /// Renames as what they are made of: one deletion and one addition.
    package static func separated(_ changes: [Change]) -> [Change] {
        var result: [Change] = []
        for change in changes {
            guard let origin = change.origin else {
                result.append(change)
                continue
            }
            result.append(Change(change.path, before: nil, after: change.after))
            result.append(Change(origin, before: change.before, after: nil))
        }
        return result.sorted { $0.path < $1.path }
    }
}
