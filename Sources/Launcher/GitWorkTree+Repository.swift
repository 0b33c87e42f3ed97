extension GitGuard {
    /// Guards what makes git run programs in one repository folder, which is shared as part of `root`.
    mutating func guardRepository(_ folder: String, within root: String) {
        let hooks = Paths.join(folder, "hooks")
        if files.kind(hooks) == nil {
            // git makes this folder itself unless a template says otherwise; empty and read-only it is harmless.
            tree.create.append(hooks)
            tree.protect(hooks, within: root)
        } else {
            tree.guardOrWatch(hooks, within: root, files: files)
        }
        let path = Paths.join(folder, "config")
        tree.guardOrWatch(path, within: root, files: files)
        // A file of this name would make git take configuration and hooks from the folder it names.
        // With "." it names this very folder, which is what git takes without the file.
        tree.guardOrHold(Paths.join(folder, "commondir"), text: ".\n", within: root, files: files)
        guard let config = files.text(path).map(GitConfig.init) else { return }
        let perTree = Paths.join(folder, "config.worktree")
        if config.isTrue("extensions.worktreeconfig") || files.kind(perTree) != nil {
            tree.guardOrHold(perTree, text: "", within: root, files: files)
        }
        guardHooksPath(config)
        for include in config.all("include.path") + config.all("includeif.path") {
            guardInclude(Paths.absolute(include, in: folder, home: home))
        }
    }

    /// Hooks that are part of the work tree (`.githooks`, `.husky/_`).
    mutating func guardHooksPath(_ config: GitConfig) {
        guard let value = config.last("core.hookspath"), !value.isEmpty else { return }
        var path = Paths.absolute(value, in: workTree, home: home)
        // husky keeps the scripts themselves beside the folder git is told of.
        if Paths.name(path) == "_" { path = Paths.parent(path) }
        guardIfShared(path)
    }

    /// A file that configuration includes; where it is missing, an empty one holds its place.
    private mutating func guardInclude(_ path: String) {
        guard Paths.isInside(path, workTree), !Paths.same(path, workTree) else { return }
        if files.kind(Paths.parent(path)) == .directory {
            tree.guardOrHold(path, text: "", within: workTree, files: files)
        } else {
            tree.guardOrWatch(path, within: workTree, files: files)
        }
    }

    private mutating func guardIfShared(_ path: String) {
        if Paths.isInside(path, workTree), !Paths.same(path, workTree) {
            tree.guardOrWatch(path, within: workTree, files: files)
        }
    }

    /// The submodules' repositories in `modules`, and the `.git` files that lead to them.
    mutating func guardModules(of gitFolder: String) {
        var pending = [Paths.join(gitFolder, "modules")]
        var count = 0
        while let folder = pending.popLast() {
            guard files.kind(folder) == .directory else { continue }
            guard files.kind(folder + "/HEAD") == .file else {
                pending += (files.names(in: folder) ?? []).map { Paths.join(folder, $0) }
                    .filter { files.kind($0) == .directory }
                continue
            }
            count += 1
            guard count <= GitGuard.mostModules else {
                tree.notes.append("only \(GitGuard.mostModules) of the submodules' hooks are guarded")
                return
            }
            guardRepository(folder, within: workTree)
            guardModuleLink(folder)
            // A submodule's own submodules.
            pending.append(Paths.join(folder, "modules"))
        }
    }

    private mutating func guardModuleLink(_ module: String) {
        guard let config = files.text(module + "/config").map(GitConfig.init),
            let path = config.last("core.worktree"),
            let place = files.canonical(Paths.absolute(path, in: module, home: home)),
            Paths.isInside(place, workTree), !Paths.same(place, workTree)
        else { return }
        tree.guardOrWatch(Paths.join(place, ".git"), within: workTree, files: files)
    }
}
