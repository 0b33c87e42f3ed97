/// Removes a folder with all that is in it; one that is not there is no error.
///
/// However deep it is, three descriptors are enough: a folder that is not empty is moved up beside the first one, and
/// removed in its turn.
package func removeTree(at base: CInt? = nil, _ path: String) throws(Errno) {
    do throws(Errno) { _ = try fileStatus(at: base, path, follow: false) } catch {
        if error == .noSuchFileOrDirectory { return }
        throw error
    }
    let top = try openPath(at: base, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var moved = 0
    var waiting = ["."]
    var placed: Set<String> = []
    while let name = waiting.popLast() {
        let folder = try openPath(at: top.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try forEachEntry(of: folder.raw) { (entry) throws(Errno) in
            if name == ".", placed.contains(String(cString: entry.name)) { return }
            do throws(Errno) {
                try removeEntry(at: folder.raw, entry.name, folder: false)
            } catch {
                guard error == .isDirectory || error == .notPermitted else { throw error }
                do throws(Errno) { try removeEntry(at: folder.raw, entry.name, folder: true) } catch {
                    guard error == .directoryNotEmpty || error == .fileExists else { throw error }
                    moved += 1
                    let place = ".removed-\(moved)-\(getpid())"
                    try renameEntry(at: folder.raw, entry.name, to: top.raw, place)
                    waiting.append(place)
                    placed.insert(place)
                }
            }
        }
        if name != "." { try remove(at: top.raw, name, directory: true) }
    }
    try remove(at: base, path, directory: true)
}
