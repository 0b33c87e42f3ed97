/// The family of Linux distributions a host is of, for naming the command that mends something (os-release(5)).
package enum Distribution: String, Equatable, Sendable, CaseIterable {
    case debian, fedora, arch, alpine, suse, nixos, other

    /// Something a host may lack.
    package enum Package: Sendable {
        case mapHelpers, subordinateIDs, fuse, pasta, slirp4netns
    }

    /// From the text of os-release(5): ID first, then ID_LIKE.
    package init(osRelease text: String) {
        var names: [String] = []
        for key in ["ID=", "ID_LIKE="] {
            for line in lines(text) where line.utf8.starts(with: key.utf8) {
                let value = line.dropFirst(key.count).filter { $0 != "\"" && $0 != "'" }
                names += words(String(value))
            }
        }
        self = names.lazy.compactMap(Distribution.family).first ?? .other
    }

    private static func family(_ name: String) -> Distribution? {
        switch name {
        case "debian", "ubuntu", "linuxmint", "raspbian": .debian
        case "fedora", "rhel", "centos", "rocky", "almalinux", "amzn": .fedora
        case "arch", "manjaro": .arch
        case "alpine", "postmarketos": .alpine
        case "suse", "opensuse", "sles", "opensuse-tumbleweed", "opensuse-leap": .suse
        case "nixos": .nixos
        default: nil
        }
    }

    package static func read(files: some HostFiles) -> Distribution {
        Distribution(osRelease: files.text("/etc/os-release") ?? files.text("/usr/lib/os-release") ?? "")
    }

    /// The command, to be run by root, that installs a package.
    package func install(_ package: Package) -> String {
        let name: String =
            switch (package, self) {
            case (.mapHelpers, .debian): "uidmap"
            case (.mapHelpers, .fedora): "shadow-utils"
            case (.mapHelpers, .alpine): "shadow-uidmap"
            case (.mapHelpers, _): "shadow"
            case (.subordinateIDs, .debian): "passwd"
            case (.subordinateIDs, .fedora): "shadow-utils"
            case (.subordinateIDs, _): "shadow"
            case (.fuse, _): "fuse3"
            case (.pasta, _): "passt"
            case (.slirp4netns, _): "slirp4netns"
            }
        switch self {
        case .debian: return "sudo apt-get install \(name)"
        case .fedora: return "sudo dnf install \(name)"
        case .arch: return "sudo pacman -S \(name)"
        case .alpine: return "sudo apk add \(name)"
        case .suse: return "sudo zypper install \(name)"
        case .nixos: return "set environment.systemPackages and security.wrappers for \(name) in configuration.nix"
        case .other: return "install the package with \(name)"
        }
    }
}
