import CSeccomp
import Confinement
import Testing

@Suite("system call tables")
struct SyscallTableTests {
    @Test(
        "every name libseccomp knows has the same number",
        arguments: [
            SyscallArchitecture.x86_64, .x86, .x32, .arm, .aarch64, .riscv64, .ppc, .ppc64, .mips, .mips64, .mips64n32,
            .s390, .s390x, .parisc,
        ])
    func library(_ architecture: SyscallArchitecture) {
        var compared = 0
        for row in 0..<SyscallName.count {
            let name = SyscallName(row: row)
            let theirs = seccomp_syscall_resolve_name_arch(SeccompOracle.token(architecture), name.text)
            guard theirs >= 0 else { continue }
            compared += 1
            #expect(name.number(on: architecture) == UInt32(theirs), "\(name.text)")
        }
        #expect(compared > 290)
    }
}
