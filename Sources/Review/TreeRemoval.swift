import LinuxKernel

/// Empties an open folder, however deep: folders within folders are brought to the top one by one, so that two
/// descriptors are enough. Fails with the first thing that cannot be removed.
package func emptyFolder(_ top: CInt) throws(Errno) {
    var counter = 0
    var isDone = false
    while !isDone {
        isDone = true
        for name in try entryNames(top) {
            do throws(Errno) { try removeEntry(at: top, name) } catch {
                guard error == .isDirectory || error == .notPermitted else { throw error }
                isDone = false
                try flatten(name, in: top, &counter)
                try removeEntry(at: top, name, folder: true)
            }
        }
    }
}

/// Removes the files of a folder, and moves its folders up beside it.
private func flatten(_ name: [CChar], in top: CInt, _ counter: inout Int) throws(Errno) {
    try unlock(name, in: top)
    let inner = try openEntry(at: top, name, O_RDONLY | O_DIRECTORY)
    for entry in try entryNames(inner.raw) {
        do throws(Errno) { try removeEntry(at: inner.raw, entry) } catch {
            guard error == .isDirectory || error == .notPermitted else { throw error }
            try unlock(entry, in: inner.raw)
            while true {
                counter += 1
                let free = Array("_\(getpid())_\(counter)".utf8CString)
                do throws(Errno) {
                    try renameEntry(at: inner.raw, entry, to: top, free, .noReplace)
                    break
                } catch { if error != .fileExists { throw error } }
            }
        }
    }
}

/// Folders can be closed to their own owner.
private func unlock(_ name: [CChar], in folder: CInt) throws(Errno) {
    let status = try entryStatus(at: folder, name)
    if status.isDirectory, status.st_mode & 0o700 != 0o700 { try setEntryMode(at: folder, name, 0o700) }
}

/// Removes a folder of an open one, if it is there, with all that is in it.
package func removeFolder(at parent: CInt, _ name: String) throws(Errno) {
    let name = Array(name.utf8CString)
    do throws(Errno) {
        try unlock(name, in: parent)
        let folder = try openEntry(at: parent, name, O_RDONLY | O_DIRECTORY)
        try emptyFolder(folder.raw)
        try removeEntry(at: parent, name, folder: true)
    } catch { if error != .noSuchFileOrDirectory { throw error } }
}
