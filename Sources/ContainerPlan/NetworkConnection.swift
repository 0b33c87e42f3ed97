/// A program in user mode that connects a network namespace to the outside: pasta(1) or slirp4netns(1).
package struct NetworkConnection: Equatable, Sendable {
    package enum Program: String, Sendable, CaseIterable {
        /// In the order of preference.
        case pasta, slirp4netns
    }

    /// A port of this machine that leads inside.
    package struct Port: Equatable, Sendable {
        package enum Kind: String, Sendable {
            case tcp, udp
        }

        /// Where it listens: an IPv4 or IPv6 address.
        package var address: String
        package var host: UInt16
        package var inner: UInt16
        package var kind: Kind

        package init(address: String, host: UInt16, inner: UInt16, kind: Kind) {
            self.address = address
            self.host = host
            self.inner = inner
            self.kind = kind
        }
    }

    package var program: Program
    /// The executable.
    package var path: String
    package var ports: [Port]
    /// False: where it cannot be made, the sandbox starts with its loopback device alone, and says so.
    package var isRequired: Bool
    /// Uid and gid 0 exist inside: slirp4netns takes them when it locks itself in.
    package var hasRootInside: Bool

    package init(
        program: Program, path: String, ports: [Port] = [], isRequired: Bool = true, hasRootInside: Bool = true
    ) {
        self.hasRootInside = hasRootInside
        self.program = program
        self.path = path
        self.ports = ports
        self.isRequired = isRequired
    }

    /// What the program is started with.
    package struct Setting: Equatable, Sendable {
        /// A process that is in the sandbox's network namespace and in its user namespace.
        package var keeper: Int32
        /// The network namespace belongs to a user namespace of the sandbox's own.
        package var hasUsers: Bool
        package var isRoot: Bool
        /// Where slirp4netns listens for the ports.
        package var control: String?

        package init(keeper: Int32, hasUsers: Bool, isRoot: Bool, control: String?) {
            self.keeper = keeper
            self.hasUsers = hasUsers
            self.isRoot = isRoot
            self.control = control
        }
    }

    /// The command line. No port of this machine's loopback device is to be reached from inside, and none but `ports`
    /// from outside: pasta would forward all that anybody listens on, both ways.
    ///
    /// Pasta tells that it is ready by writing its pid to standard output; slirp4netns writes to descriptor 3.
    package func arguments(_ setting: Setting) -> [String] {
        let namespaces = "/proc/\(setting.keeper)/ns"
        switch program {
        case .pasta:
            return [
                path, "--foreground", "--quiet", "--config-net", "--no-map-gw", "--no-netns-quit",
                "--dns-forward", NetworkConnection.pastaResolver, "--tcp-ns", "none", "--udp-ns", "none",
            ] + pastaPorts("--tcp-ports", .tcp) + pastaPorts("--udp-ports", .udp)
                + (setting.isRoot ? ["--runas", "0"] : []) + ["--pid", "/proc/self/fd/1"]
                + (setting.hasUsers ? ["--userns", namespaces + "/user"] : ["--netns-only"])
                + ["--netns", namespaces + "/net"]
        case .slirp4netns:
            return [
                path, "--configure", "--enable-ipv6", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp",
                "--ready-fd=3",
            ] + (hasRootInside ? ["--enable-sandbox"] : []) + (setting.control.map { ["--api-socket=\($0)"] } ?? [])
                + [String(setting.keeper), "tap0"]
        }
    }

    private func pastaPorts(_ option: String, _ kind: Port.Kind) -> [String] {
        let own = ports.filter { $0.kind == kind }
        return own.isEmpty ? [option, "none"] : own.flatMap { [option, "\($0.address)/\($0.host):\($0.inner)"] }
    }

    /// What slirp4netns is asked for one port, as JSON.
    package static func slirpRequest(_ port: Port) -> String {
        #"{"execute":"add_hostfwd","arguments":{"proto":"\#(port.kind.rawValue)","host_addr":"\#(port.address)","#
            + #""host_port":\#(port.host),"guest_port":\#(port.inner)}}"#
    }

    /// Why a port cannot be listened at.
    package static func remedyForPorts(_ ports: [Port], isRoot: Bool) -> String {
        !isRoot && ports.contains { $0.host < 1024 }
            ? "ports below 1024 are root's: take a higher one" : "ss -tulpn shows who listens there"
    }

    /// An address of no network, which pasta answers name lookups at.
    static let pastaResolver = "169.254.1.1"
    /// Where slirp4netns answers them.
    static let slirpResolver = "10.0.2.3"

    /// The text of a resolv.conf(5) that works inside: the program asks the servers of `host` itself, which may be on the
    /// loopback device.
    package func resolverText(host: String) -> String {
        let kept = host.split(separator: "\n").filter { line in
            ["search ", "search\t", "domain ", "domain\t", "options ", "options\t"].contains { line.hasPrefix($0) }
        }
        let address = program == .pasta ? NetworkConnection.pastaResolver : NetworkConnection.slirpResolver
        return (["nameserver \(address)"] + kept.map(String.init)).joined(separator: "\n") + "\n"
    }
}

/// A file that is laid over one of the root when the sandbox starts; it is in memory only.
package struct LaidFile: Equatable, Sendable {
    /// An absolute path inside; links in it are followed, also one that leads nowhere yet.
    package var path: String
    package var text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}
