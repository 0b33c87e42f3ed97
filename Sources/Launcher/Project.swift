import Diagnostics

/// Which folder is the project.
package enum ProjectChoice: Equatable, Sendable {
    /// The enclosing git work tree, else the current folder.
    case detect
    /// `--project`, absolute.
    case folder(String)
    /// `--no-project`.
    case none
}

/// The folder that is shared writable, and what of it is guarded.
package struct Project: Equatable, Sendable {
    /// Without links.
    package var folder: String
    package var isGitWorkTree: Bool
    package var tree: GuardedTree

    package init(folder: String, isGitWorkTree: Bool, tree: GuardedTree) {
        self.folder = folder
        self.isGitWorkTree = isGitWorkTree
        self.tree = tree
    }
}

package enum ProjectFinding: Equatable, Sendable {
    case found(Project)
    /// Nothing is shared, and the one line that says why.
    case none(String)
}

/// Folders of every system that no project is in, unless it is named.
enum SystemFolders {
    /// Folders of the system itself, and everything in them.
    static let trees = [
        "/bin", "/boot", "/dev", "/etc", "/gnu", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/proc", "/sbin",
        "/snap", "/sys", "/usr/bin", "/usr/lib", "/usr/sbin", "/usr/share",
    ]

    /// Folders that hold other people's or other programs' things beside projects: no project themselves.
    static let shared = [
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/usr/local", "/var",
        "/var/tmp",
    ]

    /// Whether a home is one: service accounts have `/`, `/usr/sbin` or a folder that does not exist.
    static func canBeHome(_ folder: String) -> Bool {
        folder == "/root" || folder != "/nonexistent" && !(shared + trees).contains { Paths.same($0, folder) }
    }
}

/// Looks for the project of a launch.
package struct ProjectSearch<Files: HostFiles> {
    let files: Files
    let uid: UInt32
    /// Without links; folders that contain one of them are never found as projects.
    let homes: [String]
    let secrets: [Secret]
    let allowedSecrets: [String]

    package init(files: Files, uid: UInt32, homes: [String], secrets: [Secret] = [], allowedSecrets: [String] = []) {
        self.files = files
        self.uid = uid
        self.homes = homes
        self.secrets = secrets
        self.allowedSecrets = allowedSecrets
    }

    /// The names a project's sandbox configuration can have.
    package static var configurationNames: [String] { ["sandbox.toml", ".sandbox.toml", ".sandbox"] }

    /// - Parameter current: the current folder without links; nil when it has been deleted or has no UTF-8 name.
    package func find(_ choice: ProjectChoice, current: String?) throws(SandboxError) -> ProjectFinding {
        switch choice {
        case .none: return .none("no project: --no-project")
        case .folder(let path): return .found(try named(path))
        case .detect:
            guard let current else { return .none("no project: the current folder is gone or its name is not UTF-8") }
            let folder = workTree(around: current) ?? configured(around: current) ?? current
            if let reason = objection(to: folder) {
                return .none("no project: \(reason); nothing of it is shared (--project DIR decides otherwise)")
            }
            return .found(inspect(folder))
        }
    }

    private func named(_ path: String) throws(SandboxError) -> Project {
        guard let folder = files.canonical(path) else {
            throw SandboxError(.notFound, "--project \"\(path)\": no such folder")
        }
        guard files.kind(folder) == .directory else {
            throw SandboxError(.invalidInput, "--project \"\(path)\": not a folder")
        }
        if folder == "/" || ["/proc", "/sys", "/dev"].contains(where: { Paths.isInside(folder, $0) }) {
            throw SandboxError(
                .invalidInput, "--project \"\(path)\": the host's \(folder) cannot be shared writable",
                remedy: "name the folder of your work")
        }
        if let secret = secret(around: folder) {
            throw SandboxError(
                .refused, "--project \"\(path)\": lies in \(secret), which never shows inside",
                remedy: "--allow-secret \(secret) shares it")
        }
        return inspect(folder)
    }

    /// The nearest folder from `folder` upwards that is a git work tree of the caller's own and may be a project.
    ///
    /// Another user's `.git` above (in `/tmp`, say) is passed over, as git passes over it (safe.directory,
    /// CVE-2022-24765); so is one in the home, where people keep their dotfiles.
    private func workTree(around folder: String) -> String? {
        var path = folder
        while true {
            if GitGuard.isWorkTree(path, files: files), files.owner(path) == uid, objection(to: path) == nil {
                return path
            }
            if path == "/" { return nil }
            path = Paths.parent(path)
        }
    }

    /// The nearest folder from `folder` upwards with a project file of the caller's own.
    private func configured(around folder: String) -> String? {
        var path = folder
        while objection(to: path) == nil {
            let file = Paths.join(path, ProjectFile.name)
            if files.kind(file) == .file, files.owner(file) == uid { return path }
            path = Paths.parent(path)
        }
        return nil
    }

    /// Why a folder is not taken for a project unless it is named.
    private func objection(to folder: String) -> String? {
        if let home = homes.first(where: { Paths.isInside($0, folder) }) {
            return Paths.same(home, folder) ? "this is your home folder" : "\(folder) contains your home folder"
        }
        if SystemFolders.shared.contains(where: { Paths.same($0, folder) }) {
            return "\(folder) holds more than a project"
        }
        if let tree = SystemFolders.trees.first(where: { Paths.isInside(folder, $0) }) {
            return "\(tree) belongs to the system"
        }
        if let secret = secret(around: folder) { return "\(secret) never shows inside" }
        return nil
    }

    private func secret(around folder: String) -> String? {
        secrets.first { secret in
            Paths.isInside(folder, secret.path) && !allowedSecrets.contains { Paths.isInside(folder, $0) }
        }?.path
    }

    /// What of a folder is guarded when it is shared writable.
    func inspect(_ folder: String) -> Project {
        let isGit = GitGuard.isWorkTree(folder, files: files)
        var git = GitGuard(workTree: folder, home: homes.first ?? "/", files: files)
        if isGit { git.inspect() }
        var tree = git.tree
        let dot = Paths.join(folder, ".git")
        if files.kind(dot) == nil { tree.watch.append(dot) }
        for name in ProjectSearch.configurationNames {
            tree.guardOrWatch(Paths.join(folder, name), within: folder, files: files)
        }
        tree.layers.sort { Paths.ordered($0.path, $1.path) }
        return Project(folder: folder, isGitWorkTree: isGit, tree: tree)
    }
}
