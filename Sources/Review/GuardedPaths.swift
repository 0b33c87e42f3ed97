/// Which changes make programs of the host do something as soon as they are in the project, without anybody starting
/// what was built: git's hooks and configuration, the settings of editors and shells, links that lead out.
package enum GuardedPaths {
    /// Why a change is not taken without an explicit yes; nil when it may be.
    ///
    /// - Parameters:
    ///   - target: where an added or changed symbolic link leads.
    package static func reason(_ change: Change, target: [UInt8]?) -> String? {
        if let reason = reason(change.path) { return reason }
        if let origin = change.origin, let reason = reason(origin) { return reason }
        if let target, leadsOut(change.path, target) { return "a link that leads out of the project" }
        return nil
    }

    /// By the path alone.
    package static func reason(_ path: TreePath) -> String? {
        let names = path.components.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let last = names.last else { return nil }
        if let dot = names.firstIndex(of: ".git") { return repository(Array(names[(dot + 1)...])) }
        for name in names { if let reason = folders[name] { return reason } }
        if let reason = files[last] { return reason }
        return last.hasPrefix("sandbox.") && last.hasSuffix(".toml") ? files["sandbox.toml"] : nil
    }

    /// What in a repository is only data: everything else is guarded, as git reads it as settings or runs it.
    private static func repository(_ inside: [String]) -> String? {
        guard let first = inside.first else { return "git's own folder, or where it is" }
        if first == "modules", inside.count > 2 {
            // `modules/NAME/…` are repositories themselves; a name can hold slashes.
            for start in 2..<inside.count where repository(Array(inside[start...])) == nil { return nil }
            return "a submodule's settings or hooks"
        }
        if first == "worktrees" {
            return inside.last == "gitdir" || inside.last == "config.worktree" ? "git's settings" : nil
        }
        if data.contains(first) { return nil }
        if first == "hooks" { return "git runs it" }
        return first == "info" && inside.last == "exclude" ? nil : "git reads it as settings"
    }

    private static let data: Set<String> = [
        "objects", "refs", "logs", "index", "head", "orig_head", "fetch_head", "merge_head", "cherry_pick_head",
        "packed-refs", "commit_editmsg", "merge_msg", "merge_mode", "description", "shallow", "lfs", "branches",
        "index.lock", "gc.log", "auto_merge", "rebase_head",
    ]

    private static let folders = [
        ".vscode": "editors run its tasks and settings", ".idea": "editors run its tasks and settings",
        ".vs": "editors run its tasks and settings", ".fleet": "editors run its tasks and settings",
        ".zed": "editors run its tasks and settings", ".devcontainer": "editors run it",
        ".husky": "git runs it", ".githooks": "git runs it", ".cargo": "cargo reads it as settings",
        ".claude": "agents read it as orders", ".cursor": "agents read it as orders",
        ".gemini": "agents read it as orders", ".codex": "agents read it as orders",
        ".sandbox": "sandbox reads it as settings", ".mvn": "maven reads it as settings",
        ".swiftpm": "swift and editors read it as settings", ".bundle": "bundler reads it as settings",
    ]

    private static let files = [
        ".gitmodules": "git reads it as settings", ".gitattributes": "git reads it as settings",
        ".gitconfig": "git reads it as settings",
        ".envrc": "direnv runs it", ".env": "tools read it as settings", ".autoenv": "shells run it",
        ".exrc": "vim runs it", ".vimrc": "vim runs it", ".nvimrc": "vim runs it", ".nvim.lua": "vim runs it",
        ".lvimrc": "vim runs it", ".dir-locals.el": "emacs runs it", ".editorconfig": "editors read it as settings",
        ".gdbinit": "gdb runs it", ".lldbinit": "lldb runs it",
        ".npmrc": "npm reads it as settings", ".yarnrc": "yarn reads it as settings",
        ".yarnrc.yml": "yarn reads it as settings", ".pnpmfile.cjs": "pnpm runs it",
        ".pre-commit-config.yaml": "git runs what it names", "lefthook.yml": "git runs what it names",
        ".mise.toml": "mise runs what it names", "mise.toml": "mise runs what it names",
        ".tool-versions": "shells choose programs by it", "rust-toolchain": "cargo chooses programs by it",
        "rust-toolchain.toml": "cargo chooses programs by it", ".mcp.json": "agents run what it names",
        "claude.md": "agents read it as orders", "agents.md": "agents read it as orders",
        "sandbox.toml": "sandbox reads it as settings", ".sandbox.toml": "sandbox reads it as settings",
    ]

    /// Whether a link at `path` can lead somewhere that its owner writes to, outside of the project.
    static func leadsOut(_ path: TreePath, _ target: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        let names = target.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }
        if target.first == slash {
            // Programs of the system, which nobody writes to through a link.
            guard let top = names.first, !names.contains("..") else { return true }
            return !["usr", "bin", "sbin", "lib", "lib64", "opt", "nix"].contains(top)
        }
        var depth = path.components.count - 1
        for name in names where name != "." {
            depth += name == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }
}
