import CProfiles

/// A system call by name, as a row of the tables every architecture shares.
///
/// The tables (`Sources/CProfiles/syscalls.tsv`) hold the kernel's numbers for each architecture.
package struct SyscallName: Hashable, Sendable {
    /// Which row of the tables, 0 ..< `count`.
    package let row: Int

    package static var count: Int { Int(cprofiles_syscall_count()) }

    package init(row: Int) { self.row = row }

    /// Nil when no architecture has a call of this name, or one newer than the tables.
    package init?(_ name: String) {
        var name = name
        let row = name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cprofiles_syscall_row($0.baseAddress, $0.count) }
        }
        guard row >= 0 else { return nil }
        self.row = Int(row)
    }

    /// The call with this number, bases and bit 30 included.
    package init?(number: UInt32, on architecture: SyscallArchitecture) {
        for row in 0..<Self.count where SyscallName(row: row).number(on: architecture) == number {
            self.row = row
            return
        }
        return nil
    }

    package var text: String { String(cString: cprofiles_syscall_name(UInt32(row))) }

    /// The number in `seccomp_data.nr`; nil when the architecture has no such call.
    package func number(on architecture: SyscallArchitecture) -> UInt32? {
        let stored = cprofiles_syscall_number(architecture.table, UInt32(row))
        if stored == UInt32(cprofiles_no_number) { return nil }
        // ARM's private calls (set_tls, cacheflush …) start at 0x0f0000, which 16 bits do not hold.
        if architecture == .arm && stored >= 0xf000 { return 0x0f_0000 + (stored & 0xfff) }
        return stored + architecture.numberBase
    }

    /// The number this call has inside `socketcall` (<linux/net.h>) or `ipc` (<linux/ipc.h>), and which of the two.
    var multiplexed: (by: SyscallName, call: UInt32)? {
        guard let entry = Multiplexing.calls[row] else { return nil }
        return entry
    }
}

/// The calls behind `socketcall(2)` and `ipc(2)`.
private enum Multiplexing {
    static let calls: [Int: (by: SyscallName, call: UInt32)] = {
        let socket = [
            "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv",
            "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg",
            "sendmmsg",
        ]
        let ipc: [(String, UInt32)] = [
            ("semop", 1), ("semget", 2), ("semctl", 3), ("semtimedop", 4), ("msgsnd", 11), ("msgrcv", 12),
            ("msgget", 13), ("msgctl", 14), ("shmat", 21), ("shmdt", 22), ("shmget", 23), ("shmctl", 24),
        ]
        var calls: [Int: (by: SyscallName, call: UInt32)] = [:]
        if let socketcall = SyscallName("socketcall") {
            for (index, name) in socket.enumerated() {
                if let call = SyscallName(name) { calls[call.row] = (socketcall, UInt32(index + 1)) }
            }
        }
        if let multiplexer = SyscallName("ipc") {
            for (name, number) in ipc {
                if let call = SyscallName(name) { calls[call.row] = (multiplexer, number) }
            }
        }
        return calls
    }()
}
