import ContainerPlan
import Diagnostics
import LinuxKernel

/// Refuses labels for a security module that this host does not run: a container that was to be confined by one must
/// not run without it.
///
/// Costs nothing for a plan without labels. AppArmor's `unconfined` is what everything is without it.
func requireSecurityModules(_ plan: Plan) throws(SandboxError) {
    let process = plan.process
    if let label = process?.seLinuxLabel, !label.isEmpty { try requireSELinux("process.selinuxLabel") }
    if plan.steps.contains(where: \.isLabelled) { try requireSELinux("linux.mountLabel") }
    if let profile = process?.appArmorProfile, !profile.isEmpty, profile != "unconfined", !hasAppArmor() {
        throw SandboxError(
            .unsupported, "process.apparmorProfile: a profile is given, but AppArmor is disabled or not supported",
            remedy: "take the profile out, or boot with AppArmor enabled")
    }
}

private func requireSELinux(_ property: String) throws(SandboxError) {
    if hasSELinux() { return }
    throw SandboxError(
        .unsupported, "\(property): selinux label is specified in config, but selinux is disabled or not supported",
        remedy: "take the label out, or boot with SELinux enabled")
}

/// Whether the kernel has SELinux on: its file system is mounted then.
private func hasSELinux() -> Bool {
    let magic = 0xF97C_FF8C
    do {
        let folder = try openPath("/sys/fs/selinux", O_PATH | O_DIRECTORY)
        return try fileSystemType(folder.raw) == magic
    } catch { return false }
}

/// Whether the kernel has AppArmor on.
func hasAppArmor() -> Bool {
    // A kernel without it has no such file.
    do { return try readText("/sys/module/apparmor/parameters/enabled").hasPrefix("Y") } catch { return false }
}

extension Step {
    fileprivate var isLabelled: Bool {
        switch self {
        case .fileSystem(let mount), .cgroup(let mount): mount.label != nil
        case .bind, .device, .link, .remount: false
        }
    }
}
