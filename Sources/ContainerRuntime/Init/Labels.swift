import ContainerPlan
import Diagnostics
import LinuxKernel

/// Sets what security modules confine the command to from its execution on (proc_pid_attr(5)).
///
/// - Parameter process: a proc file system that is known to be one: the label must reach the kernel, not a file that the
///   image put in its place (CVE-2019-16884).
func setLabels(_ command: ProcessPlan, _ process: ProcFiles) throws(SandboxError) {
    if let label = command.seLinuxLabel, !label.isEmpty {
        try attempt("process.selinuxLabel: set \(label)") { () throws(Errno) in
            try process.write("self/attr/exec", label)
        }
    }
    if let profile = command.appArmorProfile, !profile.isEmpty, profile != "unconfined" || hasAppArmor() {
        try setAppArmorProfile(profile, process)
    }
}

/// Kernels before 5.8, and those where another module comes first, have only the common file.
private func setAppArmorProfile(_ profile: String, _ process: ProcFiles) throws(SandboxError) {
    do {
        do { try process.write("self/attr/apparmor/exec", "exec \(profile)") } catch .noSuchFileOrDirectory {
            try process.write("self/attr/exec", "exec \(profile)")
        }
    } catch {
        throw SandboxError(
            error, "process.apparmorProfile: set \(profile)",
            remedy: error == .noSuchFileOrDirectory ? "load the profile with apparmor_parser" : nil)
    }
}

/// Gives a new file system the label of the bundle's mounts: as an option where the kernel takes one, else by its root.
func label(_ mount: borrowing Descriptor, _ label: String) throws(Errno) {
    try "security.selinux".withKernelPath { (name) throws(Errno) in
        try mount.procPath.withKernelPath { (path) throws(Errno) in
            try label.withKernelPath { (text) throws(Errno) -> Void in
                try syscallRetrying(Int(SYS_setxattr), path, name, text, label.utf8.count, 0)
            }
        }
    }
}
