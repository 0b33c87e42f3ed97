/// Makes the places of a profile out of the paths a run touched.
struct PathSummary {
    private let place: RecordedPlace

    init(_ place: RecordedPlace) { self.place = place }

    /// Folders that are taken whole: programs, the kernel's, and those of files whose names are made up.
    private static let whole = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix", "/proc", "/sys", "/dev", "/tmp",
        "/var/tmp",
    ]
    /// More entries of a folder than this are the folder.
    private static let most = 8

    /// Sorted; `./…` inside the project, `~/…` inside the home, nothing twice.
    func summary(of paths: Set<String>) -> [String] {
        var short = Set(paths.map(shortened))
        while let folder = crowded(short) {
            short = short.filter { !Self.isInside($0, folder) }
            short.insert(folder)
        }
        return Self.outermost(short)
    }

    /// Sorted, without those inside others.
    static func outermost(_ paths: Set<String>) -> [String] {
        paths.filter { path in !paths.contains { $0 != path && isInside(path, $0) } }.sorted()
    }

    private func shortened(_ path: String) -> String {
        if let folder = Self.whole.first(where: { Self.isInside(path, $0) }), !isOwn(path) { return folder }
        if let project = place.project, Self.isInside(path, project) { return "." + path.dropFirst(project.count) }
        if Self.isInside(path, place.home) { return "~" + path.dropFirst(place.home.count) }
        return path
    }

    /// A project may lie in a folder that is taken whole.
    private func isOwn(_ path: String) -> Bool {
        place.project.map { Self.isInside(path, $0) } ?? false || Self.isInside(path, place.home)
    }

    /// The deepest folder with too many entries; never `/`, the home or the project, whose entries stay apart.
    private func crowded(_ paths: Set<String>) -> String? {
        var entries: [String: Set<String>] = [:]
        for path in paths {
            guard let parent = Self.parent(of: path) else { continue }
            entries[parent, default: []].insert(path)
            // What lies deeper counts for its folder too, once for each of the folder's own entries.
            var child = parent
            while let next = Self.parent(of: child) {
                entries[next, default: []].insert(child)
                child = next
            }
        }
        let many = entries.filter { $0.value.count > Self.most && !["~", "/"].contains($0.key) }.keys
        return many.max { ($0.count { $0 == "/" }, $0) < ($1.count { $0 == "/" }, $1) }
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? nil : String(path[..<slash])
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }
}
