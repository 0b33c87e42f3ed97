/// Tool chains that live in a home and are found through PATH.
package enum HomeTools {
    /// Where a PATH entry ends, and the folders of the home its programs need to run. None holds secrets beside those
    /// of the secret table, which stay hidden.
    static let table: [(entry: String, folders: [String])] = [
        (".cargo/bin", [".cargo", ".rustup"]),
        (".rustup", [".rustup"]),
        (".pyenv", [".pyenv"]),
        (".rbenv", [".rbenv"]),
        (".nodenv", [".nodenv"]),
        (".nvm", [".nvm"]),
        (".fnm", [".fnm", ".local/share/fnm"]),
        (".volta", [".volta"]),
        (".asdf", [".asdf"]),
        (".local/share/mise", [".local/share/mise"]),
        (".sdkman", [".sdkman"]),
        (".jenv", [".jenv"]),
        (".deno/bin", [".deno"]),
        (".bun/bin", [".bun"]),
        (".ghcup", [".ghcup"]),
        (".opam", [".opam"]),
        (".swiftly", [".swiftly", ".local/share/swiftly"]),
        (".local/share/swiftly", [".local/share/swiftly"]),
        (".dotnet", [".dotnet"]),
        (".pixi", [".pixi"]),
        ("miniconda3", ["miniconda3"]),
        ("anaconda3", ["anaconda3"]),
        ("go/bin", ["go/bin"]),
        ("sdk", ["sdk"]),
        (".local/bin", [".local/bin", ".local/lib", ".local/share/pipx", ".local/share/uv", ".local/pipx"]),
        ("bin", ["bin"]),
        (".nix-profile", [".nix-profile", ".local/state/nix"]),
        (".guix-profile", [".guix-profile"]),
    ]

    /// The folders of the table that PATH asks for and that exist, links resolved, parents first.
    package static func find(path: String, homes: [String], files: some HostFiles) -> [String] {
        var found: [String] = []
        for entry in fields(path) where entry.utf8.first == UInt8(ascii: "/") {
            for home in homes where home != "/" {
                for name in folders(for: Paths.normalized(entry), home: home) {
                    let folder = Paths.join(home, name)
                    guard files.kindFollowingLinks(folder) == .directory,
                        !found.contains(where: { Paths.isInside(folder, $0) })
                    else { continue }
                    found.append(folder)
                }
            }
        }
        return found.sorted(by: Paths.ordered)
    }

    /// The folders that the programs of a PATH entry need; empty when it is not in the home or not known.
    static func folders(for entry: String, home: String) -> [String] {
        guard let inside = Paths.relative(entry, to: home), !inside.isEmpty else { return [] }
        return table.first { Paths.isInside("/" + inside, "/" + $0.entry) }?.folders ?? []
    }
}

/// Why a command of the host is not there inside, for the message that goes with status 127.
package func hintForMissingCommand(_ name: String, host: LaunchHost, files: some HostFiles) -> String? {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    for entry in fields(host.environment["PATH"] ?? "") where entry.utf8.first == UInt8(ascii: "/") {
        let folder = Paths.normalized(entry)
        let program = Paths.join(folder, name)
        guard files.kindFollowingLinks(program) == .file, files.mayRead(program) else { continue }
        guard let home = host.homes.first(where: { $0 != "/" && Paths.isInside(folder, $0) }) else {
            return
                "\(program) exists on the host, in a folder that is private inside; share it with --ro-bind \(folder)"
        }
        let known = !HomeTools.folders(for: folder, home: home).isEmpty
        return "\(program) is in your home, which is empty inside; "
            + (known ? "--home-tools shares it read-only" : "share it with --ro-bind \(folder)")
    }
    return nil
}
