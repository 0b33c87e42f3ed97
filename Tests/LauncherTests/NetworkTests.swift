import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec
import SandboxCLI
import Testing

/// A workstation with these programs, and a device for them.
private func host(_ programs: String..., hasTun: Bool = true) -> FakeHost {
    var host = workstation()
    for name in programs {
        host.nodes["/usr/bin/\(name)"] = .file("")
        host.privileges["/usr/bin/\(name)"] = ExecutablePrivilege.none
    }
    if hasTun { host.nodes["/dev/net/tun"] = .file("") }
    host.nodes["/etc/resolv.conf"] = .file("nameserver 127.0.0.53\nsearch lab.test\n")
    return host
}

/// The error of a launch.
private func refusal(_ host: FakeHost, _ change: (inout LaunchSpec) -> Void) -> SandboxError? {
    do throws(SandboxError) { _ = try decide(host, developer(), change) } catch { return error }
    return nil
}

@Suite("the network of a launch")
struct NetworkTests {
    @Test("modes are read, and what is none is named")
    func modes() throws {
        #expect(try LaunchSpec.Network(parsing: "none") == .none)
        #expect(try LaunchSpec.Network(parsing: "host") == .host)
        #expect(try LaunchSpec.Network(parsing: "user") == .user(nil))
        #expect(try LaunchSpec.Network(parsing: "user:slirp4netns") == .user(.slirp4netns))
        #expect(try LaunchSpec.Network(parsing: "join:web.1") == .join("web.1"))
        for text in ["", "None", "user:", "user:vpn", "join", "join:", "host:1", "bridge"] {
            let error = #expect(throws: SandboxError.self) { try LaunchSpec.Network(parsing: text) }
            #expect(error?.message.contains("\"\(text)\"") == true && error?.remedy != nil, "\(text)")
        }
    }

    @Test(
        "ports are read",
        arguments: [
            ("8080:80", "127.0.0.1", 8080, 80, NetworkConnection.Port.Kind.tcp),
            ("0.0.0.0:1:65535/tcp", "0.0.0.0", 1, 65535, .tcp), ("[::1]:8080:80", "::1", 8080, 80, .tcp),
            ("5353:53/udp", "127.0.0.1", 5353, 53, .udp),
        ])
    func ports(_ text: String, _ address: String, _ outer: UInt16, _ inner: UInt16, _ kind: NetworkConnection.Port.Kind)
        throws
    {
        #expect(
            try NetworkConnection.Port(parsing: text)
                == NetworkConnection.Port(address: address, host: outer, inner: inner, kind: kind))
    }

    @Test(
        "what is no port is refused",
        arguments: [
            "", "80", "0:80", "80:0", "80:65536", "+80:80", " 80:80", "80:80/sctp", "80:80/", "host:80:80",
            "1.2.3:80:80", "::1:80:80", "[::1]80:80", "[::1", "[1.2.3.4]:80:80", "1:2:3:4", "80:80/udp/udp",
        ])
    func wrongPorts(_ text: String) {
        let error = #expect(throws: SandboxError.self) { try NetworkConnection.Port(parsing: text) }
        #expect(error?.kind == .invalidInput && error?.remedy != nil)
    }

    @Test("user mode is a namespace of its own, a program, and its resolver laid over the host's")
    func userMode() throws {
        let launch = try decide(host("slirp4netns", "pasta")) {
            $0.network = .user(nil)
            $0.publish = [NetworkConnection.Port(address: "127.0.0.1", host: 8080, inner: 80, kind: .tcp)]
        }
        #expect(launch.connection?.program == .pasta && launch.connection?.path == "/usr/bin/pasta")
        #expect(launch.connection?.ports.count == 1 && launch.connection?.isRequired == true)
        #expect(
            launch.laidFiles == [
                LaidFile(path: "/etc/resolv.conf", text: "nameserver 169.254.1.1\nsearch lab.test\n")
            ])
        #expect(launch.spec.linux?.namespaces?.contains { $0.kind == .network && $0.path == nil } == true)
        #expect(launch.spec.linux?.sysctl?["net.ipv4.ip_unprivileged_port_start"] == "0")
        #expect(launch.walls.contains { $0.name == "network" && $0.stands && $0.detail.contains("8080") })
        let other = try decide(host("slirp4netns")) { $0.network = .user(nil) }
        #expect(other.connection?.program == .slirp4netns)
        let none = try decide(host("pasta"))
        #expect(none.connection == nil && none.laidFiles.isEmpty && none.spec.linux?.sysctl == nil)
    }

    @Test("a resolv.conf that the caller shares stays")
    func ownResolver() throws {
        var host = host("pasta")
        host.nodes["/home/dev/notes/resolv"] = .file("nameserver 9.9.9.9\n")
        let launch = try decide(host) {
            $0.network = .user(nil)
            $0.binds = [
                LaunchSpec.Bind(source: "/home/dev/notes/resolv", destination: "/etc/resolv.conf", readOnly: true)
            ]
        }
        #expect(launch.laidFiles.isEmpty)
    }

    @Test("what is missing is named with the line that mends it")
    func missing() {
        let none = refusal(host()) { $0.network = .user(nil) }
        #expect(none?.message.contains("neither pasta nor slirp4netns") == true, "\(String(describing: none))")
        #expect(none?.remedy == "sudo apt-get install passt" && none?.kind == .unsupported)
        let other = refusal(host("pasta")) { $0.network = .user(.slirp4netns) }
        #expect(other?.remedy == "sudo apt-get install slirp4netns")
        let device = refusal(host("pasta", hasTun: false)) { $0.network = .user(nil) }
        #expect(device?.message.contains("/dev/net/tun") == true && device?.remedy == "sudo modprobe tun")
    }

    @Test("conflicts are refused")
    func conflicts() {
        let port = NetworkConnection.Port(address: "::1", host: 80, inner: 80, kind: .tcp)
        for network in [LaunchSpec.Network.none, .host] {
            let error = refusal(host("pasta")) { ($0.network, $0.publish) = (network, [port]) }
            #expect(error?.message.contains("--publish") == true && error?.remedy != nil)
        }
        #expect(
            refusal(host("pasta")) { ($0.network, $0.publish) = (.user(nil), [port, port]) }?.message.contains("twice")
                == true)
        #expect(
            refusal(host("slirp4netns")) { ($0.network, $0.publish) = (.user(nil), [port]) }?.message.contains("IPv4")
                == true)
        for name in ["CAP_NET_ADMIN", "CAP_NET_RAW"] {
            let error = refusal(host("pasta")) { ($0.network, $0.addedCapabilities) = (.user(nil), [name]) }
            #expect(error?.kind == .refused && error?.message.contains(name) == true)
        }
    }

    @Test("another sandbox's network comes with its user namespace and its resolver")
    func joined() throws {
        let plain = try decide()
        var joined = JoinedNetwork(
            name: "web", network: "/proc/9/fd/5", user: "/proc/9/fd/4",
            users: plain.spec.linux?.uidMappings ?? [], groups: plain.spec.linux?.gidMappings ?? [],
            laidFiles: [LaidFile(path: "/etc/resolv.conf", text: "nameserver 10.0.2.3\n")])
        let launch = try decide { ($0.network, $0.joinedNetwork) = (.join("web"), joined) }
        let spaces = launch.spec.linux?.namespaces ?? []
        #expect(spaces.first { $0.kind == .network }?.path == "/proc/9/fd/5")
        #expect(spaces.first { $0.kind == .user }?.path == "/proc/9/fd/4")
        #expect(spaces.filter { $0.path != nil }.count == 2)
        #expect(launch.laidFiles == joined.laidFiles && launch.connection == nil)
        joined.users = []
        let other = refusal(workstation()) { ($0.network, $0.joinedNetwork) = (.join("web"), joined) }
        #expect(other?.kind == .refused && other?.message.contains("ids") == true)
        #expect(refusal(workstation()) { $0.network = .join("web") } != nil)
    }
}
