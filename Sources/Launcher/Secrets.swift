import RuntimeSpec

/// Something of the host that never shows inside, whatever folder around it is shared.
package struct Secret: Equatable, Sendable {
    /// Where it is on this host, links resolved.
    package var path: String
    package var kind: FileKind

    package init(_ path: String, _ kind: FileKind) {
        self.path = path
        self.kind = kind
    }
}

/// The table of well-known secrets: what a thief of developers' machines takes first.
///
/// Names in a home are relative to it. What lies in the project by another name (`.env`, a key someone put there) is
/// the user's own to decide.
package enum SecretTable {
    package static let home: [(group: String, names: [String])] = [
        ("ssh and gpg", [".ssh", ".gnupg", ".putty", ".pki", ".config/sops", ".age", ".config/age"]),
        (
            "password stores and keyrings",
            [
                ".password-store", ".local/share/keyrings", ".gnome2/keyrings", ".local/share/kwalletd",
                ".kde/share/apps/kwallet", ".config/keepassxc", ".keepass", ".config/Bitwarden",
                ".config/Bitwarden CLI", ".config/1Password", ".config/op", ".lastpass", ".vault-token",
                ".config/gopass", ".local/share/gopass", ".authinfo", ".authinfo.gpg",
            ]
        ),
        (
            "clouds",
            [
                ".aws", ".azure", ".config/gcloud", ".config/doctl", ".config/hcloud", ".config/linode-cli",
                ".config/scw", ".config/fly", ".fly", ".oci", ".bluemix", ".aliyun", ".terraform.d", ".terraformrc",
                ".config/openstack", ".config/heroku", ".config/netlify", ".config/rclone", ".s3cfg", ".boto",
                ".config/configstore", ".config/firebase", ".pulumi", ".config/supabase", ".wrangler",
                ".config/.wrangler",
            ]
        ),
        (
            "containers and clusters",
            [
                ".kube", ".docker", ".config/containers/auth.json", ".local/share/containers", ".config/helm/registry",
                ".minikube", ".config/k9s", ".local/share/docker",
            ]
        ),
        (
            "package registries and code hosts",
            [
                ".netrc", ".git-credentials", ".config/git/credentials", ".config/gh", ".config/hub",
                ".config/glab-cli", ".npmrc", ".yarnrc", ".yarnrc.yml", ".bunfig.toml", ".pypirc", ".config/pip",
                ".pip", ".config/pypoetry", ".local/share/uv/credentials", ".cargo/credentials",
                ".cargo/credentials.toml", ".gem/credentials", ".bundle/config", ".m2/settings.xml",
                ".m2/settings-security.xml", ".gradle/gradle.properties", ".nuget", ".config/NuGet",
                ".composer/auth.json", ".config/composer/auth.json", ".hex", ".sbt/credentials", ".ivy2/.credentials",
                ".config/github-copilot", ".claude", ".claude.json", ".codex", ".gemini", ".config/goose",
            ]
        ),
        (
            "databases and remote desks",
            [
                ".pgpass", ".my.cnf", ".mylogin.cnf", ".dbshell", ".config/filezilla", ".config/remmina",
                ".local/share/remmina", ".local/share/DBeaverData",
            ]
        ),
        (
            "browsers, mail and chat",
            [
                ".mozilla", ".config/mozilla", ".config/google-chrome", ".config/google-chrome-beta",
                ".config/chromium",
                ".config/BraveSoftware", ".config/microsoft-edge", ".config/vivaldi", ".config/opera", ".librewolf",
                ".cache/mozilla", ".cache/google-chrome", ".cache/chromium", ".var/app", "snap", ".thunderbird",
                ".config/evolution", ".local/share/evolution", ".mutt", ".config/Signal", ".config/Slack",
                ".config/discord", ".config/Element", ".purple", ".local/share/TelegramDesktop",
            ]
        ),
        (
            "shell and program history",
            [
                ".bash_history", ".zsh_history", ".zhistory", ".histfile", ".ash_history", ".sh_history",
                ".local/share/fish/fish_history", ".local/share/atuin", ".local/share/mcfly", ".python_history",
                ".node_repl_history", ".irb_history", ".psql_history", ".mysql_history", ".sqlite_history",
                ".rediscli_history", ".lesshst", ".viminfo", ".wget-hsts",
            ]
        ),
        ("money", [".bitcoin", ".ethereum", ".electrum", ".monero", ".config/solana", ".config/Exodus"]),
        ("the desktop", [".Xauthority", ".ICEauthority", ".config/pulse/cookie", ".dbus"]),
        ("this program", [".config/sandbox", ".local/state/sandbox", ".local/share/sandbox"]),
    ]

    /// Absolute paths. Sockets are here because a read-only mount does not stop connect(2).
    package static let system: [(group: String, names: [String])] = [
        (
            "accounts and keys",
            [
                "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/ssh/ssh_host_rsa_key",
                "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key", "/etc/ssl/private",
                "/etc/pki/tls/private", "/etc/krb5.keytab", "/etc/wireguard",
                "/etc/openvpn", "/etc/ipsec.secrets", "/etc/NetworkManager/system-connections",
                "/etc/wpa_supplicant", "/etc/netplan", "/etc/letsencrypt", "/etc/docker", "/etc/kubernetes",
                "/etc/rancher", "/etc/credstore", "/etc/credstore.encrypted",
            ]
        ),
        (
            "container engines",
            [
                "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/lib/rancher",
                "/var/lib/lxc", "/var/lib/lxd", "/var/lib/incus", "/var/lib/machines", "/var/lib/libvirt",
                "/var/snap/lxd", "/run/docker.sock", "/run/docker", "/run/podman", "/run/containerd", "/run/crio",
                "/run/libvirt", "/run/buildkit", "/run/lxd", "/run/incus",
            ]
        ),
        (
            "sessions and services",
            [
                "/run/user", "/run/dbus", "/run/systemd/private", "/run/systemd/notify", "/run/snapd.socket",
                "/run/sandbox", "/nix/var/nix/daemon-socket", "/gnu/store/.daemon", "/var/guix/daemon-socket",
                "/tmp/.X11-unix", "/var/lib/systemd", "/var/lib/private", "/var/lib/NetworkManager",
            ]
        ),
        ("mail and jobs", ["/var/mail", "/var/spool/mail", "/var/spool/cron", "/var/backups"]),
        ("logs", ["/var/log/journal", "/var/log/auth.log", "/var/log/secure"]),
    ]

    /// Variables whose value is the path of a secret, with what may stand before the path and between several.
    package static let variables: [String] = [
        "SSH_AUTH_SOCK", "GNUPGHOME", "PASSWORD_STORE_DIR", "DOCKER_CONFIG", "DOCKER_HOST", "CONTAINER_HOST",
        "KUBECONFIG", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "GOOGLE_APPLICATION_CREDENTIALS",
        "AZURE_CONFIG_DIR", "CLOUDSDK_CONFIG", "NETRC", "NPM_CONFIG_USERCONFIG", "PGPASSFILE", "XAUTHORITY",
        "HISTFILE", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
    ]

    /// The paths a variable of the table names: `unix:///run/x.sock`, `unix:path=/run/x,guid=…`, `/a:/b`.
    static func paths(in value: String) -> [String] {
        var text = Substring(value)
        if text.utf8.starts(with: "unix://".utf8) { text = text.dropFirst(7) }
        if text.utf8.starts(with: "unix:path=".utf8) { text = text.dropFirst(10).prefix { $0 != "," && $0 != ";" } }
        return fields(String(text)).filter { $0.utf8.first == UInt8(ascii: "/") }
    }

    /// The secrets of the table that this host has, for users with these homes and this environment.
    package static func find(homes: [String], environment: NameTable<String>, files: some HostFiles) -> [Secret] {
        let candidates = candidates(homes: homes, environment: environment)
        var cache = FolderCache(files, for: candidates)
        var found: [Secret] = []
        for name in candidates where cache.mayExist(name) {
            guard let kind = files.kind(name), let path = cache.canonicalFolder(of: name) else { continue }
            guard let place = kind == .symbolicLink ? files.canonical(name) : path,
                let real = kind == .symbolicLink ? files.kind(place) : kind, real != .device
            else { continue }
            // What the caller cannot read on the host it cannot read inside either; sockets are for writing.
            let isOwn = homes.contains { Paths.isInside(name, $0) && $0 != "/" }
            if real != .socket, !isOwn, !files.mayRead(place) { continue }
            if real == .directory, files.unsortedNames(in: place) == [] { continue }  // nothing to hide
            if !found.contains(where: { Paths.same($0.path, place) }) { found.append(Secret(place, real)) }
        }
        return found.sorted { Paths.ordered($0.path, $1.path) }
    }

    private static func candidates(homes: [String], environment: NameTable<String>) -> [String] {
        var candidates = system.flatMap(\.names)
        for folder in homes where folder != "/" {
            candidates += home.flatMap(\.names).map { Paths.join(folder, $0) }
        }
        let named = variables.flatMap { environment[$0].map(paths) ?? [] }.map(Paths.normalized)
        // A variable that names a whole home, or what is above it, names no secret.
        return candidates + named.filter { name in !homes.contains { Paths.isInside($0, name) } }
    }
}
