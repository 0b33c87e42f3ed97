import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec
import Testing

@Suite("recorded profiles")
struct RecordingTests {
    private let place = RecordedPlace(home: "/home/dev", project: "/home/dev/app")

    private func base(_ name: String = "default") throws -> Profile {
        try #require(BuiltinProfile.named(name)).profile()
    }

    private func profile(
        network: Profile.Network = .none, _ change: (inout Recording) throws -> Void
    ) throws -> Profile {
        var recording = Recording()
        try change(&recording)
        var place = place
        place.network = network
        return try recording.profile(of: ["make", "all"], under: base(), at: place)
    }

    private func address(_ port: UInt16, _ bytes: [UInt8] = [127, 0, 0, 1]) throws -> SocketAddress {
        try #require(SocketAddress([2, 0, UInt8(port >> 8), UInt8(port & 255)] + bytes))
    }

    private func verdict(_ profile: Profile, _ call: String, _ arguments: [UInt64] = []) throws -> FilterAction {
        let row = try #require(SyscallName(call)).row
        let padded = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        return try profile.policy(in: FilterSetting()).verdicts()[row].action(padded)
    }

    @Test("what was seen is allowed, with the values seen, and nothing else")
    func calls() throws {
        let profile = try profile {
            $0.allow("read", [])
            $0.allow("socket", [1, 1, 0, 0, 0, 0])
            $0.allow("ioctl", [0, 0x5401, 0, 0, 0, 0])
            $0.allow("clone", [0x01200011, 0, 0, 0, 0, 0])
        }
        #expect(try verdict(profile, "read") == .allow)
        #expect(try verdict(profile, "execve") == .allow)
        #expect(try verdict(profile, "socket", [1]) == .allow)
        #expect(try verdict(profile, "socket", [2]) == .errno(1))
        #expect(try verdict(profile, "ioctl", [3, 0x5401]) == .allow)
        #expect(try verdict(profile, "ioctl", [3, 0x5412]) == .errno(1))
        #expect(try verdict(profile, "clone", [17]) == .allow)
        #expect(try verdict(profile, "clone", [0x1000_0011]) == .errno(1))
        #expect(try verdict(profile, "unlink") == .errno(1))
        #expect(try verdict(profile, "ptrace") == .errno(1))
    }

    @Test("a call that was refused with another error than EPERM is so again: programs fall back on it")
    func fallbacks() throws {
        let profile = try profile {
            $0.refuse("clone3", errno: 38)
            $0.refuse("ptrace", errno: 1)
            $0.allow("socket", [1, 1, 0, 0, 0, 0])
            $0.refuse("socket", errno: 97)
        }
        #expect(try verdict(profile, "clone3") == .errno(38))
        #expect(try verdict(profile, "ptrace") == .errno(1))
        #expect(try verdict(profile, "socket", [1]) == .allow)
        #expect(try verdict(profile, "socket", [17]) == .errno(97))
        #expect(profile.recorded?.refused == ["clone3", "ptrace", "socket"])
    }

    @Test("it is a right profile: it can be read back, checked and compiled")
    func roundTrip() throws {
        let profile = try profile {
            $0.allow("read", [])
            $0.use("CAP_CHOWN")
            $0.write("/home/dev/app/out")
        }
        let again = try Profile(reading: profile.json.encodedPretty())
        #expect(again == profile)
        let sets = try #require(again.capabilities)
        // An ordinary user's program keeps only what is ambient.
        #expect(
            [sets.bounding, sets.effective, sets.permitted, sets.inheritable, sets.ambient]
                == Array(repeating: ["CAP_CHOWN"], count: 5))
        #expect(try FilterCompiler(again.policy(in: FilterSetting())).compile().instructions.count > 10)
    }

    @Test("paths become places: the project's, the home's, whole folders of programs and of made-up names")
    func paths() throws {
        let profile = try profile {
            for path in [
                "/usr/lib/x.so", "/usr/bin/make", "/etc/ld.so.cache", "/home/dev/app/Makefile", "/home/dev/.cache/a/b",
                "/tmp/cc1.o",
            ] { $0.read(path) }
            for index in 0..<20 { $0.read("/etc/many/\(index)") }
            for index in 0..<20 { $0.write("/home/dev/app/out/\(index).o") }
            $0.write("/tmp/cc1.o")
        }
        let rules = try #require(profile.landlock)
        #expect(
            rules.read == [
                "./Makefile", "/bin", "/etc/ld.so.cache", "/etc/many", "/lib", "/lib64", "/sbin", "/tmp", "/usr",
                "~/.cache/a/b",
            ])
        #expect(rules.write == ["./out", "/tmp"])
    }

    @Test("addresses of the internet ask for the network; loopback and unix sockets do not")
    func network() throws {
        let local = try profile {
            $0.contact(SocketAddress([2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]) ?? .unix)
            $0.contact(.unix)
        }
        #expect(local.network == Profile.Network.none && local.landlock?.tcpConnect == [8080])
        #expect(local.recorded?.hosts == ["127.0.0.1:8080", "unix:/run/x"])
        for network in [Profile.Network.user, .host] {
            let far = try profile(network: network) { $0.contact(try address(443, [93, 184, 216, 34])) }
            #expect(far.network == network && far.recorded?.hosts == ["93.184.216.34:443"])
        }
    }

    @Test("on the host's network a server of the run's own needs none, another's does")
    func servers() throws {
        let own = try profile(network: .host) {
            $0.bind(try address(8080))
            $0.contact(try address(8080))
        }
        #expect(own.network == Profile.Network.none)
        #expect(own.landlock?.tcpBind == [8080] && own.landlock?.tcpConnect == [8080])
        #expect(try profile(network: .host) { $0.contact(try address(8080)) }.network == .host)
        #expect(try profile(network: .user) { $0.contact(try address(8080)) }.network == Profile.Network.none)
        #expect(try profile(network: .user) { $0.bind(try address(8080, [0, 0, 0, 0])) }.network == .user)
        #expect(try profile(network: .host) { $0.bind(try address(0, [0, 0, 0, 0])) }.network == Profile.Network.none)
    }

    @Test("a port that the kernel chose is another one the next time")
    func chosenPorts() throws {
        let chosen = try profile {
            $0.bind(try address(0))
            $0.contact(try address(40123))
        }
        #expect(chosen.landlock?.tcpBind == [0] && chosen.landlock?.tcpConnect == nil)
        let fixed = try profile {
            $0.bind(try address(0))
            $0.bind(try address(8080))
            $0.contact(try address(8080))
            $0.contact(try address(53))
        }
        #expect(fixed.landlock?.tcpConnect == [53, 8080])
        #expect(try fixed.merged(with: chosen).landlock?.tcpConnect == nil)
        #expect(try chosen.merged(with: fixed).landlock?.tcpConnect == nil)
        #expect(try chosen.merged(with: fixed).landlock?.tcpBind == [0, 8080])
    }

    @Test("what changes mounts has no file rules, under which the kernel refuses that")
    func mounts() throws {
        let mounting = try profile {
            $0.allow("mount", [])
            $0.read("/etc/passwd")
        }
        #expect(mounting.landlock?.files == false && mounting.landlock?.read == nil && mounting.landlock?.write == nil)
        let plain = try profile { $0.read("/etc/passwd") }
        #expect(plain.landlock?.files == true && plain.landlock?.read?.contains("/etc/passwd") == true)
        for both in [try plain.merged(with: mounting), try mounting.merged(with: plain)] {
            #expect(both.landlock?.files == false && both.landlock?.read == nil && both.landlock?.write == nil)
        }
    }

    @Test("addresses as text, and what is none")
    func addresses() {
        var six: [UInt8] = [10, 0, 0, 53, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        six += [0, 0, 0, 0]
        #expect(SocketAddress(six)?.text == "[2001:db8::1]:53" && SocketAddress(six)?.port == 53)
        #expect(SocketAddress([1, 0, 0, 65, 66])?.text == "unix:@AB")
        for none in [[], [2], [1, 0], [16, 0, 0, 0], [2, 0, 1, 1]] as [[UInt8]] { #expect(SocketAddress(none) == nil) }
    }

    @Test("a second run adds to the first, and takes nothing away")
    func merge() throws {
        let first = try profile {
            $0.allow("read", [])
            $0.allow("socket", [1, 0, 0, 0, 0, 0])
            $0.refuse("clone3", errno: 38)
            $0.write("/home/dev/app/out/a")
        }
        let second = try profile(network: .host) {
            $0.allow("unlink", [])
            $0.allow("socket", [2, 0, 0, 0, 0, 0])
            $0.use("CAP_KILL")
            $0.write("/home/dev/app/out")
            $0.contact(SocketAddress([2, 0, 1, 187, 93, 184, 216, 34]) ?? .unix)
        }
        let both = try second.merged(with: first)
        for (call, arguments) in [("read", []), ("unlink", []), ("socket", [1]), ("socket", [2])]
            as [(String, [UInt64])]
        {
            #expect(try verdict(both, call, arguments) == .allow, "\(call)")
        }
        #expect(try verdict(both, "clone3") == .errno(38))
        #expect(try verdict(both, "socket", [10]) == .errno(1))
        #expect(both.capabilities?.permitted == ["CAP_KILL"] && both.network == .host)
        #expect(both.landlock?.write == ["./out"] && both.landlock?.tcpConnect == [443])
        let again = try both.merged(with: both)
        #expect(again.seccomp == both.seccomp && again.landlock == both.landlock)
        let error = #expect(throws: SandboxError.self) { try second.merged(with: base("dev")) }
        #expect(error?.message.contains("not recorded") == true)
    }

    @Test("the filter of a recording hands over every call but the one with its key")
    func program() throws {
        let key: UInt64 = 0x1234_5678_9abc_def0
        let program = SeccompProgram.notifyingAll(key: key)
        let interpreter = FilterInterpreter(program: program.instructions)
        let word = SyscallArchitecture.native.auditWord
        func verdict(_ number: UInt32, _ last: UInt64, _ architecture: UInt32 = word) throws -> FilterAction? {
            let data = CallData(number: number, architecture: architecture, arguments: [0, 0, 0, 0, 0, last])
            return FilterAction(verdict: try interpreter.run(data).verdict)
        }
        let sendmsg = try #require(SyscallName("sendmsg")?.number(on: .native))
        #expect(try verdict(sendmsg, key) == .allow)
        #expect(try verdict(sendmsg, key ^ 1) == .notify)
        #expect(try verdict(sendmsg, key ^ (1 << 40)) == .notify)
        #expect(try verdict(sendmsg + 1, key) == .notify)
        #expect(try verdict(0, 0) == .notify)
        #expect(try verdict(0, 0, 0x4000_0003) == .notify)
        #expect(try verdict(0x4000_0027, 0) == .notify)
        #expect(program.needsListener && program.handoverKey == key)
    }
}

extension SocketAddress {
    /// `unix:/run/x`.
    static var unix: SocketAddress {
        guard let address = SocketAddress([1, 0] + Array("/run/x\0".utf8)) else {
            preconditionFailure("a unix address")
        }
        return address
    }
}
