import Diagnostics
import RuntimeSpec

/// What of the caller's environment goes in: how the terminal and the language are, and nothing that can hold a secret.
package enum EnvironmentAllowList {
    /// Those of the profile "default". HOME, LOGNAME, PWD, SHELL, USER and `container` are set, not passed.
    package static let names = [
        "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "EDITOR", "FORCE_COLOR", "LANG", "LANGUAGE", "LC_*",
        "LINES", "LS_COLORS", "NO_COLOR", "PAGER", "PATH", "TERM", "TZ", "VISUAL",
    ]

    /// Whether one of the patterns, each a name or the start of one and `*`, fits.
    package static func allows(_ name: String, by patterns: [String] = names) -> Bool {
        patterns.contains { pattern in
            guard pattern.utf8.last == UInt8(ascii: "*") else { return pattern == name }
            return name.utf8.starts(with: pattern.utf8.dropLast())
        }
    }

    /// Where a system looks for programs when the caller has no PATH.
    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

extension LaunchMaker {
    func process(_ places: Places) throws(SandboxError) -> Spec.Process {
        let folder = workingDirectory(places)
        return Spec.Process(
            terminal: host.terminals.contains(true),
            user: Spec.Process.User(
                uid: uid, gid: gid, additionalGids: launch.imageUser?.groups.filter(maps.hasGroup) ?? []),
            args: launch.command, env: try environment(workingDirectory: folder), cwd: folder,
            capabilities: capabilities, rlimits: limits.isEmpty ? nil : limits,
            noNewPrivileges: profile.noNewPrivileges)
    }

    /// `--workdir`; else the current folder when it shows inside, the project, the home.
    func workingDirectory(_ places: Places) -> String {
        if let named = launch.workdir {
            // Where the host's tree shows, a link on the way is followed as the caller would.
            if let there = host.sources[named]?.canonical, shows(there, places) { return there }
            return named
        }
        // The root says nothing: builders write it where nobody chose a folder.
        if let folder = launch.image?.workingDirectory, !folder.isEmpty, folder != "/" {
            return Paths.absolute(folder, in: "/", home: home)
        }
        if let current = host.currentFolder, shows(current, places) { return current }
        return project?.folder ?? home
    }

    /// Whether a folder of the host is at the same path inside.
    private func shows(_ path: String, _ places: Places) -> Bool {
        guard let place = places.covering(path) else { return launch.showsHost }
        guard let source = place.source else { return false }
        return Paths.same(source, place.destination)
    }

    /// Sorted by name; `--env` has the last word.
    func environment(workingDirectory: String) throws(SandboxError) -> [String] {
        var values = host.environment.filtered {
            EnvironmentAllowList.allows($0.key, by: profile.environment)
        }
        values["PATH"] = searchPath(values["PATH"])
        values["HOME"] = home
        values["USER"] = userName
        values["LOGNAME"] = userName
        let shell = launch.showsHost ? host.shell : launch.imageUser?.shell ?? ""
        values["SHELL"] = shell.isEmpty ? "/bin/sh" : shell
        if let image = launch.image { values.merge(image.variables) }
        values["PWD"] = workingDirectory
        values["container"] = "sandbox"
        if launch.git { for (name, value) in host.git.environment(project: project?.folder) { values[name] = value } }
        for variable in try fileVariables() + launch.environment {
            switch variable {
            case .set(let name, let value):
                try check(name, value)
                values[name] = value
            case .pass(let name):
                try check(name, "")
                if let value = host.environment[name] { values[name] = value }
            }
        }
        return values.map { "\($0.key)=\($0.value)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func fileVariables() throws(SandboxError) -> [LaunchSpec.Variable] {
        var variables: [LaunchSpec.Variable] = []
        for path in launch.environmentFiles {
            guard let text = host.environmentFiles[path] else {
                throw SandboxError(.notFound, "--env-file \"\(path)\": cannot be read, or has more than 1 MiB")
            }
            variables += try EnvironmentFile(text, path: path).variables
        }
        return variables
    }

    /// Relative entries would run programs of whatever folder one is in.
    private func searchPath(_ path: String?) -> String {
        guard launch.showsHost, let path else { return EnvironmentAllowList.defaultPath }
        let entries = fields(path).filter { $0.utf8.first == UInt8(ascii: "/") }
        return entries.isEmpty ? EnvironmentAllowList.defaultPath : entries.text(separatedBy: ":")
    }

    private func check(_ name: String, _ value: String) throws(SandboxError) {
        if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) || value.utf8.contains(0) {
            throw SandboxError(
                .invalidInput, "--env \"\(name)\": not a variable's name", remedy: "--env NAME=VALUE or --env NAME")
        }
    }
}
