import RuntimeSpec

/// Answers "is it there?" for many paths from few folder listings: one getdents64(2) instead of a hundred stat(2).
struct FolderCache<Files: HostFiles> {
    let files: Files
    private var folders: NameTable<Folder> = [:]

    private struct Folder {
        /// How many of the paths to be asked after are in it.
        var asked = 0
        /// What is known of it; nil when nothing has been looked up yet.
        var content: Content?
        var canonical: String?
    }

    private enum Content {
        case absent
        /// Too few are asked after, or it cannot be listed; it can still be searched.
        case unlisted
        case names(Set<String>)
    }

    /// From so many on one listing of a common folder (`/etc` has 150 to 300 entries) is faster than a stat for each.
    private static var worthListing: Int { 30 }

    init(_ files: Files, for paths: [String]) {
        self.files = files
        for path in paths { change(Paths.parent(path)) { $0.asked += 1 } }
    }

    private mutating func change(_ path: String, _ body: (inout Folder) -> Void) {
        var folder = folders[path] ?? Folder()
        body(&folder)
        folders[path] = folder
    }

    /// False only when the path is certainly not there.
    mutating func mayExist(_ path: String) -> Bool {
        if path == "/" { return true }
        let folder = Paths.parent(path)
        switch content(of: folder) {
        case .absent: return false
        case .unlisted: return true
        case .names(let names): return names.contains(Paths.name(path))
        }
    }

    private mutating func content(of folder: String) -> Content {
        if let known = folders[folder]?.content { return known }
        let content: Content
        if !mayExist(folder) {
            content = .absent
        } else if (folders[folder]?.asked ?? 0) < Self.worthListing {
            content = .unlisted
        } else {
            content = files.unsortedNames(in: folder).map { .names(Set($0)) } ?? .unlisted
        }
        change(folder) { $0.content = content }
        return content
    }

    /// The path with the links of its folder resolved.
    mutating func canonicalFolder(of path: String) -> String? {
        let folder = Paths.parent(path)
        if folders[folder]?.canonical == nil {
            let canonical = files.canonical(folder)
            change(folder) { $0.canonical = canonical }
        }
        return folders[folder]?.canonical.map { Paths.join($0, Paths.name(path)) }
    }
}
