import Confinement
import Diagnostics
import Glibc
import LinuxKernel
import Testing

/// What the kernel itself makes of our filters, capability sets and Landlock rules, each in a child of its own.
@Suite("confinement of a process", .serialized)
struct KernelEffectTests {
    /// Whether the calling process now is under a filter.
    private static func confine(by program: SeccompProgram) -> Bool {
        do {
            try setNoNewPrivileges()
            return try program.install() == nil
        } catch {
            return false
        }
    }

    /// Every call of a filter that is refused by its number, or allowed: made with arguments the kernel refuses anyway.
    @Test(
        "the kernel's answer to every refused call is the profile's",
        arguments: [
            "agent", "build", "default", "dev", "gui", "nested", "strict",
        ])
    func everyRefusedCall(_ name: String) throws {
        let builtin = try #require(BuiltinProfile.named(name))
        let program = try #require(builtin.program)
        let interpreter = FilterInterpreter(program: program.instructions)
        var expected: [(number: Int, error: Int)] = []
        // The kernel's own trampolines make these two; they pass every filter, and anyone else is killed for them.
        let unfiltered = ["uprobe", "uretprobe"]
        for row in 0..<SyscallName.count where !unfiltered.contains(SyscallName(row: row).text) {
            guard let number = SyscallName(row: row).number(on: .native) else { continue }
            let bad = [UInt64](repeating: .max, count: 6)
            let data = CallData(
                number: number, architecture: SyscallArchitecture.native.auditWord, arguments: bad)
            if case .errno(let error) = FilterAction(verdict: try interpreter.run(data).verdict) {
                expected.append((Int(number), Int(error)))
            }
        }
        #expect(expected.count > 60)
        let wrong = try inChild {
            guard Self.confine(by: program) else { return 250 }
            for (index, call) in expected.enumerated() {
                let result = clinux_syscall(call.number, -1, -1, -1, -1, -1, -1)
                if result != -call.error { return Int32(index) }
            }
            return clinux_syscall(Int(SYS_getpid), 0, 0, 0, 0, 0, 0) > 0 ? 251 : 252
        }
        let number = expected.indices.contains(Int(wrong)) ? UInt32(expected[Int(wrong)].number) : 0
        #expect(wrong == 251, "\(SyscallName(number: number, on: .native)?.text ?? "")")
    }

    @Test("a call newer than the policy is ENOSYS, and an x32 call ends the process")
    func newAndForeign() throws {
        let program = try #require(BuiltinProfile.named("default")?.program)
        let unknown = try inChild {
            guard Self.confine(by: program) else { return 250 }
            return clinux_syscall(1000, 0, 0, 0, 0, 0, 0) == -Int(ENOSYS) ? 0 : 1
        }
        #expect(unknown == 0)
        let foreign = try inChild {
            guard Self.confine(by: program) else { return 250 }
            return clinux_syscall(0x4000_0000 + 39, 0, 0, 0, 0, 0, 0) == 0 ? 0 : 1
        }
        #expect(foreign == 128 + SIGSYS)
    }

    @Test("without no-new-privileges and CAP_SYS_ADMIN the filter is refused, with the mend")
    func privilege() throws {
        let program = try #require(BuiltinProfile.named("default")?.program)
        let status = try inChild {
            guard (try? setThreadCapabilities(ThreadCapabilities())) != nil else { return 250 }
            do throws(SandboxError) {
                _ = try program.install()
                return 1
            } catch {
                return error.errno == EACCES && error.remedy != nil ? 0 : 2
            }
        }
        #expect(status == 0)
    }

    @Test("a policy that notifies gives a listener that is close-on-exec")
    func listener() throws {
        let policy = FilterPolicy(defaultAction: .allow, rules: [.init(["uselib"], .notify)])
        let program = try FilterCompiler(policy).compile()
        #expect(program.needsListener)
        let status = try inChild {
            guard (try? setNoNewPrivileges()) != nil else { return 250 }
            guard let listener = try? program.install() else { return 1 }
            return fcntl(listener.raw, F_GETFD) == FD_CLOEXEC ? 0 : 2
        }
        #expect(status == 0)
    }

    @Test("the five sets are what was asked for", .enabled(if: geteuid() == 0, "needs root's capabilities to give"))
    func capabilities() throws {
        let kill = CapabilitySet(number: 5)
        let both = CapabilitySet(rawValue: 0b10_0001)
        let plan = CapabilityPlan(bounding: both, effective: kill, permitted: both, inheritable: kill, ambient: kill)
        let status = try inChild {
            guard (try? plan.dropBounding()) != nil, (try? plan.keepOverIdentityChange()) != nil else { return 250 }
            guard (try? setUserIDs(65534)) != nil else { return 251 }
            guard let warnings = try? plan.apply(), warnings.isEmpty else { return 252 }
            guard let sets = try? threadCapabilities() else { return 253 }
            if sets != ThreadCapabilities(effective: 0b10_0000, permitted: 0b10_0001, inheritable: 0b10_0000) {
                return 1
            }
            for number in 0...40 {
                if (try? boundingSetHas(number)) != both.contains(CapabilitySet(number: number)) { return 2 }
                if (try? ambientSetHas(number)) != (number == 5) { return 3 }
            }
            return 0
        }
        #expect(status == 0)
    }

    @Test(
        "Landlock lets through what the rules name and nothing else",
        .enabled(if: landlockVersion() > 0, "this kernel has no Landlock, or it is switched off"))
    func landlock() throws {
        let folder = "/tmp/landlock-test-\(getpid())"
        try makeDirectory(folder)
        try makeDirectory(folder + "/writable")
        defer {
            _ = unlink(folder + "/writable/new")
            _ = rmdir(folder + "/writable")
            _ = rmdir(folder)
        }
        let rules = LandlockRules.mirroring(writable: [folder + "/writable", "/no/such/place"], scopes: [.signal])
        let version = landlockVersion()
        let parent = getpid()
        let status = try inChild {
            guard (try? setNoNewPrivileges()) != nil, (try? rules.apply(version: version)) != nil else { return 250 }
            if open(folder + "/new", O_CREAT | O_WRONLY, 0o600) >= 0 || errno != EACCES { return 1 }
            if open(folder + "/writable/new", O_CREAT | O_WRONLY, 0o600) < 0 { return 2 }
            if open("/etc/passwd", O_RDONLY) < 0 { return 3 }
            if version >= 6 && (kill(parent, 0) == 0 || errno != EPERM) { return 4 }
            return 0
        }
        #expect(status == 0)
    }

    @Test(
        "a version of Landlock is asked only for what it knows",
        arguments: [
            (0, UInt64(0), UInt64(0), UInt64(0), 8), (1, 0x1fff, 0, 0, 8), (2, 0x3fff, 0, 0, 8), (3, 0x7fff, 0, 0, 8),
            (4, 0x7fff, 1, 0, 16), (5, 0xffff, 1, 0, 16), (6, 0xffff, 1, 3, 24), (9, 0xffff, 1, 3, 24),
        ] as [(Int, UInt64, UInt64, UInt64, Int)])
    func landlockVersions(_ version: Int, _ files: UInt64, _ network: UInt64, _ scope: UInt64, _ size: Int) {
        var rules = LandlockRules.mirroring(writable: [], scopes: [.signal, .abstractUnixSocket])
        rules.bindPorts = [80]
        let words = rules.attributes(version: version)
        #expect(words.files == files && words.network == network && words.scope == scope && words.size == size)
        #expect(rules.missing(version: version).isEmpty == (version >= 6))
    }
}
