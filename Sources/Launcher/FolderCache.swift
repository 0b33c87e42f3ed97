/// Answers "is it there?" for many paths from few folder listings: one getdents64(2) instead of a hundred stat(2).
struct FolderCache<Files: HostFiles> {
    let files: Files
    private var folders: [CachedFolder] = []
    /// The one asked after last: paths of one folder come one behind the other.
    private var last = 0

    /// From so many on one listing of a common folder (`/etc` has 150 to 300 entries) is faster than a stat for each.
    private static var worthListing: Int { 30 }

    init(_ files: Files, for paths: [String]) {
        self.files = files
        for path in paths { folders[index(of: Paths.parent(path))].asked += 1 }
    }

    /// False only when the path is certainly not there.
    mutating func mayExist(_ path: String) -> Bool {
        if path == "/" { return true }
        switch content(of: Paths.parent(path)) {
        case .absent: return false
        case .unlisted: return true
        case .names(let names): return names.contains(Paths.name(path))
        }
    }

    private mutating func content(of folder: String) -> CachedFolder.Content {
        let place = index(of: folder)
        if let known = folders[place].content { return known }
        let content: CachedFolder.Content
        if !mayExist(folder) {
            content = .absent
        } else if folders[place].asked < Self.worthListing {
            content = .unlisted
        } else {
            content = files.unsortedNames(in: folder).map { .names(Set($0)) } ?? .unlisted
        }
        folders[place].content = content
        last = place
        return content
    }

    /// The path with the links of its folder resolved.
    mutating func canonicalFolder(of path: String) -> String? {
        let folder = Paths.parent(path)
        let place = index(of: folder)
        if folders[place].canonical == nil { folders[place].canonical = files.canonical(folder) }
        return folders[place].canonical.map { Paths.join($0, Paths.name(path)) }
    }

    /// Where a folder is among `folders`; none is ever taken away.
    private mutating func index(of path: String) -> Int {
        if last < folders.count, folders[last].path == path { return last }
        for place in folders.indices where folders[place].path == path {
            last = place
            return place
        }
        folders.append(CachedFolder(path: path))
        last = folders.count - 1
        return last
    }
}

private struct CachedFolder {
    let path: String
    /// How many of the paths to be asked after are in it.
    var asked = 0
    /// What is known of it; nil when nothing has been looked up yet.
    var content: Content?
    var canonical: String?

    enum Content {
        case absent
        /// Too few are asked after, or it cannot be listed; it can still be searched.
        case unlisted
        case names(Set<String>)
    }
}
