/// Answers "is it there?" for many paths from few folder listings: one getdents64(2) instead of a hundred stat(2).
struct FolderCache<Files: HostFiles> {
    let files: Files
    private var listings: [String: Set<String>?] = [:]
    private var canonicals: [String: String] = [:]

    /// How many of the paths to be asked after are in a folder: for one or two, a listing is no gain.
    private var counts: [String: Int] = [:]

    init(_ files: Files, for paths: [String]) {
        self.files = files
        for path in paths { counts[Paths.parent(path), default: 0] += 1 }
    }

    /// False only when the path is certainly not there.
    mutating func mayExist(_ path: String) -> Bool {
        if path == "/" { return true }
        let folder = Paths.parent(path)
        guard mayExist(folder) else { return false }
        if counts[folder, default: 0] <= 2 { return true }
        if listings[folder] == nil { listings[folder] = .some(files.names(in: folder).map(Set.init)) }
        // A folder that cannot be listed can still be searched.
        guard case .some(.some(let names)) = listings[folder] else { return true }
        return names.contains(Paths.name(path))
    }

    /// The path with the links of its folder resolved.
    mutating func canonicalFolder(of path: String) -> String? {
        let folder = Paths.parent(path)
        if canonicals[folder] == nil { canonicals[folder] = files.canonical(folder) }
        return canonicals[folder].map { Paths.join($0, Paths.name(path)) }
    }
}
