import LinuxKernel

/// Removes a folder and everything below it, links not followed.
///
/// Folders in folders are moved up to the first one and emptied there, so that no depth needs more than two open
/// descriptors.
func emptyAndRemove(at parent: CInt, _ name: EntryName) throws(Errno) {
    let top = try openForRemoval(at: parent, name)
    var moved = 0
    var waiting: [[CChar]] = []
    try empty(top.raw, top.raw, &moved, &waiting)
    while let next = waiting.popLast() {
        do {
            let folder = try openForRemoval(at: top.raw, next)
            try empty(folder.raw, top.raw, &moved, &waiting)
        }
        try removeEntry(at: top.raw, next, folder: true)
    }
    try removeEntry(at: parent, name, folder: true)
}

private func openForRemoval(at parent: CInt, _ name: EntryName) throws(Errno) -> Descriptor {
    try openEntry(at: parent, name, O_RDONLY | O_DIRECTORY)
}

/// Empties one folder: what is a folder itself, and not empty, moves to `top` under a new name.
private func empty(_ folder: CInt, _ top: CInt, _ moved: inout Int, _ waiting: inout [[CChar]]) throws(Errno) {
    var names: [(name: [CChar], isFolder: Bool)] = []
    try forEachEntry(of: folder) { entry in
        names.append((Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1)), entry.type == 4))
    }
    for (name, isFolder) in names {
        do { try removeEntry(at: folder, name, folder: isFolder) } catch {
            switch error {
            case .noSuchFileOrDirectory: continue
            case .isDirectory: try removeEntry(at: folder, name, folder: true)  // a file system without types
            case .directoryNotEmpty, .fileExists:
                if folder == top {
                    waiting.append(name)
                    continue
                }
                repeat { moved += 1 } while hasName(top, ".removed-\(moved)")
                let place: [CChar] = Array(".removed-\(moved)".utf8CString)
                try renameEntry(at: folder, name, to: top, place, .noReplace)
                waiting.append(place)
            default: throw error
            }
        }
    }
}

private func hasName(_ folder: CInt, _ name: String) -> Bool {
    do {
        _ = try entryStatus(at: folder, name)
        return true
    } catch { return false }
}
