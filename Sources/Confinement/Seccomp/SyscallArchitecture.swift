import CProfiles
import RuntimeSpec

/// A calling convention a filter can tell apart: the kernel's architecture word, and for x86-64 bit 30 of the number.
package typealias SyscallArchitecture = Spec.Linux.Seccomp.Architecture

extension SyscallArchitecture {
    /// Of the machine this program was built for.
    package static var native: SyscallArchitecture {
        #if arch(x86_64)
            .x86_64
        #elseif arch(arm64)
            .aarch64
        #elseif arch(riscv64)
            .riscv64
        #elseif arch(powerpc64le)
            .ppc64le
        #elseif arch(s390x)
            .s390x
        #elseif arch(arm)
            .arm
        #elseif arch(i386)
            .x86
        #endif
    }

    /// Short, as in `x86_64`: the raw value without `SCMP_ARCH_`, in lower case.
    package var text: String { rawValue.dropFirst("SCMP_ARCH_".count).lowercased() }

    /// The word in `seccomp_data.arch` (<linux/audit.h> AUDIT_ARCH_*: ELF machine, bit 31 for 64 bits, bit 30 for
    /// little endian, bit 29 for MIPS n32).
    package var auditWord: UInt32 {
        switch self {
        case .x86: 0x4000_0003
        case .x86_64, .x32: 0xc000_003e
        case .arm: 0x4000_0028
        case .aarch64: 0xc000_00b7
        case .loongarch64: 0xc000_0102
        case .m68k: 0x0000_0004
        case .mips: 0x0000_0008
        case .mips64: 0x8000_0008
        case .mips64n32: 0xa000_0008
        case .mipsel: 0x4000_0008
        case .mipsel64: 0xc000_0008
        case .mipsel64n32: 0xe000_0008
        case .parisc: 0x0000_000f
        case .parisc64: 0x8000_000f
        case .ppc: 0x0000_0014
        case .ppc64: 0x8000_0015
        case .ppc64le: 0xc000_0015
        case .riscv64: 0xc000_00f3
        case .s390: 0x0000_0016
        case .s390x: 0x8000_0016
        case .sh: 0x4000_002a
        case .sheb: 0x0000_002a
        }
    }

    /// Whether arguments are compared in both halves; of the others only the low 32 bits count.
    package var has64BitArguments: Bool {
        switch self {
        case .x86_64, .aarch64, .loongarch64, .mips64, .mipsel64, .parisc64, .ppc64, .ppc64le, .riscv64, .s390x: true
        case .x86, .x32, .arm, .m68k, .mips, .mipsel, .mips64n32, .mipsel64n32, .parisc, .ppc, .s390, .sh, .sheb: false
        }
    }

    package var isLittleEndian: Bool { auditWord & 0x4000_0000 != 0 }

    /// What is added to the table's numbers: MIPS tells its conventions apart by it, x32 by bit 30.
    var numberBase: UInt32 {
        switch self {
        case .x32: 0x4000_0000
        case .mips, .mipsel: 4000
        case .mips64, .mipsel64: 5000
        case .mips64n32, .mipsel64n32: 6000
        default: 0
        }
    }

    /// Whether the socket and System V calls also go through `socketcall` and `ipc`.
    var multiplexes: Bool {
        switch self {
        case .x86, .m68k, .mips, .mipsel, .ppc, .ppc64, .ppc64le, .s390, .s390x, .sh, .sheb: true
        default: false
        }
    }

    var table: cprofiles_table {
        switch self {
        case .x86: cprofiles_table_x86
        case .x86_64: cprofiles_table_x86_64
        case .x32: cprofiles_table_x32
        case .arm: cprofiles_table_arm
        case .aarch64: cprofiles_table_aarch64
        case .loongarch64: cprofiles_table_loongarch64
        case .m68k: cprofiles_table_m68k
        case .mips, .mipsel: cprofiles_table_mips
        case .mips64, .mipsel64: cprofiles_table_mips64
        case .mips64n32, .mipsel64n32: cprofiles_table_mips64n32
        case .parisc: cprofiles_table_parisc
        case .parisc64: cprofiles_table_parisc64
        case .ppc: cprofiles_table_ppc
        case .ppc64, .ppc64le: cprofiles_table_ppc64
        case .riscv64: cprofiles_table_riscv64
        case .s390: cprofiles_table_s390
        case .s390x: cprofiles_table_s390x
        case .sh, .sheb: cprofiles_table_sh
        }
    }
}
