import Diagnostics
import LinuxKernel

extension Undo {
    /// Puts a change that was taken over back into the upper layer, unless a later build has put something there.
    func reinstate(_ step: ApplyJournal.Step, _ index: Int, _ upper: CInt) throws(Errno) {
        let parent = try ensureFolder(step.path.parent, upper)
        let name = step.path.entryName
        if try treeEntry(at: parent.raw, name) != nil { return }
        switch step.action {
        case .put:
            do throws(Errno) {
                try renameEntry(at: folder.after.raw, Array("\(index)".utf8CString), to: parent.raw, name)
            } catch { if error != .noSuchFileOrDirectory { throw error } }  // done before
        case .delete, .removeFolder: try makeNode(at: parent.raw, name, mode: S_IFCHR, device: 0)
        case .makeFolder:
            try makeFolder(at: parent.raw, name, mode: 0o700)
            try setModeOfOpened(parent.raw, name, step.after ?? 0o755)
        case .setMode:
            if step.isFolder {
                try makeFolder(at: parent.raw, name, mode: 0o700)
                try setModeOfOpened(parent.raw, name, step.after ?? 0o755)
            } else {
                do throws(Errno) {
                    try renameEntry(at: folder.after.raw, Array("\(index)".utf8CString), to: parent.raw, name)
                } catch { if error != .noSuchFileOrDirectory { throw error } }
            }
        }
    }

    /// A folder of the upper layer, made with the modes of the project's where it is missing.
    private func ensureFolder(_ path: TreePath, _ upper: CInt) throws(Errno) -> Descriptor {
        do throws(Errno) { return try openFolder(upper, path) } catch {
            if error != .noSuchFileOrDirectory { throw error }
        }
        let parent = try ensureFolder(path.parent, upper)
        try makeFolder(at: parent.raw, path.entryName, mode: 0o700)
        var mode: UInt32 = 0o755
        do throws(Errno) {
            let there = try openFolder(project, path)
            mode = try TreeEntry(descriptorStatus(there.raw)).mode
        } catch { if error != .noSuchFileOrDirectory && error != .notDirectory { throw error } }
        try setModeOfOpened(parent.raw, path.entryName, mode)
        return try openFolder(upper, path)
    }
}
