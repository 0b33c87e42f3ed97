/// A host path laid into the sandbox at the same path.
package struct Layer: Equatable, Sendable {
    package var path: String
    package var readOnly: Bool

    package init(_ path: String, readOnly: Bool) {
        self.path = path
        self.readOnly = readOnly
    }
}

/// What is shared of a work tree, and what of it stays read-only.
///
/// git on the host runs what hooks and configuration say, so a command inside must not decide them. A read-only mount
/// on `.git/config` is not enough: its folder could be renamed away and made anew. A mount point cannot be renamed,
/// so every folder between a shared one and what is guarded in it becomes a mount of its own (writable, "pinned").
package struct GuardedTree: Equatable, Sendable {
    /// Parents first, each path once.
    package var layers: [Layer] = []
    /// Folders to make on the host before the start, so that an empty read-only one stands where git would look.
    package var create: [String] = []
    /// Files to make on the host for the time of the run, with text that means nothing to git, so that a read-only mount
    /// can stand where git would look.
    package var createFiles: [PlaceholderFile] = []
    /// Paths that are not there, that a mount cannot stand on, and that a host program would trust if they came:
    /// looked for again after the command.
    package var watch: [String] = []
    package var notes: [String] = []

    package init() {}

    /// Adds a guarded file or folder and pins the folders between it and `root`, which is shared.
    mutating func protect(_ path: String, within root: String) {
        pin(Paths.parent(path), within: root)
        add(Layer(path, readOnly: true))
    }

    /// Makes `folder` and those between it and `root` mount points of their own.
    mutating func pin(_ folder: String, within root: String) {
        var path = folder
        while Paths.isInside(path, root), !Paths.same(path, root) {
            if !layers.contains(where: { Paths.same($0.path, path) }) { layers.append(Layer(path, readOnly: false)) }
            path = Paths.parent(path)
        }
    }

    /// Read-only wins over writable for the same path.
    mutating func add(_ layer: Layer) {
        if let index = layers.firstIndex(where: { Paths.same($0.path, layer.path) }) {
            layers[index].readOnly = layers[index].readOnly || layer.readOnly
        } else {
            layers.append(layer)
        }
    }

    /// Guards what is there, or a file of `text` in its place while the command runs.
    mutating func guardOrHold(_ path: String, text: String, within root: String, files: some HostFiles) {
        // One look: another run's file may go at any moment, also between this look and the next.
        let kind = files.kind(path)
        if kind == nil || kind == .file && files.text(path) ?? text == text {
            createFiles.append(PlaceholderFile(path: path, text: text))
            protect(path, within: root)
        } else {
            guardOrWatch(path, kind, within: root)
        }
    }

    /// Guards what is there; what is not is watched for.
    mutating func guardOrWatch(_ path: String, within root: String, files: some HostFiles) {
        guardOrWatch(path, files.kind(path), within: root)
    }

    private mutating func guardOrWatch(_ path: String, _ kind: FileKind?, within root: String) {
        switch kind {
        case .file, .directory: protect(path, within: root)
        case nil: watch.append(path)
        case .symbolicLink, .socket, .device, .other:
            notes.append("\(path) is no plain file or folder and cannot be guarded")
        }
    }
}

/// A file that stands in for one that must not be made by the command.
package struct PlaceholderFile: Equatable, Sendable {
    package var path: String
    package var text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// Finds out what belongs to a git work tree (gitrepository-layout(5)) and what of it must not be written.
package struct GitGuard<Files: HostFiles> {
    let files: Files
    let workTree: String
    /// Of the user's own git configuration: `core.hooksPath` counts in every repository.
    let userConfigs: [GitConfig]
    let home: String
    package internal(set) var tree = GuardedTree()

    /// At most this many submodules are guarded; more mounts would make every start slow.
    static var mostModules: Int { 64 }

    package init(workTree: String, home: String, files: Files) {
        self.files = files
        self.workTree = workTree
        self.home = home
        userConfigs = ["/etc/gitconfig", home + "/.gitconfig", home + "/.config/git/config"].compactMap {
            files.text($0).map(GitConfig.init)
        }
    }

    /// Whether `folder` has a `.git` that git would take for a repository's.
    package static func isWorkTree(_ folder: String, files: Files) -> Bool {
        let dot = Paths.join(folder, ".git")
        switch files.kindFollowingLinks(dot) {
        case .directory: return files.kind(dot + "/HEAD") != nil
        case .file: return files.text(dot).map { $0.utf8.starts(with: "gitdir: ".utf8) } ?? false
        case .symbolicLink, .socket, .device, .other, nil: return false
        }
    }

    /// The guarded tree of `workTree`: its own layer is not among the layers.
    package mutating func inspect() {
        let dot = Paths.join(workTree, ".git")
        switch files.kind(dot) {
        case .directory:
            tree.pin(dot, within: workTree)
            guardRepository(dot, within: workTree)
            guardModules(of: dot)
        case .file:
            tree.protect(dot, within: workTree)
            inspectLinked(dot)
        case .symbolicLink:
            tree.notes.append("\(dot) is a symbolic link: git's folder is neither shared nor guarded")
        case .socket, .device, .other, nil: break
        }
        for config in userConfigs { guardHooksPath(config) }
        tree.layers.sort { Paths.ordered($0.path, $1.path) }
    }

    /// `.git` is a file: a linked work tree or a submodule, whose git folder is elsewhere.
    ///
    /// The file may have come with an untrusted archive and name any folder of the user's, so the folder is shared
    /// only when it names this work tree in return.
    private mutating func inspectLinked(_ dot: String) {
        guard let text = files.text(dot), let target = lines(text).first?.dropFirst("gitdir: ".count),
            let gitFolder = files.canonical(Paths.absolute(String(target), in: workTree, home: home)),
            files.kind(gitFolder + "/HEAD") == .file
        else {
            tree.notes.append("\(dot) leads to no git folder: git will not work inside")
            return
        }
        if let common = commonFolder(of: gitFolder) {
            tree.add(Layer(common, readOnly: false))
            guardRepository(common, within: common)
            let worktrees = Paths.join(common, "worktrees")
            tree.add(Layer(worktrees, readOnly: true))
            tree.layers.append(Layer(gitFolder, readOnly: false))
            for name in ["commondir", "gitdir", "config.worktree"] where files.kind(gitFolder + "/" + name) == .file {
                tree.add(Layer(Paths.join(gitFolder, name), readOnly: true))
            }
        } else if isSubmodule(gitFolder) {
            tree.add(Layer(gitFolder, readOnly: false))
            guardRepository(gitFolder, within: gitFolder)
        } else {
            tree.notes.append("\(gitFolder) does not name \(workTree) as its work tree and is not shared")
        }
    }

    /// The repository of a linked work tree, when both name each other.
    private func commonFolder(of gitFolder: String) -> String? {
        guard let back = files.text(gitFolder + "/gitdir"), let link = lines(back).first,
            let there = files.canonical(Paths.parent(Paths.absolute(link, in: gitFolder, home: home))),
            Paths.same(there, workTree),
            let text = files.text(gitFolder + "/commondir"), let path = lines(text).first,
            let common = files.canonical(Paths.absolute(path, in: gitFolder, home: home)),
            Paths.same(Paths.parent(gitFolder), Paths.join(common, "worktrees")), files.kind(common + "/HEAD") == .file
        else { return nil }
        return common
    }

    private func isSubmodule(_ gitFolder: String) -> Bool {
        guard let config = files.text(gitFolder + "/config").map(GitConfig.init),
            let path = config.last("core.worktree"),
            let there = files.canonical(Paths.absolute(path, in: gitFolder, home: home))
        else { return false }
        return Paths.same(there, workTree)
    }
}
