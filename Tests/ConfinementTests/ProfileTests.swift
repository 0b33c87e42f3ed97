import Confinement
import Diagnostics
import RuntimeSpec
import Testing

@Suite("built-in profiles")
struct ProfileTests {
    /// The verdict of a built-in profile's prepared filter.
    static func verdict(
        _ profile: String, _ call: String, _ arguments: [UInt64] = [], on architecture: SyscallArchitecture = .x86_64
    ) throws -> FilterAction? {
        let builtin = try #require(BuiltinProfile.named(profile))
        guard let program = builtin.program(on: architecture) else { return .allow }
        let number = try #require(SyscallName(call)?.number(on: architecture))
        let padded = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        let data = CallData(number: number, architecture: architecture.auditWord, arguments: padded)
        return FilterAction(verdict: try FilterInterpreter(program: program.instructions).run(data).verdict)
    }

    @Test("there are eight, and each says first what it does not protect against")
    func all() throws {
        #expect(
            BuiltinProfile.all.map(\.name) == [
                "agent", "build", "default", "dev", "gui", "nested", "privileged", "strict",
            ])
        for profile in BuiltinProfile.all {
            #expect(try profile.profile().doesNotProtect.count > 0)
            #expect(String(decoding: profile.source, as: UTF8.self).hasPrefix("{\n  \"doesNotProtect\": ["))
        }
    }

    @Test(
        "default refuses what has broken sandboxes before",
        arguments: [
            "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "bpf", "perf_event_open", "keyctl",
            "add_key", "request_key", "open_by_handle_at", "ptrace", "process_vm_readv", "process_vm_writev",
            "pidfd_getfd", "kcmp", "mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig",
            "fsmount", "fspick", "mount_setattr", "chroot", "setns", "init_module", "finit_module", "delete_module",
            "kexec_load", "kexec_file_load", "reboot", "swapon", "syslog", "iopl", "ioperm", "modify_ldt",
            "clock_settime", "settimeofday", "acct", "quotactl", "fanotify_init", "lookup_dcookie", "sethostname",
        ])
    func refused(_ call: String) throws {
        #expect(try Self.verdict("default", call) == .errno(1))
        if SyscallName(call)?.number(on: .aarch64) != nil {
            #expect(try Self.verdict("default", call, on: .aarch64) == .errno(1))
        }
    }

    @Test(
        "default refuses TIOCSTI and TIOCLINUX, whatever the bits the kernel ignores",
        arguments: [
            UInt64(0x5412), 0x541c, 0x1_0000_5412, 0xffff_ffff_0000_5412, 0x8000_0000_0000_541c,
        ])
    func terminalInjection(_ request: UInt64) throws {
        for profile in ["default", "dev", "build", "strict", "nested", "gui", "agent"] {
            #expect(try Self.verdict(profile, "ioctl", [0, request]) == .errno(1))
        }
        #expect(try Self.verdict("default", "ioctl", [0, 0x5413]) == .allow)
        #expect(try Self.verdict("strict", "ioctl", [0, 0x5413]) == .allow)
        #expect(try Self.verdict("strict", "ioctl", [0, 0x8933]) == .errno(1))
    }

    @Test(
        "new namespaces are for nested alone",
        arguments: [
            UInt64(0x0002_0000), 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
        ])
    func namespaces(_ flag: UInt64) throws {
        for profile in ["default", "dev", "build", "strict", "gui", "agent"] {
            #expect(try Self.verdict(profile, "clone", [flag | 17]) == .errno(1))
            #expect(try Self.verdict(profile, "unshare", [flag]) == .errno(1))
            #expect(try Self.verdict(profile, "clone3") == .errno(38))
            #expect(try Self.verdict(profile, "clone", [0x3d0f00]) == .allow)
        }
        #expect(try Self.verdict("nested", "clone", [flag | 17]) == .allow)
        #expect(try Self.verdict("nested", "unshare", [flag]) == .allow)
        #expect(try Self.verdict("nested", "clone3") == .allow)
    }

    @Test("address families: default has four, build one, strict none")
    func families() throws {
        for family in UInt64(0)...46 {
            let usual = [1, 2, 10, 16].contains(family)
            #expect(try Self.verdict("default", "socket", [family]) == (usual ? .allow : .errno(97)))
            #expect(try Self.verdict("build", "socket", [family]) == (family == 1 ? .allow : .errno(97)))
            #expect(try Self.verdict("strict", "socket", [family]) == .errno(1))
        }
        #expect(try Self.verdict("strict", "socketpair", [1]) == .allow)
    }

    @Test("dev traces, and nothing else more than default may")
    func dev() throws {
        for call in ["ptrace", "process_vm_readv", "pidfd_getfd", "modify_ldt"] {
            #expect(try Self.verdict("dev", call) == .allow)
        }
        #expect(try Self.verdict("dev", "personality", [0x40000]) == .allow)
        #expect(try Self.verdict("default", "personality", [0x40000]) == .errno(1))
        #expect(try Self.verdict("dev", "perf_event_open") == .errno(1))
    }

    @Test("x32, 32-bit and foreign calls end the thread; newer calls get ENOSYS")
    func foreign() throws {
        let program = try #require(BuiltinProfile.named("default")?.program(on: .x86_64))
        let interpreter = FilterInterpreter(program: program.instructions)
        func verdict(_ number: UInt32, _ word: UInt32) throws -> FilterAction? {
            FilterAction(verdict: try interpreter.run(CallData(number: number, architecture: word)).verdict)
        }
        #expect(try verdict(0x4000_0000, 0xc000_003e) == .killThread)
        #expect(try verdict(1, 0x4000_0003) == .killThread)
        #expect(try verdict(1, 0xc000_00b7) == .killThread)
        #expect(try verdict(0xffff_ffff, 0xc000_003e) == .errno(1))
        #expect(try verdict(700, 0xc000_003e) == .errno(38))
    }

    @Test(
        "no verdict of a prepared filter differs from reading the rules from the top",
        arguments: [
            "agent", "build", "default", "dev", "gui", "nested", "strict",
        ])
    func readFromTop(_ name: String) throws {
        let builtin = try #require(BuiltinProfile.named(name))
        for machine in [SyscallArchitecture.x86_64, .aarch64, .riscv64] {
            let policy = try builtin.profile().policy(in: FilterSetting(architecture: machine))
            let program = try #require(builtin.program(on: machine))
            let interpreter = FilterInterpreter(program: program.instructions)
            let edges = policy.edgeArguments
            let conditional = Set(policy.rules.filter { !$0.conditions.isEmpty }.flatMap(\.names))
            for row in 0..<SyscallName.count {
                let call = SyscallName(row: row)
                guard let number = call.number(on: machine) else { continue }
                for arguments in conditional.contains(call.text) ? edges : edges.suffix(1) {
                    let expected = policy.firstMatch(call.text, arguments)
                    let data = CallData(number: number, architecture: machine.auditWord, arguments: arguments)
                    let verdict = try interpreter.run(data).verdict
                    if FilterAction(verdict: verdict) == .errno(38) && expected == policy.defaultAction { continue }
                    guard verdict == expected.verdict else {
                        Issue.record("\(call.text) with \(arguments[0]) on \(machine.text)")
                        break
                    }
                }
            }
            #expect(program.instructions.count < 130)
        }
    }

    @Test("default is at least as strict as Docker's newest default, but for stated reasons")
    func docker() throws {
        let docker = FilterInterpreter(
            program: try SeccompProgram.compile(EngineFilters.spec("sid-docker-01"), architecture: .x86_64).instructions
        )
        let program = try #require(BuiltinProfile.named("default")?.program(on: .x86_64))
        let own = FilterInterpreter(program: program.instructions)
        let policy = try #require(BuiltinProfile.named("default")).profile().policy(in: FilterSetting())
        let edges = try policy.edgeArguments + FilterPolicy(EngineFilters.spec("sid-docker-01")).edgeArguments
        let reasons = ["unshare": "without CLONE_NEW* flags it gives nothing that clone does not"]
        var allowed = 0
        for row in 0..<SyscallName.count {
            let call = SyscallName(row: row)
            guard let number = call.number(on: .x86_64), reasons[call.text] == nil else { continue }
            for arguments in edges {
                let data = CallData(number: number, architecture: 0xc000_003e, arguments: arguments)
                guard try own.run(data).verdict == FilterAction.allow.verdict else { continue }
                allowed += 1
                guard try docker.run(data).verdict == FilterAction.allow.verdict else {
                    Issue.record("\(call.text) with \(arguments[0])")
                    break
                }
            }
        }
        #expect(allowed > 5000)
    }
}

extension FilterPolicy {
    /// The action of the first rule that fits, on an architecture with 64-bit arguments.
    func firstMatch(_ name: String, _ arguments: [UInt64]) -> FilterAction {
        rules.first { rule in
            rule.names.contains(name)
                && rule.conditions.allSatisfy { $0.holds(arguments[$0.index], wide: true) }
        }?.action ?? defaultAction
    }
}
