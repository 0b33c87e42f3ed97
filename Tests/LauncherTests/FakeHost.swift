import Launcher

/// A host made of a dictionary; a path's parents need not be listed.
struct FakeHost: HostFiles {
    enum Node {
        case file(String)
        case directory
        case link(String)
        case socket
        case device
    }

    var nodes: [String: Node] = [:]
    var owners: [String: UInt32] = [:]
    var unreadable: Set<String> = []
    var devices: [String: DeviceNumber] = [:]
    var privileges: [String: ExecutablePrivilege] = [:]
    /// Program and arguments to output.
    var programs: [[String]: String] = [:]

    init(_ nodes: [String: Node] = [:]) { self.nodes = nodes }

    private func isImpliedFolder(_ path: String) -> Bool {
        path == "/" || nodes.keys.contains { $0.hasPrefix(path + "/") }
    }

    func kind(_ path: String) -> FileKind? {
        // Links of parent folders are followed, as the kernel does.
        let parent = Paths.parent(path)
        let place =
            parent == "/" || path == "/" ? path : canonical(parent).map { Paths.join($0, Paths.name(path)) } ?? path
        switch nodes[place] {
        case .file: return .file
        case .directory: return .directory
        case .link: return .symbolicLink
        case .socket: return .socket
        case .device: return .device
        case nil: return isImpliedFolder(place) ? .directory : nil
        }
    }

    func owner(_ path: String) -> UInt32? { kind(path) == nil ? nil : owners[path] ?? 1000 }

    func canonical(_ path: String) -> String? {
        var result = "/"
        for name in Paths.components(Paths.normalized(path)) {
            let next = Paths.join(result, name)
            if case .link(let target) = nodes[next] {
                guard let followed = canonical(Paths.absolute(target, in: result, home: "/")) else { return nil }
                result = followed
            } else if nodes[next] != nil || isImpliedFolder(next) {
                result = next
            } else {
                return nil
            }
        }
        return result
    }

    func text(_ path: String) -> String? {
        guard let place = canonical(path), !unreadable.contains(place), case .file(let text) = nodes[place] else {
            return nil
        }
        return text
    }

    func linkTarget(_ path: String) -> String? {
        guard case .link(let target) = nodes[path] else { return nil }
        return target
    }

    func names(in path: String) -> [String]? {
        guard kind(path) == .directory, !unreadable.contains(path) else { return nil }
        let names = nodes.keys.compactMap { Paths.relative($0, to: path).flatMap { Paths.components($0).first } }
        return Set(names).sorted()
    }

    func mayRead(_ path: String) -> Bool { canonical(path).map { !unreadable.contains($0) } ?? false }
    func blockDevice(_ path: String) -> DeviceNumber? { canonical(path).flatMap { devices[$0] } }
    func privilege(of path: String) -> ExecutablePrivilege? { privileges[path] }
    func lookUp(_ program: String, _ arguments: [String]) -> String? { programs[[program] + arguments] }
}

/// A developer's machine: user dev (1000) with subordinate ids, and root.
func workstation() -> FakeHost {
    var host = FakeHost([
        "/etc/passwd": .file("root:x:0:0:root:/root:/bin/bash\ndev:x:1000:1000:Dev,,,:/home/dev:/bin/zsh\n"),
        "/etc/group": .file("root:x:0:\ndev:x:1000:\n"),
        "/etc/subuid": .file("dev:100000:65536\n"), "/etc/subgid": .file("dev:100000:65536\n"),
        "/proc/self/uid_map": .file("         0          0 4294967295\n"),
        "/proc/self/gid_map": .file("         0          0 4294967295\n"),
        "/etc/os-release": .file("ID=ubuntu\nID_LIKE=debian\n"),
        "/bin": .link("usr/bin"), "/lib": .link("usr/lib"), "/usr/bin/sh": .file(""), "/usr/lib": .directory,
        "/opt": .directory, "/tmp": .directory, "/var/tmp": .directory, "/run/lock": .directory, "/dev/null": .file(""),
        "/sys/fs/cgroup/cgroup.controllers": .file("cpu memory\n"), "/mnt": .directory, "/srv/www/index": .file(""),
        "/root/.bashrc": .file(""), "/home/other/x": .file(""), "/home/dev/.bashrc": .file(""),
        "/home/dev/.ssh/id_ed25519": .file("key"), "/home/dev/.aws/credentials": .file("key"),
        "/home/dev/.bash_history": .file("history"), "/home/dev/src/app/.git/HEAD": .file("ref: refs/heads/main\n"),
        "/home/dev/src/app/.git/config": .file("[core]\n\tbare = false\n"),
        "/home/dev/src/app/.git/hooks": .directory, "/home/dev/src/app/lib/a.c": .file(""),
        "/home/dev/notes/list": .file(""),
    ])
    host.unreadable = ["/root"]
    host.privileges = ["/usr/bin/newuidmap": .setuidRoot, "/usr/bin/newgidmap": .setuidRoot]
    return host
}

/// The caller of most tests: dev, in a folder of the work tree.
func developer(in folder: String = "/home/dev/src/app/lib") -> LaunchHost.Caller {
    var caller = LaunchHost.Caller(uid: 1000, gid: 1000)
    caller.currentFolder = folder
    caller.environment = [
        "HOME": "/home/dev", "PATH": "/home/dev/.cargo/bin:.:/usr/bin", "TERM": "xterm", "LC_ALL": "C.UTF-8",
        "AWS_SECRET_ACCESS_KEY": "secret", "SSH_AUTH_SOCK": "/tmp/ssh-x/agent.1",
    ]
    return caller
}

/// Root, with every capability.
func administrator(in folder: String = "/srv/www") -> LaunchHost.Caller {
    var caller = LaunchHost.Caller(uid: 0, gid: 0)
    caller.capabilities = .max
    caller.currentFolder = folder
    caller.environment = ["HOME": "/root"]
    return caller
}
