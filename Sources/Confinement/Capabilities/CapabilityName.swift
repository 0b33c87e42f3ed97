import CCap
import LinuxKernel

/// The names of <linux/capability.h>.
package enum CapabilityName {
    /// Without `CAP_`, at the place of their number.
    static let known: [StaticString] = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// Every name, `CAP_` included, in the kernel's order.
    package static var allKnown: [String] { known.map { "CAP_\($0)" } }

    /// `CAP_SYS_ADMIN`; `CAP_63` for one that had no name when this was built.
    package static func text(_ number: Int) -> String {
        known.indices.contains(number) ? "CAP_\(known[number])" : "CAP_\(number)"
    }

    /// The number of `CAP_SYS_ADMIN`, or of `CAP_63`; nil for anything else.
    ///
    /// A name this table lacks is looked up in libcap, which may know later ones.
    package static func number(_ name: String) -> Int? {
        guard name.hasPrefix("CAP_") else { return nil }
        let short = name.dropFirst(4)
        if let number = known.firstIndex(where: { matches($0, short) }) { return number }
        if let number = Int(short), (0..<64).contains(number), String(number) == short { return number }
        var value: cap_value_t = 0
        guard cap_from_name(name.lowercased(), &value) == 0, (0..<64).contains(Int(value)) else { return nil }
        // libcap takes `cap_63abc` and bare numbers too: only what it spells the same way itself is a name.
        guard let spelled = cap_to_name(value) else { return nil }
        defer { cap_free(spelled) }
        return String(cString: spelled).uppercased() == name ? Int(value) : nil
    }

    private static func matches(_ known: StaticString, _ name: Substring) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            bytes.count == known.utf8CodeUnitCount
                && bytes.elementsEqual(
                    UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
        }
    }
}
