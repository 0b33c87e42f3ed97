import ContainerPlan
import Testing

@Suite("network in user mode")
struct NetworkConnectionTests {
    private let ports = [
        NetworkConnection.Port(address: "127.0.0.1", host: 8080, inner: 80, kind: .tcp),
        NetworkConnection.Port(address: "0.0.0.0", host: 5353, inner: 53, kind: .udp),
    ]

    private func setting(hasUsers: Bool = true, isRoot: Bool = false, control: String? = nil)
        -> NetworkConnection.Setting
    {
        NetworkConnection.Setting(keeper: 7, hasUsers: hasUsers, isRoot: isRoot, control: control)
    }

    @Test("pasta opens no way to this machine's loopback device, and no port but those published")
    func pasta() {
        let closed = NetworkConnection(program: .pasta, path: "/usr/bin/pasta").arguments(setting())
        let text = closed.joined(separator: " ")
        #expect(closed.first == "/usr/bin/pasta" && closed.contains("--no-map-gw"))
        for option in ["--tcp-ns none", "--udp-ns none", "--tcp-ports none", "--udp-ports none"] {
            #expect(text.contains(option), "\(option)")
        }
        #expect(text.hasSuffix("--userns /proc/7/ns/user --netns /proc/7/ns/net") && !text.contains("--runas"))
        let open = NetworkConnection(program: .pasta, path: "/p", ports: ports).arguments(setting(isRoot: true))
            .joined(separator: " ")
        #expect(open.contains("--tcp-ports 127.0.0.1/8080:80 --udp-ports 0.0.0.0/5353:53 --runas 0"))
        let bare = NetworkConnection(program: .pasta, path: "/p").arguments(setting(hasUsers: false))
        #expect(bare.contains("--netns-only") && !bare.contains("--userns"))
    }

    @Test("slirp4netns opens no way to this machine's loopback device, and locks itself in where it can")
    func slirp() {
        var connection = NetworkConnection(program: .slirp4netns, path: "/s", ports: ports)
        let whole = connection.arguments(setting(control: "/tmp/x/control"))
        for option in [
            "--disable-host-loopback", "--enable-seccomp", "--enable-sandbox", "--api-socket=/tmp/x/control",
            "--ready-fd=3",
        ] {
            #expect(whole.contains(option), "\(option)")
        }
        #expect(whole.suffix(2) == ["7", "tap0"])
        connection.hasRootInside = false
        #expect(!connection.arguments(setting()).contains("--enable-sandbox"))
        #expect(
            NetworkConnection.slirpRequest(ports[1])
                == #"{"execute":"add_hostfwd","arguments":{"proto":"udp","host_addr":"0.0.0.0","host_port":5353,"guest_port":53}}"#
        )
    }

    @Test("names are asked of the program, with the host's search list and options")
    func resolver() {
        let host = "# made by hand\nnameserver 127.0.0.53\nsearch lab.test example\noptions edns0\nsortlist 10.0.0.0\n"
        #expect(
            NetworkConnection(program: .pasta, path: "/p").resolverText(host: host)
                == "nameserver 169.254.1.1\nsearch lab.test example\noptions edns0\n")
        #expect(
            NetworkConnection(program: .slirp4netns, path: "/s").resolverText(host: "") == "nameserver 10.0.2.3\n")
    }

    @Test("a refused port below 1024 is told from one that is taken")
    func refusedPorts() {
        let low = [NetworkConnection.Port(address: "127.0.0.1", host: 80, inner: 80, kind: .tcp)]
        #expect(NetworkConnection.remedyForPorts(low, isRoot: false).contains("1024"))
        #expect(NetworkConnection.remedyForPorts(low, isRoot: true).contains("ss "))
        #expect(NetworkConnection.remedyForPorts(ports, isRoot: false).contains("ss "))
    }
}
