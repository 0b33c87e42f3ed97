import ContainerPlan
import Diagnostics
import LinuxKernel

/// Changes the attributes of a mount that is attached nowhere yet, so that nobody ever sees it without them; false where
/// the kernel lacks mount_setattr(2) (before 5.12) and only attached mounts can be changed.
func changeDetached(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) -> Bool {
    do {
        try changeAttributes(mount, options, path)
        return true
    } catch {
        if error.errno == ENOSYS || error.errno == EINVAL && !hasMountSetAttributes() { return false }
        throw error
    }
}

/// Sets and clears a mount's attributes; the recursive ones go to everything below it, too.
func changeAttributes(
    _ mount: CInt, _ options: MountOptions, _ path: String
) throws(SandboxError) {
    if options.recursiveSet != 0 || options.recursiveClear != 0 {
        try attempt("set the recursive attributes of \(path)") { () throws(Errno) in
            try setMountAttributes(
                mount, set: options.recursiveSet, clear: clearing(options.recursiveClear, options.recursiveSet),
                recursive: true)
        }
    }
    // A copy starts with the attributes of its source: clearing one that is not set would only be refused.
    let present = try attempt("inspect \(path)") { () throws(Errno) in try currentAttributes(mount) }
    let clear = clearing(options.clear & (present | MountAttribute.accessTimeMask), options.set)
    let access = MountAttribute.accessTimeMask
    let clearsAccessTime = clear & access != 0 && (options.set & access != 0 || present & access != 0)
    let toClear = clearsAccessTime ? clear : clear & ~access
    if options.set == 0 && toClear == 0 { return }
    try attempt("set the attributes of \(path)") { () throws(Errno) in
        try setMountAttributes(mount, set: options.set, clear: toClear)
    }
}

/// The access time modes are one field: setting one means clearing the whole field first (mount_setattr(2)).
private func clearing(_ clear: UInt64, _ set: UInt64) -> UInt64 {
    set & MountAttribute.accessTimeMask != 0 ? clear | MountAttribute.accessTimeMask : clear
}

/// The attribute bits that a mount has now, from its statfs(2) flags.
private func currentAttributes(_ mount: CInt) throws(Errno) -> UInt64 {
    var status = statfs()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstatfs), Int(mount), address(status))
    }
    let flags = UInt64(bitPattern: Int64(status.f_flags))
    var bits = flags & 0xF  // ST_RDONLY, ST_NOSUID, ST_NODEV and ST_NOEXEC are the same bits
    if flags & 0x400 != 0 { bits |= MountAttribute.noAccessTime }
    if flags & 0x800 != 0 { bits |= MountAttribute.noDirectoryAccessTime }
    if flags & 0x2000 != 0 { bits |= MountAttribute.noSymlinkFollow }
    if flags & 0x1400 == 0 { bits |= MountAttribute.strictAccessTime }
    return bits
}

func changePropagation(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) {
    for change in options.propagation {
        try attempt("make \(path) \(change.kind.rawValue)") { () throws(Errno) in
            try setMountAttributes(mount, propagation: change.kind.bits, recursive: change.recursive)
        }
    }
}
