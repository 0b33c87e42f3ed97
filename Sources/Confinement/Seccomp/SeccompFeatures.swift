import CSeccomp
import LinuxKernel
import RuntimeSpec

/// The version of the library that compiles what our own compiler leaves to it.
package var libseccompVersion: String {
    guard let version = seccomp_version() else { return "unknown" }
    return "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
}

extension Spec.Linux.Seccomp.Flag {
    /// Whether this kernel takes filters with the flag.
    ///
    /// The kernel looks at the flags before the program: with no program at all, EFAULT says they are fine.
    package var isSupported: Bool {
        var flags = FilterFlags(self)
        // Only a filter with a listener can wait for one.
        if self == .waitKillableRecv { flags.insert(.newListener) }
        return clinux_syscall(Int(SYS_seccomp), 1, Int(flags.rawValue), 0, 0, 0, 0) == -Int(EFAULT)
    }
}
