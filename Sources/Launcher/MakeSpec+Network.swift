import ContainerPlan
import Diagnostics
import RuntimeSpec

extension LaunchMaker {
    /// Refuses what no network can give, before anything is made.
    func checkNetwork() throws(SandboxError) {
        switch launch.network {
        case .none, .host: break
        case .user:
            try checkPrivileges("--net user")
            _ = try connection()
        case .join(let name):
            try checkPrivileges("--net join:\(name)")
            try checkJoin(name)
        }
        if let port = launch.publish.first, !launch.network.isUser {
            throw SandboxError(
                .invalidInput, "--publish \(port.host):\(port.inner): the network is not in user mode",
                remedy: launch.network == .host ? "with --net host every port is the host's" : "--net user")
        }
        for (index, port) in launch.publish.enumerated() {
            let isTaken = launch.publish[..<index].contains {
                $0.address == port.address && $0.host == port.host && $0.kind == port.kind
            }
            if isTaken { throw SandboxError(.invalidInput, "--publish: port \(port.host) is given twice") }
        }
    }

    /// What can write packets of its own can address the host's loopback device through the program that connects the
    /// network, which sends on from there.
    private func checkPrivileges(_ option: String) throws(SandboxError) {
        let own = capabilities.bounding ?? []
        guard let name = ["CAP_NET_ADMIN", "CAP_NET_RAW"].first(where: own.contains) else { return }
        throw SandboxError(
            .refused, "\(option): \(name) inside would reach the services on this machine's loopback device",
            remedy: "leave that capability out, or share all with --net host")
    }

    private func checkJoin(_ name: String) throws(SandboxError) {
        guard let joined = launch.joinedNetwork, joined.name == name else {
            throw SandboxError(.unsupported, "--net join:\(name): cannot be used here")
        }
        guard (joined.user != nil) == profile.namespaces.contains(.user) else {
            throw SandboxError(
                .refused, "--net join:\(name): one of the two has a user namespace, and the other has none",
                remedy: "start both with the same profile")
        }
        // The network belongs to the other's user namespace, and its ids are what they are.
        guard joined.user == nil || maps.users == joined.users && maps.groups == joined.groups else {
            throw SandboxError(
                .refused, "--net join:\(name): the ids in that sandbox stand for other ids of the host",
                remedy: "give --as-root, or an image, to both or to neither")
        }
    }

    /// The program that connects the network; nil where none does.
    func connection() throws(SandboxError) -> NetworkConnection? {
        guard case .user(let wanted) = launch.network else { return nil }
        guard let facts = host.network else {
            throw SandboxError(.unsupported, "--net user: cannot be used here")
        }
        let found = NetworkConnection.Program.allCases.first { facts.programs[$0] != nil }
        guard let program = wanted ?? found, let path = facts.programs[program] else {
            let what = wanted.map { "\($0.rawValue) is not installed" } ?? "neither pasta nor slirp4netns is installed"
            throw SandboxError(
                .unsupported, "--net user: \(what)",
                remedy: host.distribution.install(wanted == .slirp4netns ? .slirp4netns : .pasta))
        }
        if let error = facts.openTun {
            throw SandboxError(
                .unsupported, "--net user: /dev/net/tun cannot be opened", errno: error.rawValue,
                remedy: NetworkFacts.remedy(openTun: error, isContainer: facts.isContainer))
        }
        if program == .slirp4netns, let port = launch.publish.first(where: { $0.address.contains(":") }) {
            throw SandboxError(
                .unsupported, "--publish [\(port.address)]:\(port.host): slirp4netns listens at IPv4 addresses only",
                remedy: "install pasta: \(host.distribution.install(.pasta))")
        }
        return NetworkConnection(
            program: program, path: path, ports: launch.publish, isRequired: !launch.networkIsOptional,
            hasRootInside: maps.hasUser(0) && maps.hasGroup(0))
    }

    /// Name lookups go to the program that connects the network: the host's own servers may be on its loopback device.
    func laidFiles(_ places: Places) throws(SandboxError) -> [LaidFile] {
        let path = "/etc/resolv.conf"
        // One of the caller's own is what the caller wants.
        if launch.binds.contains(where: { Paths.same($0.destination, path) }) { return [] }
        if let joined = launch.joinedNetwork { return joined.laidFiles }
        guard let connection = try connection() else { return [] }
        return [LaidFile(path: path, text: connection.resolverText(host: host.network?.resolver ?? ""))]
    }

    /// Parameters of the new network: addresses of IPv6 are there at once, and neither ping(8) nor a
    /// port below 1024 needs rights.
    var networkParameters: [String: String]? {
        guard launch.network.isUser else { return nil }
        let groups = maps.hasGroup(65534) && maps.hasGroup(0) ? "0 65534" : "\(gid) \(gid)"
        var parameters = ["net.ipv4.ping_group_range": groups, "net.ipv4.ip_unprivileged_port_start": "0"]
        if host.network?.hasIPv6 == true {
            parameters["net.ipv6.conf.default.accept_dad"] = "0"
            parameters["net.ipv6.conf.default.router_solicitation_delay"] = "0"
        }
        return parameters
    }

    /// The namespaces, those of a joined network by their paths.
    var namespaces: [Spec.Linux.Namespace] {
        namespaceKinds.map { kind in
            switch kind {
            case .network: Spec.Linux.Namespace(kind: kind, path: launch.joinedNetwork?.network)
            case .user: Spec.Linux.Namespace(kind: kind, path: launch.joinedNetwork?.user)
            case .mount, .pid, .ipc, .uts, .cgroup, .time: Spec.Linux.Namespace(kind: kind)
            }
        }
    }

    var networkWall: Wall {
        switch launch.network {
        case .none: Wall("network", stands: true, "loopback only")
        case .host:
            Wall(
                "network", stands: false,
                "--net host: all of the host's network, its local services and abstract sockets too")
        case .user:
            Wall(
                "network", stands: true,
                "its own, connected by \(connectingProgram): what this machine reaches can be reached, but not its "
                    + "loopback device and abstract sockets" + publishedText)
        case .join(let name):
            Wall("network", stands: true, "that of sandbox \(name), with its loopback device and abstract sockets")
        }
    }

    private var connectingProgram: String {
        // A launch without one has been refused.
        do { return try connection()?.program.rawValue ?? "nothing" } catch { return "nothing" }
    }

    private var publishedText: String {
        let ports = launch.publish.map { port in
            let address = port.address.contains(":") ? "[\(port.address)]" : port.address
            return "\(address):\(port.host) leads to its port \(port.inner)" + (port.kind == .udp ? " (udp)" : "")
        }
        return ports.isEmpty ? "" : "; " + ports.joined(separator: ", ")
    }
}
