/// One instruction of a classic BPF program, laid out as the kernel's `struct sock_filter` (<linux/filter.h>).
package struct FilterInstruction: Hashable, Sendable {
    package var code: UInt16
    /// Instructions skipped when a jump's comparison holds.
    package var jumpTrue: UInt8
    package var jumpFalse: UInt8
    package var operand: UInt32

    package init(_ code: Code, _ operand: UInt32, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0) {
        self.code = code.rawValue
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }

    package init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, operand: UInt32) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }

    /// Of a machine with the other byte order.
    init(littleEndianWord word: UInt64) {
        self.init(
            code: UInt16(truncatingIfNeeded: word), jumpTrue: UInt8(truncatingIfNeeded: word >> 16),
            jumpFalse: UInt8(truncatingIfNeeded: word >> 24), operand: UInt32(truncatingIfNeeded: word >> 32))
    }

    /// The instructions filters are made of: all that the kernel can evaluate ahead for its cache of allowed calls.
    package enum Code: UInt16, Sendable {
        /// A = the 32-bit word of `seccomp_data` at the operand.
        case load = 0x20
        /// A &= operand.
        case and = 0x54
        /// Skips `operand` instructions.
        case jump = 0x05
        case jumpEqual = 0x15
        case jumpGreater = 0x25
        case jumpGreaterOrEqual = 0x35
        /// A & operand != 0.
        case jumpBits = 0x45
        case `return` = 0x06
    }

    package static let byteCount = 8
    /// BPF_MAXINSNS: the kernel takes no longer program.
    package static let mostPerProgram = 4096
}

/// Offsets in `struct seccomp_data` (<linux/seccomp.h>).
enum SeccompData {
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4

    /// The low or high half of an argument.
    static func argument(_ index: Int, high: Bool, littleEndian: Bool) -> UInt32 {
        UInt32(16 + 8 * index + (high == littleEndian ? 4 : 0))
    }
}
