import CSeccomp
import Confinement
import RuntimeSpec
import Testing

@Suite("profiles as OCI seccomp objects")
struct ProfileExportTests {
    static let filtered = ["agent", "build", "default", "dev", "gui", "nested", "strict"]

    @Test("the exported rules give the prepared filter's verdicts, in libseccomp's reading too", arguments: filtered)
    func export(_ name: String) throws {
        let builtin = try #require(BuiltinProfile.named(name))
        let policy = try builtin.profile().policy(in: FilterSetting(architecture: .x86_64))
        let exported = try Spec.Linux.Seccomp(policy, for: .x86_64)
        let again = try Spec.Linux.Seccomp(decoding: exported.encoded())
        #expect(again == exported && again.architectures == [.x86_64])
        let theirs = FilterInterpreter(program: try SeccompProgram.compile(again, architecture: .x86_64).instructions)
        let own = FilterInterpreter(program: try #require(builtin.program(on: .x86_64)).instructions)
        let library = try #require(
            try SeccompOracle(FilterPolicy(exported), native: .x86_64), "libseccomp refuses the rules")
        let edges = policy.edgeArguments
        for row in 0..<SyscallName.count {
            let call = SyscallName(row: row)
            guard let number = call.number(on: .x86_64) else { continue }
            for arguments in edges {
                let data = CallData(number: number, architecture: 0xc000_003e, arguments: arguments)
                let verdict = try own.run(data).verdict
                guard try theirs.run(data).verdict == verdict else {
                    Issue.record("\(call.text) with \(arguments[1])")
                    break
                }
                // The library's tables are older than ours.
                guard seccomp_syscall_resolve_name(call.text) >= 0 else { continue }
                guard try library.program.run(data).verdict == verdict else {
                    Issue.record("libseccomp: \(call.text) with \(arguments[1])")
                    break
                }
            }
        }
    }
}
