import Diagnostics
import RuntimeSpec

/// Major and minor of a kernel release.
package struct KernelVersion: Comparable, Sendable {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `6.12` or the start of `6.12.3-arch1`.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        self.init(major, minor)
    }

    package static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}

/// What the conditions of a profile's rules are judged by.
package struct FilterSetting: Sendable {
    package var architecture: SyscallArchitecture
    /// The bounding set of the command.
    package var capabilities: CapabilitySet
    package var kernel: KernelVersion

    /// The kernel defaults to the oldest that sandboxes are supported on, which the built-in filters are made for.
    package init(
        architecture: SyscallArchitecture = .native, capabilities: CapabilitySet = [],
        kernel: KernelVersion = KernelVersion(5, 10)
    ) {
        self.architecture = architecture
        self.capabilities = capabilities
        self.kernel = kernel
    }
}

extension Profile.Condition {
    fileprivate func all(_ setting: FilterSetting) throws(SandboxError) -> Bool {
        if let caps, !setting.capabilities.isSuperset(of: try CapabilitySet(names: caps, at: "caps")) { return false }
        if let arches, !arches.contains(setting.architecture) { return false }
        if let minKernel, let version = KernelVersion(minKernel), setting.kernel < version { return false }
        return true
    }

    fileprivate func any(_ setting: FilterSetting) throws(SandboxError) -> Bool {
        if let caps, !setting.capabilities.isDisjoint(with: try CapabilitySet(names: caps, at: "caps")) { return true }
        if let arches, arches.contains(setting.architecture) { return true }
        if let minKernel, let version = KernelVersion(minKernel), setting.kernel >= version { return true }
        return false
    }
}

extension Profile.Rule {
    /// Whether its conditions hold in a setting.
    package func counts(in setting: FilterSetting) throws(SandboxError) -> Bool {
        if let includes, try !includes.all(setting) { return false }
        if let excludes, try excludes.any(setting) { return false }
        return true
    }
}

extension Profile {
    /// The rules that count in a setting, as a policy read from the top. Call it on a resolved profile.
    package func policy(in setting: FilterSetting) throws(SandboxError) -> FilterPolicy {
        let rules = seccomp ?? Seccomp()
        // Rules of TCP ports hold under a profile that filters nothing else, too.
        guard let action = rules.defaultAction ?? (seccomp == nil && hasPortRules ? .allow : nil) else {
            throw SandboxError(.invalidInput, "seccomp.defaultAction: missing, and no extended profile has one")
        }
        var spec = Spec.Linux.Seccomp(
            defaultAction: action, defaultErrnoRet: rules.defaultErrnoRet, architectures: rules.architectures,
            flags: rules.flags, syscalls: [])
        var entries: [Spec.Linux.Seccomp.Syscall] = []
        for rule in portRules + rules.syscalls where try rule.counts(in: setting) {
            entries.append(.init(names: rule.names, action: rule.action, errnoRet: rule.errnoRet, args: rule.args))
        }
        spec.syscalls = entries
        var policy = try FilterPolicy(spec, at: "seccomp")
        policy.order = .firstMatch
        return policy
    }

    /// Whether the profile filters anything at all.
    package var hasFilter: Bool {
        if hasPortRules { return true }
        guard let seccomp else { return false }
        return seccomp.defaultAction != .allow || !seccomp.syscalls.isEmpty
    }
}
