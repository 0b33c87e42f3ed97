import Diagnostics
import LinuxKernel

/// A compiled filter, ready to be installed.
package struct SeccompProgram: Sendable, Equatable {
    private let code: Code
    package let flags: FilterFlags
    /// What was passed over while compiling, one line each.
    package let warnings: [String]
    /// By which the program knows the call that hands over its listener, when it notifies that call too.
    package var handoverKey: UInt64 = 0

    package init(instructions: [FilterInstruction], flags: FilterFlags, warnings: [String] = []) {
        code = .made(instructions)
        self.flags = flags
        self.warnings = warnings
    }

    /// A program that is part of the executable, in this machine's byte order: nothing of it is copied.
    init(prepared: UnsafeBufferPointer<UInt64>, flags: FilterFlags) {
        code = .prepared(prepared)
        self.flags = flags
        warnings = []
    }

    /// Where the instructions are. What is prepared is never written to, and is always there.
    private enum Code: @unchecked Sendable {
        case made([FilterInstruction])
        case prepared(UnsafeBufferPointer<UInt64>)
    }

    package var instructions: [FilterInstruction] {
        switch code {
        case .made(let instructions): instructions
        case .prepared(let words): Self.instructions(UnsafeRawBufferPointer(words)) ?? []
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.instructions == right.instructions && left.flags == right.flags && left.warnings == right.warnings
            && left.handoverKey == right.handoverKey
    }

    /// Whether `install` gives a listener, which an agent has to get before a notified call can go on.
    package var needsListener: Bool { flags.contains(.newListener) }

    /// Puts the filter on this process, for good (seccomp(2) SECCOMP_SET_MODE_FILTER).
    ///
    /// Needs no-new-privileges, or CAP_SYS_ADMIN in the process's user namespace. It makes one system call and takes no
    /// memory, so a freshly cloned child may run it. The listener, when there is one, is close-on-exec.
    package func install() throws(SandboxError) -> Descriptor? {
        var flags = flags
        // The kernel refuses it where there is no listener to wait for.
        if !flags.contains(.newListener) { flags.remove(.waitKillable) }
        if flags.isSuperset(of: [.newListener, .synchronizeThreads]) { flags.insert(.synchronizeError) }
        let result: Int
        do {
            switch code {
            case .made(let instructions):
                result = try instructions.withUnsafeBufferPointer { (program) throws(Errno) in
                    try installFilter(UnsafeRawBufferPointer(program), flags: flags.rawValue)
                }
            case .prepared(let words):
                result = try installFilter(UnsafeRawBufferPointer(words), flags: flags.rawValue)
            }
        } catch  where error == .invalidArgument && handoverKey != 0 && flags.contains(.waitKillable) {
            // Linux before 5.19: our own listener does without.
            return try withoutWaitKillable.install()
        } catch {
            throw Self.refusal(error, flags)
        }
        if needsListener { return Descriptor(owning: CInt(result)) }
        guard result == 0 else {
            throw SandboxError(.system, "the seccomp filter could not be given to thread \(result) of this process")
        }
        return nil
    }

    private var withoutWaitKillable: SeccompProgram {
        var program = SeccompProgram(
            instructions: instructions, flags: flags.subtracting(.waitKillable), warnings: warnings)
        program.handoverKey = handoverKey
        return program
    }

    private static func refusal(_ errno: Errno, _ flags: FilterFlags) -> SandboxError {
        let what = "install the seccomp filter"
        switch errno {
        case .permissionDenied:
            return SandboxError(
                errno, what,
                remedy: "set noNewPrivileges, or give the process CAP_SYS_ADMIN in its user namespace")
        case .invalidArgument:
            return SandboxError(
                errno, what, kind: .unsupported,
                remedy: "this kernel lacks a flag of the filter (\(flags.names.joined(separator: ", ")))")
        default: return SandboxError(errno, what)
        }
    }
}

extension FilterFlags {
    /// As in seccomp(2), without `SECCOMP_FILTER_FLAG_`.
    package var names: [String] {
        let all: [(FilterFlags, String)] = [
            (.synchronizeThreads, "TSYNC"), (.log, "LOG"), (.speculationAllowed, "SPEC_ALLOW"),
            (.newListener, "NEW_LISTENER"), (.synchronizeError, "TSYNC_ESRCH"), (.waitKillable, "WAIT_KILLABLE_RECV"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

extension SeccompProgram {
    /// The program as bytes in this machine's order, as `sock_filter` stands in memory.
    package var bytes: [UInt8] {
        instructions.withUnsafeBytes { Array($0) }
    }

    /// The same, eight bytes a word.
    var words: [UInt64] {
        instructions.withUnsafeBytes { bytes in
            instructions.indices.map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
    }

    /// The reverse of `words`.
    init(words: UnsafeBufferPointer<UInt64>, flags: FilterFlags) {
        let instructions = [FilterInstruction](unsafeUninitializedCapacity: words.count) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(words))
            count = words.count
        }
        self.init(instructions: instructions, flags: flags)
    }

    /// The program as another machine has it in memory: its byte order decides.
    package func bytes(for architecture: SyscallArchitecture) -> [UInt8] {
        if architecture.isLittleEndian == SyscallArchitecture.native.isLittleEndian { return bytes }
        return instructions.flatMap { instruction in
            let code = instruction.code.byteSwapped
            let operand = instruction.operand.byteSwapped
            return withUnsafeBytes(of: code) { Array($0) } + [instruction.jumpTrue, instruction.jumpFalse]
                + withUnsafeBytes(of: operand) { Array($0) }
        }
    }

    /// The reverse of `bytes`; nil when the size does not fit.
    package static func instructions(_ bytes: UnsafeRawBufferPointer) -> [FilterInstruction]? {
        guard bytes.count % FilterInstruction.byteCount == 0 else { return nil }
        return (0..<bytes.count / FilterInstruction.byteCount).map { index in
            let at = index * FilterInstruction.byteCount
            return FilterInstruction(
                code: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self), jumpTrue: bytes[at + 2],
                jumpFalse: bytes[at + 3], operand: bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
        }
    }
}
