import LinuxKernel

/// Takes out of an upper layer what says nothing different from the lower one, so that the lower shows through again.
struct Prune {
    /// The paths that still differ, and all folders around them.
    private var dirty: Set<TreePath> = []

    init(remaining: [Change]) {
        for change in remaining {
            var path = change.path
            while dirty.insert(path).inserted, !path.isRoot { path = path.parent }
        }
    }

    /// A folder with differences that hides what is below stays as it is: its files would not show through.
    func prune(_ upper: CInt) throws(Errno) { try prune(.root, upper) }

    private func prune(_ path: TreePath, _ folder: CInt) throws(Errno) {
        for name in try entryNames(folder) {
            let inner = path.appending(bytes(name))
            let status = try entryStatus(at: folder, name)
            if dirty.contains(inner) {
                guard status.isDirectory else { continue }
                let below = try openEntry(at: folder, name, O_RDONLY | O_DIRECTORY)
                if !isMarkedOpaque(below.raw) { try prune(inner, below.raw) }
            } else if status.isDirectory {
                let below = try openEntry(at: folder, name, O_RDONLY | O_DIRECTORY)
                try emptyFolder(below.raw)
                try removeEntry(at: folder, name, folder: true)
            } else {
                try removeEntry(at: folder, name)
            }
        }
    }
}
