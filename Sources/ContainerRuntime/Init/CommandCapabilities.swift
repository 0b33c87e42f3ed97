import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The five capability sets of the command (capabilities(7)), reduced to what init itself may have.
struct CommandCapabilities {
    var bounding: UInt64
    var effective: UInt64
    var permitted: UInt64
    var inheritable: UInt64
    var ambient: UInt64

    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// Without `capabilities` none are kept.
    init(_ asked: Spec.Process.Capabilities?, _ channel: InitChannel) throws(SandboxError) {
        let mine = try attempt("read init's capabilities") { () throws(Errno) in try permittedCapabilities() }
        bounding = try Self.bits(asked?.bounding, "bounding")
        permitted = try Self.bits(asked?.permitted, "permitted") & mine
        effective = try Self.bits(asked?.effective, "effective") & permitted
        inheritable = try Self.bits(asked?.inheritable, "inheritable") & mine
        ambient = try Self.bits(asked?.ambient, "ambient") & permitted & inheritable
    }

    private init(permitted: UInt64) {
        (bounding, effective, inheritable, ambient) = (0, permitted, 0, 0)
        self.permitted = permitted
    }

    /// Nothing but CAP_KILL, for our own process 1.
    static func onlyKill() -> CommandCapabilities { CommandCapabilities(permitted: 1 << 5) }

    private static func bits(_ list: [String]?, _ key: String) throws(SandboxError) -> UInt64 {
        var bits: UInt64 = 0
        for (index, name) in (list ?? []).enumerated() {
            let plain = name.uppercased().hasPrefix("CAP_") ? String(name.uppercased().dropFirst(4)) : name.uppercased()
            guard let number = names.firstIndex(of: plain) else {
                throw SandboxError(
                    .invalidInput, "process.capabilities.\(key)[\(index)]: \"\(name)\" is no known capability")
            }
            bits |= 1 << UInt64(number)
        }
        return bits
    }

    /// Drops everything else from the bounding set; needs CAP_SETPCAP, so it comes before the user changes.
    func dropBounding() throws(SandboxError) {
        try attempt("drop capabilities from the bounding set") { () throws(Errno) in
            for number in 0..<64 where bounding & 1 << UInt64(number) == 0 {
                do throws(Errno) { try processControl(PR_CAPBSET_DROP, UInt(number)) } catch {
                    if error == .invalidArgument { return }  // past the kernel's last capability
                    throw error
                }
            }
        }
    }

    /// Sets the other four sets; ambient last, for it needs the permitted and inheritable ones.
    func apply() throws(SandboxError) {
        try attempt("set the capabilities") { () throws(Errno) in
            try setCapabilities(effective: effective, permitted: permitted, inheritable: inheritable)
            try processControl(PR_CAP_AMBIENT, 4)  // PR_CAP_AMBIENT_CLEAR_ALL
            for number in 0..<64 where ambient & 1 << UInt64(number) != 0 {
                try processControl(PR_CAP_AMBIENT, 2, UInt(number))  // PR_CAP_AMBIENT_RAISE
            }
        }
    }
}

private func permittedCapabilities() throws(Errno) -> UInt64 {
    var header = clinux_cap_header(version: UInt32(CLINUX_CAP_VERSION_3), pid: 0)
    var data = [clinux_cap_data(), clinux_cap_data()]
    try data.withUnsafeMutableBufferPointer { (data) throws(Errno) in
        try withUnsafeMutablePointer(to: &header) { (header) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_capget), address(header), address(data.baseAddress))
        }
    }
    return UInt64(data[0].permitted) | UInt64(data[1].permitted) << 32
}

private func setCapabilities(effective: UInt64, permitted: UInt64, inheritable: UInt64) throws(Errno) {
    var header = clinux_cap_header(version: UInt32(CLINUX_CAP_VERSION_3), pid: 0)
    var data = [0, 32].map { shift in
        clinux_cap_data(
            effective: UInt32(truncatingIfNeeded: effective >> UInt64(shift)),
            permitted: UInt32(truncatingIfNeeded: permitted >> UInt64(shift)),
            inheritable: UInt32(truncatingIfNeeded: inheritable >> UInt64(shift)))
    }
    try data.withUnsafeMutableBufferPointer { (data) throws(Errno) in
        try withUnsafeMutablePointer(to: &header) { (header) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_capset), address(header), address(data.baseAddress))
        }
    }
}
