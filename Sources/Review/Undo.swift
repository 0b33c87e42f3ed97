import Diagnostics
import LinuxKernel

/// Takes an apply back: the project gets what it had, and the changes are the sandbox's own again.
///
/// Every step looks first at what is there, so it may follow an apply or an undo that was killed anywhere.
struct Undo: ~Copyable {
    let project: CInt
    let upper: CInt
    let folder: UndoFolder
    let journal: ApplyJournal

    enum Finding: Equatable {
        /// As the apply left it.
        case applied
        /// As it was before: the step was not done, or has been taken back.
        case original
        /// Somebody has changed it since.
        case foreign
    }

    /// The paths that somebody has changed since the apply.
    func conflicts() throws(SandboxError) -> [TreePath] {
        var conflicts: [TreePath] = []
        // Of several steps at one path the last one tells how it was left.
        var seen = Set<TreePath>()
        for (index, step) in journal.steps.enumerated().reversed() where seen.insert(step.path).inserted {
            let found = try look(step, index)
            if found == .foreign { conflicts.append(step.path) }
        }
        return conflicts.sorted()
    }

    /// Takes back every step, the last one first; those that somebody has changed since are left alone.
    func perform() throws(SandboxError) -> [TreePath] {
        var left: [TreePath] = []
        for (index, step) in journal.steps.enumerated().reversed() {
            removeTemporary(step, index)
            switch try look(step, index) {
            case .foreign: left.append(step.path)
            case .original: break
            case .applied:
                try within("take back \(step.path.quoted())") { () throws(SandboxError) in
                    do throws(Errno) { try takeBack(step, index) } catch { throw SandboxError(error, "undo") }
                }
            }
            do throws(Errno) { try reinstate(step, index, upper) } catch {
                // A whiteout or file above it stands for the whole.
                if error != .notDirectory { throw SandboxError(error, "keep the change of \(step.path.quoted())") }
            }
        }
        return left.sorted()
    }

    private func look(_ step: ApplyJournal.Step, _ index: Int) throws(SandboxError) -> Finding {
        try attempt("look at \(step.path.quoted())") { () throws(Errno) in
            let parent: Descriptor
            do throws(Errno) { parent = try openFolder(project, step.path.parent) } catch {
                guard error == .noSuchFileOrDirectory || error == .notDirectory else { throw error }
                switch step.action {
                case .delete, .removeFolder: return .applied
                case .put, .makeFolder: return step.before == nil ? .original : .foreign
                case .setMode: return .foreign
                }
            }
            return try look(step, index, parent.raw)
        }
    }

    private func look(_ step: ApplyJournal.Step, _ index: Int, _ parent: CInt) throws(Errno) -> Finding {
        let name = step.path.entryName
        let present = try treeEntry(at: parent, name)
        switch step.action {
        case .removeFolder: return present == nil ? .applied : present?.kind == .folder ? .original : .foreign
        case .delete:
            let number = Array("\(index)".utf8CString)
            // Not kept yet, or back already.
            guard try treeEntry(at: folder.before.raw, number) != nil else { return .original }
            guard let present else { return .applied }
            return try isSame(parent, name, present, folder.before.raw, number) ? .original : .foreign
        case .makeFolder:
            return present == nil ? .original : present?.kind == .folder ? .applied : .foreign
        case .setMode:
            return present?.mode == step.after ? .applied : present?.mode == step.before ? .original : .foreign
        case .put:
            guard let present else { return step.before == nil ? .original : .foreign }
            let number = Array("\(index)".utf8CString)
            if try isSame(parent, name, present, folder.after.raw, number),
                present.kind == .link || present.mode == step.after
            {
                return .applied
            }
            if step.before == nil { return .foreign }
            // Not kept yet, or back already.
            guard try treeEntry(at: folder.before.raw, number) != nil else { return .original }
            return try isSame(parent, name, present, folder.before.raw, number) ? .original : .foreign
        }
    }

    private func isSame(
        _ one: CInt, _ name: [CChar], _ present: TreeEntry, _ other: CInt, _ kept: [CChar]
    ) throws(Errno) -> Bool {
        guard let there = try treeEntry(at: other, kept), there.kind == present.kind else { return false }
        if there.inode == present.inode && there.device == present.device { return true }
        switch present.kind {
        case .link: return try readLink(at: one, name) == readLink(at: other, kept)
        case .file:
            if there.size != present.size { return false }
            let left = try openEntry(at: one, name, O_RDONLY | O_NONBLOCK)
            let right = try openEntry(at: other, kept, O_RDONLY | O_NONBLOCK)
            return try hasSameBytes(left.raw, right.raw)
        case .folder, .special: return false
        }
    }

    private func takeBack(_ step: ApplyJournal.Step, _ index: Int) throws(Errno) {
        let parent = try openFolder(project, step.path.parent)
        let name = step.path.entryName
        switch step.action {
        case .put, .delete:
            guard step.before != nil else { return try removeEntry(at: parent.raw, name) }
            try restore(index, parent.raw, name)
        case .makeFolder:
            do throws(Errno) { try removeEntry(at: parent.raw, name, folder: true) } catch {
                // Something has come into it since, and stays.
                if error != .directoryNotEmpty { throw error }
            }
        case .removeFolder:
            try makeFolder(at: parent.raw, name, mode: 0o700)
            try setModeOfOpened(parent.raw, name, step.before ?? 0o755)
        case .setMode: try setModeOfOpened(parent.raw, name, step.before ?? 0)
        }
    }

    private func restore(_ index: Int, _ parent: CInt, _ name: [CChar]) throws(Errno) {
        let number = Array("\(index)".utf8CString)
        do throws(Errno) { return try renameEntry(at: folder.before.raw, number, to: parent, name) } catch {
            if error != .improperLink { throw error }
        }
        let temporary = journal.temporaryName(index)
        try copyEntry(from: folder.before.raw, number, to: parent, temporary)
        try renameEntry(at: parent, temporary, to: parent, name)
    }

    /// What a killed apply was preparing.
    private func removeTemporary(_ step: ApplyJournal.Step, _ index: Int) {
        guard step.action == .put else { return }
        do throws(Errno) {
            let parent = try openFolder(project, step.path.parent)
            try removeEntry(at: parent.raw, journal.temporaryName(index))
        } catch {}  // hardly ever there
    }
}
