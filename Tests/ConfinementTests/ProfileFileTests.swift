import Confinement
import Diagnostics
import RuntimeSpec
import Testing

@Suite("profile files")
struct ProfileFileTests {
    static let start = #"{"doesNotProtect": ["x"], "description": "d""#

    @Test(
        "a bad file is one line that names the place",
        arguments: [
            (
                #", "seccomp": {"defaultAction": "SCMP_ACT_ALOW"}}"#,
                #"seccomp.defaultAction: invalid seccomp action "SCMP_ACT_ALOW""#
            ),
            (#", "color": 1}"#, "color: a profile has no such property"),
            (
                #", "seccomp": {"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "arg": []}]}}"#,
                "seccomp.syscalls[0].arg: a profile has no such property"
            ),
            (
                #", "capabilities": {"bounding": ["CAP_FLY"]}}"#,
                #"capabilities.bounding[0]: unknown capability "CAP_FLY""#
            ),
            (#", "rlimits": {"RLIMIT_LUCK": {"soft": 1, "hard": 1}}}"#, "rlimits.RLIMIT_LUCK: unknown limit"),
            (
                #", "seccomp": {"syscalls": [{"names": [], "action": "SCMP_ACT_ALLOW"}]}}"#,
                "seccomp.syscalls[0].names: empty, so that the rule decides nothing"
            ),
            (#", "landlock": {"read": ["/usr", "src"]}}"#, #"landlock.read[1]: "src" is no place"#),
            (#", "landlock": {"write": ["../src"]}}"#, #"landlock.write[0]: "../src" is no place"#),
            (#", "landlock": {"write": ["~dev"]}}"#, #"landlock.write[0]: "~dev" is no place"#),
            (#", "landlock": {"write": [""]}}"#, #"landlock.write[0]: "" is no place"#),
            (#", "network": "some"}"#, #"network: invalid network mode "some""#),
            (#", "noNewPrivileges": "yes"}"#, #"noNewPrivileges: expected true or false, found "yes""#),
            (
                #", "seccomp": {"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "six"}}]}}"#,
                #"seccomp.syscalls[0]: minKernel "six" is no version as 5.10"#
            ),
        ])
    func bad(_ rest: String, _ message: String) {
        let error = #expect(throws: SandboxError.self) { try Profile(reading: Array((Self.start + rest).utf8)) }
        #expect(error?.message == message)
        #expect(error?.kind == .invalidInput)
    }

    @Test("a file of ten megabytes is refused before it is read as JSON")
    func large() {
        let error = #expect(throws: SandboxError.self) { try Profile(reading: Array(repeating: 0x20, count: 10 << 20)) }
        #expect(error?.message.contains("at most 1048576") == true)
    }

    private func parsed(_ text: String) throws -> Profile {
        try Profile(reading: Array((Self.start + text + "}").utf8))
    }

    @Test("profiles that extend each other are named as a cycle")
    func cycle() throws {
        let a = try parsed(#", "extends": "b""#)
        let b = try parsed(#", "extends": "a""#)
        let error = #expect(throws: SandboxError.self) {
            try a.resolved(name: "a") { (name) throws(SandboxError) in name == "b" ? b : a }
        }
        #expect(error?.message == "extends: the profiles extend each other: a → b → a")
    }

    @Test("what a profile leaves out comes from the one it extends; its rules come first")
    func extend() throws {
        let base = try parsed(
            #", "maskedPaths": ["/a"], "environment": ["A"], "rlimits": {"RLIMIT_CORE": {"soft": 0, "hard": 0}}, "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#
        )
        let child = try parsed(
            #", "extends": "base", "environment": ["B"], "seccomp": {"syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRAP"}]}"#
        )
        let whole = try child.resolved(name: "child") { (_) throws(SandboxError) in base }
        #expect(whole.maskedPaths == ["/a"])
        #expect(whole.environment == ["A", "B"])
        #expect(whole.rlimits?["RLIMIT_CORE"] == Profile.Limit(soft: 0, hard: 0))
        let policy = try whole.policy(in: FilterSetting())
        #expect(policy.defaultAction == .errno(1))
        #expect(policy.firstMatch("read", []) == .trap)
    }

    @Test("a rule's conditions on capability, architecture and kernel decide whether it counts")
    func conditions() throws {
        let profile = try parsed(
            #", "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}, {"names": ["read"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["SCMP_ARCH_AARCH64"]}}, {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.1"}}]}"#
        )
        func allowed(_ call: String, _ setting: FilterSetting) throws -> Bool {
            try profile.policy(in: setting).firstMatch(call, []) == .allow
        }
        #expect(try allowed("bpf", FilterSetting(capabilities: CapabilitySet(number: 39))))
        #expect(try !allowed("bpf", FilterSetting()))
        #expect(try allowed("read", FilterSetting(architecture: .x86_64)))
        #expect(try !allowed("read", FilterSetting(architecture: .aarch64)))
        #expect(try allowed("write", FilterSetting(kernel: KernelVersion(6, 1))))
        #expect(try !allowed("write", FilterSetting(kernel: KernelVersion(5, 19))))
    }
}
