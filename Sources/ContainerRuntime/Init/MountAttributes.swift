import ContainerPlan
import Diagnostics
import LinuxKernel

/// Changes the attributes of a mount that is attached nowhere yet, so that nobody ever sees it without them; false where
/// the kernel lacks mount_setattr(2) (before 5.12) and only attached mounts can be changed.
func changeDetached(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) -> Bool {
    do {
        try changeBind(mount, options, path)
        return true
    } catch {
        if error.errno == ENOSYS || error.errno == EINVAL && !hasMountSetAttributes() { return false }
        throw error
    }
}

/// Gives a bind mount the attributes of its options, as mount(8) and engines know them: where any is named, all that are
/// not named are off, but the access time modes, which stay unless one is named.
///
/// In a user namespace the source's attributes may be locked. What only goes without saying gives way to that; what is
/// asked for by name is an error.
func changeBind(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) {
    try changeRecursively(mount, options, path)
    let access = MountAttribute.accessTimeMask | MountAttribute.noDirectoryAccessTime
    if options.set == 0 && options.clear == 0 { return }
    let switches =
        MountAttribute.readOnly | MountAttribute.noSuid | MountAttribute.noDev | MountAttribute.noExec
        | MountAttribute.noSymlinkFollow
    var set = options.set & switches
    var clear = switches & ~options.set
    if options.set & access != 0 || options.isRelativeAccessTime {
        set |= options.set & access
        clear |= MountAttribute.accessTimeMask | MountAttribute.noDirectoryAccessTime & ~options.set
    }
    do { try setMountAttributes(mount, set: set, clear: clear) } catch {
        let what = "set the attributes of \(path)"
        guard error == .notPermitted else { throw SandboxError(error, what) }
        let lockable = switches & ~MountAttribute.noSymlinkFollow
        let named = clear & ~lockable | options.clear & lockable
        try attempt(what) { () throws(Errno) in try setMountAttributes(mount, set: set, clear: named) }
    }
}

private func changeRecursively(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) {
    if options.recursiveSet == 0 && options.recursiveClear == 0 { return }
    try attempt("set the recursive attributes of \(path)") { () throws(Errno) in
        try setMountAttributes(
            mount, set: options.recursiveSet, clear: clearing(options.recursiveClear, options.recursiveSet),
            recursive: true)
    }
}

/// Changes what the options name of a mount that is there already.
func changeAttributes(
    _ mount: CInt, _ options: MountOptions, _ path: String
) throws(SandboxError) {
    try changeRecursively(mount, options, path)
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
