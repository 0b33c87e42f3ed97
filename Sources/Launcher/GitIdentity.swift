import RuntimeSpec

/// Who the caller is to git, without any credential.
package struct GitIdentity: Equatable, Sendable {
    package var name: String?
    package var email: String?

    package init(name: String? = nil, email: String? = nil) {
        self.name = name
        self.email = email
    }

    /// From the caller's own files (git-config(1)), without what they include; the later file wins.
    static func read(homes: [String], environment: NameTable<String>, files: some HostFiles) -> GitIdentity {
        let home = homes.first ?? "/"
        let folder = environment["XDG_CONFIG_HOME"] ?? Paths.join(home, ".config")
        let configs = [folder + "/git/config", Paths.join(home, ".gitconfig")].compactMap { path in
            files.text(path).map { GitConfig($0) }
        }
        func value(_ key: String) -> String? {
            configs.compactMap { $0.last(key) }.last.map { text in
                text.utf8.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
                    ? String(text.dropFirst().dropLast()) : text
            }
        }
        return GitIdentity(name: value("user.name"), email: value("user.email"))
    }

    /// Settings for git inside as variables (git-config(1), GIT_CONFIG_COUNT).
    func environment(project: String?) -> [(name: String, value: String)] {
        let settings = [
            name.map { ("user.name", $0) }, email.map { ("user.email", $0) }, project.map { ("safe.directory", $0) },
        ].compactMap { $0 }
        var variables = [(name: "GIT_CONFIG_COUNT", value: String(settings.count))]
        for (index, (key, value)) in settings.enumerated() {
            variables += [("GIT_CONFIG_KEY_\(index)", key), ("GIT_CONFIG_VALUE_\(index)", value)]
        }
        return variables
    }
}
