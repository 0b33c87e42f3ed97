import ContainerPlan
import Diagnostics
import LinuxKernel

/// `--no-pivot`: the root is moved over `/`; the old one stays below it, out of reach by path.
///
/// Whole proc and sysfs mounts of the host go before: as long as there is one in the mount namespace, the kernel lets a
/// user namespace inside mount a new one without the container's masks (mount_too_revealing).
func enterRootByChroot(_ root: borrowing ContainerRoot, _ path: String) throws(SandboxError) {
    try dropKernelFiles(outside: path)
    try attempt("change the root without pivot_root") { () throws(Errno) in
        try changeDirectory(root.descriptor.raw)
        do throws(Errno) { try mount(source: ".", target: "/", flags: CUnsignedLong(MS_MOVE)) } catch {
            // An overlay root is over / already.
            if error != .invalidArgument { throw error }
        }
        try changeRoot(".")
        try changeDirectory("/")
    }
}

/// A container without a mount namespace of its own: only this process's root changes.
func changeToRoot(_ root: borrowing ContainerRoot) throws(SandboxError) {
    try attempt("change the root") { () throws(Errno) in
        try changeDirectory(root.descriptor.raw)
        try changeRoot(".")
        try changeDirectory("/")
    }
}

/// Unmounts the host's proc and sysfs; one that is locked, as in an outer container, is covered instead.
private func dropKernelFiles(outside root: String) throws(SandboxError) {
    let mounts = try attempt("read /proc/self/mountinfo") { () throws(Errno) in
        try readText("/proc/self/mountinfo")
    }
    for path in wholeKernelFileMounts(mounts) where path != root && !path.hasPrefix(root + "/") {
        try attempt("unmount \(path)") { () throws(Errno) in
            do throws(Errno) { try unmount(path, flags: CInt(MNT_DETACH)) } catch {
                guard error == .invalidArgument || error == .notPermitted else { throw error }
                try mount(source: "tmpfs", target: path, type: "tmpfs", flags: 0)
            }
        }
    }
}

/// Where proc and sysfs are mounted from their roots on, in the order of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
private func wholeKernelFileMounts(_ mountinfo: String) -> [String] {
    mountinfo.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), dash > 5, fields.indices.contains(dash + 1),
            ["proc", "sysfs"].contains(fields[dash + 1]), fields[3] == "/"
        else { return nil }
        return String(fields[4])
    }
}
