import ContainerPlan

/// Where a project's shell keeps its changes: a folder of the state folder.
package struct ShellFolder: Equatable, Sendable {
    /// Its name in the state folder and in the registry: of the project and the shell, unlike those of others.
    package var key: String
    /// As the prompt shows it.
    package var name: String
    package var path: String
    /// Whose it is.
    package var project: String

    /// - Parameters:
    ///   - shell: the shell's name; a project can have several.
    ///   - project: the project's folder without links; the current folder where there is none.
    package init(shell: String, project: String, stateFolder: String) {
        self.project = project
        let folder = Paths.name(project)
        let isDefault = shell == ShellFolder.defaultShell
        key = ShellFolder.plain(folder) + "-" + ShellFolder.digest(project) + (isDefault ? "" : "." + shell)
        name = (folder.isEmpty ? "/" : folder) + (isDefault ? "" : ":" + shell)
        path = Paths.join(stateFolder, "shells/" + key)
    }

    package static let defaultShell = "default"

    /// The user's home, and that of uid 0 inside.
    package var home: String { path + "/home" }
    package var rootHome: String { path + "/root" }
    package var homes: [String] { [home, rootHome] }
    /// There when the shell has been made.
    package var stamp: String { path + "/project" }

    func overlay(over root: String, _ rules: RootRules) -> OverlayRoot {
        var overlay = OverlayRoot(
            lower: [root], upper: .directory(upper: path + "/upper", work: path + "/work"), rules: rules)
        // Else nothing could take the place of what only the host's root may read: /etc/shadow, dpkg's lock.
        overlay.hidesUnreadable = true
        return overlay
    }

    /// Letters and digits only, at most 24 and at least one.
    private static func plain(_ name: String) -> String {
        let bytes = name.utf8.map { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                ? byte : UInt8(ascii: "_")
        }.prefix(24)
        guard let first = bytes.first, first != UInt8(ascii: "_") else {
            return "p" + String(decoding: bytes, as: UTF8.self)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// FNV-1a of the path in 16 digits: tells folders of the same name apart.
    private static func digest(_ path: String) -> String {
        let hash = path.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// What a person's settings say of a shell, from the command line or a project's file.
package struct ShellSettings: Equatable, Sendable {
    /// Shells are told apart by it: letters, digits and `_ . + -`, at most 20.
    package var name = ShellFolder.defaultShell
    /// What a terminal starts; empty: the user's own shell.
    package var program: [String] = []
    /// Keep it running when the last terminal has left.
    package var stays = false

    package init() {}
}

extension ShellFolder {
    /// The files that put the shell's mark in front of the prompt, by their paths in a home. A person may change them.
    package static let homeFiles: [(path: String, text: String)] = [
        (
            ".bashrc",
            """
            # Made by sandbox once, and yours to change.
            [ -r /etc/skel/.bashrc ] && . /etc/skel/.bashrc
            PS1="($SANDBOX_SHELL) $PS1"

            """
        ),
        (
            ".zshrc",
            """
            # Made by sandbox once, and yours to change.
            PROMPT="(${SANDBOX_SHELL}) $PROMPT"

            """
        ),
        (
            ".shrc",
            """
            # Made by sandbox once, and yours to change: read by sh, which ENV names it to.
            PS1="($SANDBOX_SHELL) \\$ "

            """
        ),
        (
            ".config/fish/conf.d/sandbox.fish",
            """
            # Made by sandbox once, and yours to change.
            functions --query fish_prompt; and functions --copy fish_prompt sandbox_plain_prompt
            function fish_prompt
                echo -n "($SANDBOX_SHELL) "
                functions --query sandbox_plain_prompt; and sandbox_plain_prompt; or echo -n '> '
            end

            """
        ),
    ]
}
