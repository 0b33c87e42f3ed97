import Diagnostics
import LinuxKernel

/// Takes changes into the project, one whole file at a time, with everything it overwrites kept for undo.
///
/// Paths are walked by descriptor, never through a symbolic link and never out of the project. A step is noted in the
/// journal before it is done, so that an apply killed at any moment can be taken back.
struct Apply: ~Copyable {
    let project: CInt
    let upper: CInt
    /// `undo` of the workspace, with its folders for what stood at a path before and what stands there after.
    let undo: UndoFolder
    private let expected: [TreePath: TreeEntry]

    init(project: CInt, upper: CInt, undo: consuming UndoFolder, changes: [Change]) {
        self.project = project
        self.upper = upper
        self.undo = undo
        expected = Dictionary(changes.compactMap { change in change.before.map { (change.path, $0) } }) { one, _ in one
        }
    }

    mutating func perform(_ step: ApplyJournal.Step, _ index: Int) throws(SandboxError) {
        let path = step.path.quoted()
        let parent = try attempt("open the folder of \(path)") { () throws(Errno) in
            try openFolder(project, step.path.parent)
        }
        let name = step.path.entryName
        switch step.action {
        case .put:
            try check(step, parent.raw)
            // Keeping a file changes its inode's time: who undoes must know of it.
            try note(step)
            try keepBefore(step, index, parent.raw)
            try keepAfter(step, index)
            try put(step, index, parent.raw)
        case .delete:
            try check(step, parent.raw)
            try note(step)
            try keepBefore(step, index, parent.raw)
            try attempt("delete \(path)") { () throws(Errno) in try removeEntry(at: parent.raw, name) }
        case .makeFolder:
            try note(step)
            try makeFolder(step, parent.raw)
        case .removeFolder:
            try note(step)
            do { try removeEntry(at: parent.raw, name, folder: true) } catch {
                let remedy = "what came into it outside is not among the changes"
                throw SandboxError(
                    error, "delete the folder \(path)", remedy: error == .directoryNotEmpty ? remedy : nil)
            }
        case .setMode:
            if !step.isFolder { try check(step, parent.raw) }
            try note(step)
            if !step.isFolder { try keepAfter(step, index) }
            try attempt("set the mode of \(path)") { () throws(Errno) in
                try setModeOfOpened(parent.raw, name, step.after ?? 0)
            }
        }
    }

    private func note(_ step: ApplyJournal.Step) throws(SandboxError) {
        try attempt("write the journal") { () throws(Errno) in
            try writeAll(undo.journal.raw, ApplyJournal.encoded(step))
        }
    }

    /// Nobody has changed what stands at the path since it was looked at.
    private func check(_ step: ApplyJournal.Step, _ parent: CInt) throws(SandboxError) {
        let path = step.path.quoted()
        let present = try attempt("look at \(path)") { () throws(Errno) in
            try treeEntry(at: parent, step.path.entryName)
        }
        guard isExpected(present, step.before == nil ? nil : expected[step.path]) else {
            throw SandboxError(.wrongState, "\(path) changed outside at this moment", remedy: "sandbox diff \(path)")
        }
    }

    private func isExpected(_ present: TreeEntry?, _ expected: TreeEntry?) -> Bool {
        guard let present, let expected else { return present == nil && expected == nil }
        if present.kind == .folder || expected.kind == .folder { return present.kind == expected.kind }
        // Steps at other names of a file with several change the inode's own time.
        let isAlone = present.links == 1 && expected.links == 1
        return present.inode == expected.inode && present.size == expected.size && present.mode == expected.mode
            && present.modified == expected.modified && (!isAlone || present.changed == expected.changed)
    }

    /// Keeps what stands at the path, as the same inode where that costs nothing.
    private func keepBefore(_ step: ApplyJournal.Step, _ index: Int, _ parent: CInt) throws(SandboxError) {
        if step.before == nil { return }
        try attempt("keep \(step.path.quoted())") { () throws(Errno) in
            let kept = Array("\(index)".utf8CString)
            if expected[step.path]?.links == 1 {
                // Another file system, or a kernel that lets only owners link (protected_hardlinks): copied instead.
                do throws(Errno) {
                    return try linkEntry(at: parent, step.path.entryName, to: undo.before.raw, kept)
                } catch {}
            }
            try copyEntry(from: parent, step.path.entryName, to: undo.before.raw, kept)
        }
    }

    private func keepAfter(_ step: ApplyJournal.Step, _ index: Int) throws(SandboxError) {
        try attempt("keep the new \(step.path.quoted())") { () throws(Errno) in
            let folder = try openFolder(upper, step.path.parent)
            try linkEntry(at: folder.raw, step.path.entryName, to: undo.after.raw, Array("\(index)".utf8CString))
        }
    }

    private func put(_ step: ApplyJournal.Step, _ index: Int, _ parent: CInt) throws(SandboxError) {
        let temporary = undo.temporaryName(index)
        do throws(Errno) {
            try copyEntry(
                from: undo.after.raw, Array("\(index)".utf8CString), to: parent, temporary, mode: step.after)
            try renameEntry(
                at: parent, temporary, to: parent, step.path.entryName, step.before == nil ? .noReplace : [])
        } catch {
            // It may not have come that far.
            do { try removeEntry(at: parent, temporary) } catch {}
            throw SandboxError(error, "write \(step.path.quoted())")
        }
    }

    private func makeFolder(_ step: ApplyJournal.Step, _ parent: CInt) throws(SandboxError) {
        try attempt("make the folder \(step.path.quoted())") { () throws(Errno) in
            try LinuxKernel.makeFolder(at: parent, step.path.entryName, mode: 0o700)
            try setModeOfOpened(parent, step.path.entryName, step.after ?? 0o755)
        }
    }
}

/// fchmod(2) of a name that is no symbolic link.
func setModeOfOpened(_ folder: CInt, _ name: [CChar], _ mode: UInt32) throws(Errno) {
    let file = try openEntry(at: folder, name, O_PATH)
    if try descriptorStatus(file.raw).isSymbolicLink { throw .tooManySymbolicLinkLevels }
    // fchmod(2) takes no O_PATH descriptor; its name in proc leads to this very inode.
    try setMode(file.procPath, mode)
}
