/// open_tree(2): a descriptor of a detached copy of a mount (`recursive`: with everything mounted below it).
package func cloneTree(
    at directory: CInt? = nil, _ path: String, recursive: Bool, follow: Bool = true
) throws(Errno) -> Descriptor {
    let flags =
        CInt(CLINUX_OPEN_TREE_CLONE) | O_CLOEXEC | (recursive ? CInt(CLINUX_AT_RECURSIVE) : 0)
        | (path.isEmpty ? AT_EMPTY_PATH : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW)
    return Descriptor(
        owning: CInt(
            try path.withKernelPath { (path) throws(Errno) in
                try syscallRetrying(Int(SYS_open_tree), Int(directory ?? AT_FDCWD), path, Int(flags))
            }))
}

/// move_mount(2) of a detached mount onto an open place.
package func attachMount(_ mount: CInt, onto place: CInt) throws(Errno) {
    let flags = CInt(CLINUX_MOVE_MOUNT_F_EMPTY_PATH) | CInt(CLINUX_MOVE_MOUNT_T_EMPTY_PATH)
    try "".withKernelPath { (empty) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_move_mount), Int(mount), empty, Int(place), empty, Int(flags))
    }
}

/// A file system context that is being configured (fsopen(2), fsconfig(2)).
package struct FileSystemContext: ~Copyable {
    package let descriptor: Descriptor

    /// fsopen(2) for the file system `type`.
    package init(_ type: String) throws(Errno) {
        descriptor = Descriptor(
            owning: CInt(
                try type.withKernelPath { (type) throws(Errno) in
                    try syscallRetrying(Int(SYS_fsopen), type, 1)
                }))
    }

    /// Sets a parameter that has a value.
    package func set(_ key: String, _ value: String) throws(Errno) {
        try key.withKernelPath { (key) throws(Errno) in
            try value.withKernelPath { (value) throws(Errno) -> Void in
                try syscallRetrying(
                    Int(SYS_fsconfig), Int(descriptor.raw), Int(CLINUX_FSCONFIG_SET_STRING), key, value, 0)
            }
        }
    }

    /// Sets a parameter that is only a word.
    package func set(flag key: String) throws(Errno) {
        try key.withKernelPath { (key) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_fsconfig), Int(descriptor.raw), Int(CLINUX_FSCONFIG_SET_FLAG), key, 0, 0)
        }
    }

    /// Makes the file system and returns a detached mount of it (fsmount(2)); `attributes` are `MOUNT_ATTR_*` bits.
    package func mount(attributes: UInt64 = 0) throws(Errno) -> Descriptor {
        try syscallRetrying(Int(SYS_fsconfig), Int(descriptor.raw), Int(CLINUX_FSCONFIG_CMD_CREATE), 0, 0, 0)
        return Descriptor(owning: CInt(try syscallRetrying(Int(SYS_fsmount), Int(descriptor.raw), 1, Int(attributes))))
    }

    /// What the kernel has written into the context's log about the last failure, without its level prefix.
    package func log() -> String? {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count: Int
        do {
            count = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(descriptor.raw, into: UnsafeMutableRawBufferPointer(buffer))
            }
        } catch { return nil }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return text.hasPrefix("e ") || text.hasPrefix("w ") ? String(text.dropFirst(2)) : text
    }
}

/// mount_setattr(2) on what `mount` is; `propagation` is an `MS_*` propagation bit or 0.
///
/// Kernels before 5.12 lack it: there attached mounts are changed by mount(2), not recursively and without id maps
/// (ENOSYS), and detached ones not at all (EINVAL).
package func setMountAttributes(
    _ mount: CInt, set: UInt64 = 0, clear: UInt64 = 0, propagation: UInt64 = 0, userNamespace: CInt? = nil,
    recursive: Bool = false
) throws(Errno) {
    var attributes = clinux_mount_attr(
        attr_set: set, attr_clr: clear, propagation: propagation, userns_fd: UInt64(userNamespace ?? 0))
    let flags = Int(AT_EMPTY_PATH) | (recursive ? Int(CLINUX_AT_RECURSIVE) : 0)
    do {
        try "".withKernelPath { (empty) throws(Errno) in
            try withUnsafeMutablePointer(to: &attributes) { (attributes) throws(Errno) -> Void in
                try syscallRetrying(
                    Int(SYS_mount_setattr), Int(mount), empty, flags, address(attributes),
                    MemoryLayout<clinux_mount_attr>.size)
            }
        }
    } catch .noFunction {
        guard userNamespace == nil else { throw .noFunction }
        try remount(mount, set: set, clear: clear, propagation: propagation, recursive: recursive)
    }
}

/// Whether the kernel has mount_setattr(2) and lets it be called.
package func hasMountSetAttributes() -> Bool {
    clinux_syscall(Int(SYS_mount_setattr), -1, 0, 0, 0, 0, 0) != -Int(ENOSYS)
}

/// The mount's attributes by mount(2): what it has already stays, for in a user namespace it may be locked.
private func remount(
    _ mount: CInt, set: UInt64, clear: UInt64, propagation: UInt64, recursive: Bool
) throws(Errno) {
    let path = "/proc/self/fd/\(mount)"
    if propagation != 0 {
        let flags = CUnsignedLong(propagation) | (recursive ? CUnsignedLong(MS_REC) : 0)
        try LinuxKernel.mount(source: nil, target: path, flags: flags)
    }
    if set == 0 && clear == 0 { return }
    if recursive { throw .noFunction }
    var status = statfs()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstatfs), Int(mount), address(status))
    }
    // ST_* and MS_* agree in the first four bits and in the access time bits (statvfs(3), mount(2)).
    let present = UInt64(status.f_flags) & (0xF | 0x400 | 0x800)
    let attributes: [(attribute: UInt64, flag: UInt64)] = [
        (0x1, 0x1), (0x2, 0x2), (0x4, 0x4), (0x8, 0x8), (0x10, 0x400), (0x80, 0x800),
    ]
    var flags = present
    for entry in attributes {
        if clear & entry.attribute != 0 { flags &= ~entry.flag }
        if set & entry.attribute != 0 { flags |= entry.flag }
    }
    if set & 0x70 == 0x20 { flags |= UInt64(MS_STRICTATIME) }
    let operation = CUnsignedLong(MS_REMOUNT) | CUnsignedLong(MS_BIND) | CUnsignedLong(flags)
    try LinuxKernel.mount(source: nil, target: path, flags: operation)
}

/// mount(2), the way for kernels without the descriptor calls and for propagation changes.
package func mount(
    source: String?, target: String, type: String? = nil, flags: CUnsignedLong, data: String? = nil
) throws(Errno) {
    try (source ?? "none").withKernelPath { (source) throws(Errno) in
        try target.withKernelPath { (target) throws(Errno) in
            try (type ?? "none").withKernelPath { (type) throws(Errno) in
                try (data ?? "").withKernelPath { (text) throws(Errno) -> Void in
                    try syscallRetrying(
                        Int(SYS_mount), source, target, type, Int(bitPattern: UInt(flags)), data == nil ? 0 : text)
                }
            }
        }
    }
}

/// umount2(2).
package func unmount(_ path: String, flags: CInt = 0) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_umount2), path, Int(flags))
    }
}

/// pivot_root(2).
package func pivotRoot(newRoot: String, putOld: String) throws(Errno) {
    try newRoot.withKernelPath { (newRoot) throws(Errno) in
        try putOld.withKernelPath { (putOld) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_pivot_root), newRoot, putOld)
        }
    }
}

/// fchdir(2).
package func changeDirectory(_ descriptor: CInt) throws(Errno) { try syscallRetrying(Int(SYS_fchdir), Int(descriptor)) }

/// chdir(2).
package func changeDirectory(_ path: String) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in try syscallRetrying(Int(SYS_chdir), path) }
}

/// chroot(2).
package func changeRoot(_ path: String) throws(Errno) {
    try path.withKernelPath { (path) throws(Errno) -> Void in try syscallRetrying(Int(SYS_chroot), path) }
}

/// The working directory as the kernel names it; a path outside the root starts with `(unreachable)`.
package func workingDirectory() throws(Errno) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
        try syscallRetrying(Int(SYS_getcwd), address(buffer.baseAddress), buffer.count)
    }
    return String(decoding: buffer[..<max(0, count - 1)], as: UTF8.self)
}
