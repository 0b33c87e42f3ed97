import Confinement
import RuntimeSpec
import Testing

@Suite("Landlock's rules of TCP ports and the filter")
struct ProfilePortTests {
    private func profile(_ change: (inout Profile.Landlock) -> Void) throws -> Profile {
        var own = Profile(doesNotProtect: ["x"], description: "d")
        var rules = Profile.Landlock()
        change(&rules)
        own.landlock = rules
        return own
    }

    private func overDefault(_ change: (inout Profile.Landlock) -> Void) throws -> Profile {
        try profile(change).over(#require(BuiltinProfile.named("default")).profile())
    }

    private func verdict(_ profile: Profile, _ call: String, _ arguments: [UInt64]) throws -> FilterAction? {
        let policy = try profile.policy(in: FilterSetting(architecture: .x86_64))
        let program = try FilterCompiler(policy, native: .x86_64).compile()
        let data = CallData(
            number: try #require(SyscallName(call)?.number(on: .x86_64)), architecture: 0xc000_003e,
            arguments: arguments + [UInt64](repeating: 0, count: 6 - arguments.count))
        return FilterAction(verdict: try FilterInterpreter(program: program.instructions).run(data).verdict)
    }

    private static let passing: [(String, [UInt64], UInt16)] = [
        ("socket", [2, 1, 262], 93), ("socket", [10, 0x80801, 262], 93), ("socket", [2, 1, 0x1_0000_0106], 93),
        ("socket", [2, 1, 256], 93), ("socket", [10, 1, 256], 93), ("socket", [43, 1, 0], 97),
        ("sendto", [3, 9, 9, 0x2000_0000, 9, 16], 95), ("sendto", [3, 9, 9, 0x2000_4040, 9, 16], 95),
        ("sendmsg", [3, 9, 0x2000_0000], 95), ("sendmmsg", [3, 9, 2, 0x2000_4000], 95),
        ("setsockopt", [3, 6, 30, 9, 4], 92), ("io_uring_setup", [8, 9], 38),
    ]

    @Test("what passes them is refused where there are any, as kernels without it do", arguments: passing)
    func refused(_ call: String, _ arguments: [UInt64], _ errno: UInt16) throws {
        let both = [try overDefault { $0.tcpConnect = [443] }, try overDefault { $0.tcpBind = [] }]
        for profile in both { #expect(try verdict(profile, call, arguments) == .errno(errno)) }
    }

    @Test(
        "plain TCP, UDP and other options go on",
        arguments: [
            ("socket", [2, 1, 0]), ("socket", [2, 1, 6]), ("socket", [10, 2, 17]), ("socket", [1, 1, 0]),
            ("sendto", [3, 9, 9, 0x4000, 0, 0]), ("sendmsg", [3, 9, 0x4040]), ("sendmmsg", [3, 9, 2, 0]),
            ("setsockopt", [3, 6, 1, 9, 4]), ("setsockopt", [3, 1, 30, 9, 4]),
        ] as [(String, [UInt64])])
    func plain(_ call: String, _ arguments: [UInt64]) throws {
        #expect(try verdict(overDefault { $0.tcpConnect = [443] }, call, arguments) == .allow)
    }

    @Test("without rules of ports nothing of it is refused; with them a profile without other rules has a filter")
    func without() throws {
        let free = try overDefault { $0.files = true }
        #expect(try verdict(free, "socket", [2, 1, 262]) == .allow)
        #expect(try verdict(free, "sendto", [3, 9, 9, 0x2000_0000, 9, 16]) == .allow)
        let alone = try profile { $0.tcpConnect = [443] }
        #expect(alone.hasFilter)
        #expect(try verdict(alone, "socket", [2, 1, 262]) == .errno(93))
        #expect(try verdict(alone, "getpid", []) == .allow)
    }

    @Test("socketcall(2), whose arguments lie in memory, is refused to 32-bit programs")
    func multiplexed() throws {
        var profile = try overDefault { $0.tcpConnect = [443] }
        profile.seccomp?.architectures = [.x86]
        let program = try FilterCompiler(
            profile.policy(in: FilterSetting(architecture: .x86_64)), native: .x86_64
        ).compile()
        let call = CallData(number: 102, architecture: 0x4000_0003, arguments: [3, 0, 0, 0, 0, 0])
        #expect(try FilterInterpreter(program: program.instructions).run(call).verdict == 0x0005_0026)
        let direct = CallData(number: 359, architecture: 0x4000_0003, arguments: [2, 1, 262, 0, 0, 0])
        #expect(try FilterInterpreter(program: program.instructions).run(direct).verdict == 0x0005_005d)
    }
}
