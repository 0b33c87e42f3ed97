import LinuxKernel
import OverlayModel

extension Overlay {
    /// The flags a layer's file is opened with: the kernel keeps the position and checks appending itself, and with
    /// its write cache it reads back what a writer only partly overwrites.
    func descriptorFlags(_ flags: CInt) -> CInt {
        var kept = flags & (O_ACCMODE | O_TRUNC | O_DSYNC | O_SYNC)
        if options.usesWriteback, kept & O_ACCMODE == O_WRONLY { kept = kept & ~O_ACCMODE | O_RDWR }
        return kept | O_NONBLOCK
    }

    /// OPEN: copies up when it is for writing; a truncating one copies no data.
    func open(_ node: Node, flags: CInt, killsPrivileges: Bool) throws(Errno) -> OpenFile {
        let writing = flags & O_ACCMODE != O_RDONLY
        let truncates = flags & O_TRUNC != 0
        if writing || truncates { _ = try writable() }
        try raise(node, CopyUp.forOpen(writing: writing, truncates: truncates))
        let file = try tree.shared { () throws(Errno) in try openNode(node, flags) }
        if truncates { try settle(node, file.descriptor) }
        if killsPrivileges { try dropPrivileges(file.descriptor) }
        return file
    }

    private func openNode(_ node: Node, _ flags: CInt) throws(Errno) -> OpenFile {
        try withEntry(node) { (folder, name, _) throws(Errno) in
            let kept = descriptorFlags(flags)
            let isUpper = node.isUpperFile
            if let name {
                return OpenFile(node, try openEntry(at: folder, name, kept), flags: flags, isUpper: isUpper)
            }
            return OpenFile(node, try reopen(folder, kept), flags: flags, isUpper: isUpper)
        }
    }

    /// The descriptor to use, that of the copy when the file was copied up since it was opened.
    @inline(__always)
    func current(_ file: OpenFile) throws(Errno) -> CInt {
        if file.isStale { try refresh(file) }
        return file.descriptor
    }

    private func refresh(_ file: OpenFile) throws(Errno) {
        try tree.shared { () throws(Errno) in
            try withEntry(file.node) { (folder, name, _) throws(Errno) in
                guard file.isStale else { return }
                let flags = descriptorFlags(file.flags) & ~O_TRUNC
                if let name {
                    try file.replace(try openEntry(at: folder, name, flags))
                } else {
                    try file.replace(try reopen(folder, flags))
                }
            }
        }
    }

    /// WRITE: all of it, or the error.
    func write(
        _ file: OpenFile, _ bytes: UnsafeRawPointer, count: Int, at position: Int64, killsPrivileges: Bool
    ) throws(Errno) -> Int {
        let descriptor = try current(file)
        if killsPrivileges { try dropPrivileges(descriptor) }
        try admitData(descriptor, end: position + Int64(count), count: count)
        var done = 0
        while done < count {
            do throws(Errno) {
                let written = try syscallRetrying(
                    Int(SYS_pwrite64), Int(descriptor), Int(bitPattern: bytes) + done, count - done,
                    Int(position) + done)
                if written == 0 { break }
                done += written
            } catch {
                if done == 0 { throw error }
                break
            }
        }
        try settle(file.node, descriptor)
        return done
    }

    private func dropPrivileges(_ descriptor: CInt) throws(Errno) {
        if let mode = Self.withoutPrivileges(try descriptorStatus(descriptor).st_mode) {
            try syscallRetrying(Int(SYS_fchmod), Int(descriptor), Int(mode))
        }
    }

    /// FSYNC; nothing for a volatile overlay.
    func sync(_ file: OpenFile, dataOnly: Bool) throws(Errno) {
        if options.volatile { return }
        try syscallRetrying(dataOnly ? Int(SYS_fdatasync) : Int(SYS_fsync), Int(try current(file)))
    }

    /// FSYNCDIR: of the upper's part; the lowers do not change.
    func syncFolder(_ node: Node) throws(Errno) {
        if options.volatile { return }
        try tree.shared { () throws(Errno) in
            guard node.hasUpperBranch else { return }
            let opened = try openPath(
                at: try folder(node, layer: 0).descriptor, ".", O_RDONLY | O_DIRECTORY)
            try syscallRetrying(Int(SYS_fsync), Int(opened.raw))
        }
    }

    /// FALLOCATE.
    func allocate(_ file: OpenFile, mode: CInt, offset: Int64, length: Int64) throws(Errno) {
        let descriptor = try current(file)
        let takes = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE) == 0
        if takes { try admitData(descriptor, end: offset + length, count: Int(length)) }
        try syscallRetrying(Int(SYS_fallocate), Int(descriptor), Int(mode), Int(offset), Int(length))
        try settle(file.node, descriptor)
    }

    /// LSEEK with `SEEK_DATA` and `SEEK_HOLE`.
    func seek(_ file: OpenFile, offset: Int64, whence: CInt) throws(Errno) -> Int64 {
        Int64(try syscallRetrying(Int(SYS_lseek), Int(try current(file)), Int(offset), Int(whence)))
    }

    /// COPY_FILE_RANGE between two open files.
    func copyRange(
        _ source: OpenFile, _ from: Int64, _ target: OpenFile, _ to: Int64, count: Int
    ) throws(Errno) -> Int {
        let (input, output) = (try current(source), try current(target))
        if quota != nil {
            let rest = max(0, Int64(try descriptorStatus(input).st_size) - from)
            let most = Int(min(rest, Int64(count)))
            try admitData(output, end: to + Int64(most), count: most)
        }
        var offsets = (from, to)
        let copied = try withUnsafeMutablePointer(to: &offsets) { (offsets) throws(Errno) in
            let base = Int(bitPattern: offsets)
            return try syscallRetrying(Int(SYS_copy_file_range), Int(input), base, Int(output), base + 8, count, 0)
        }
        try settle(target.node, output)
        return copied
    }
}
