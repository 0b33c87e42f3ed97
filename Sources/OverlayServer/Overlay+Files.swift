import LinuxKernel
import OverlayModel

extension Overlay {
    /// The flags a layer's file is opened with: the kernel keeps the position and checks appending itself, and with
    /// its write cache it reads back what a writer only partly overwrites.
    func descriptorFlags(_ flags: CInt) -> CInt {
        var kept = flags & (O_ACCMODE | O_TRUNC | O_DSYNC | O_SYNC)
        if options.usesWriteback, kept & O_ACCMODE == O_WRONLY { kept = kept & ~O_ACCMODE | O_RDWR }
        return kept
    }

    /// OPEN: copies up when it is for writing; a truncating one copies no data. The descriptor is in use.
    func open(_ node: Node, flags: CInt, killsPrivileges: Bool) throws(Errno) -> DataTicket {
        let writing = flags & O_ACCMODE != O_RDONLY
        let truncates = flags & O_TRUNC != 0
        if writing || truncates { _ = try writable() }
        try raise(node, CopyUp.forOpen(writing: writing, truncates: truncates))
        return try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, name, _) throws(Errno) in
                let opened = try openData(folder, name, descriptorFlags(flags))
                if truncates { try settle(node, opened.raw) }
                if killsPrivileges { try dropPrivileges(opened.raw) }
                return handOut(node, opened, isWritable: writing)
            }
        }
    }

    /// WRITE: all of it, or the error.
    func write(
        _ file: OpenedFile, _ bytes: UnsafeRawPointer, count: Int, at position: Int64, killsPrivileges: Bool
    ) throws(Errno) -> Int {
        try raise(file.node, .all)
        return try withData(file, writing: true) { (descriptor) throws(Errno) in
            if killsPrivileges { try dropPrivileges(descriptor) }
            try admitData(descriptor, end: position + Int64(count), count: count)
            let done = try writeAll(descriptor, bytes, count, position)
            try settle(file.node, descriptor)
            return done
        }
    }

    private func writeAll(
        _ descriptor: CInt, _ bytes: UnsafeRawPointer, _ count: Int, _ position: Int64
    ) throws(Errno) -> Int {
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
        return done
    }

    private func dropPrivileges(_ descriptor: CInt) throws(Errno) {
        if let mode = Self.withoutPrivileges(try descriptorStatus(descriptor).st_mode) {
            try syscallRetrying(Int(SYS_fchmod), Int(descriptor), Int(mode))
        }
    }

    /// FSYNC; nothing for a volatile overlay.
    func sync(_ file: OpenedFile, dataOnly: Bool) throws(Errno) {
        if options.volatile { return }
        try withData(file, writing: false) { (descriptor) throws(Errno) -> Void in
            try syscallRetrying(dataOnly ? Int(SYS_fdatasync) : Int(SYS_fsync), Int(descriptor))
        }
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
    func allocate(_ file: OpenedFile, mode: CInt, offset: Int64, length: Int64) throws(Errno) {
        try raise(file.node, .all)
        try withData(file, writing: true) { (descriptor) throws(Errno) -> Void in
            let takes = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE) == 0
            if takes { try admitData(descriptor, end: offset + length, count: Int(length)) }
            try syscallRetrying(Int(SYS_fallocate), Int(descriptor), Int(mode), Int(offset), Int(length))
            try settle(file.node, descriptor)
        }
    }

    /// LSEEK with `SEEK_DATA` and `SEEK_HOLE`.
    func seek(_ file: OpenedFile, offset: Int64, whence: CInt) throws(Errno) -> Int64 {
        try withData(file, writing: false) { (descriptor) throws(Errno) in
            Int64(try syscallRetrying(Int(SYS_lseek), Int(descriptor), Int(offset), Int(whence)))
        }
    }

    /// COPY_FILE_RANGE between two files.
    func copyRange(
        _ source: OpenedFile, _ from: Int64, _ target: OpenedFile, _ to: Int64, count: Int
    ) throws(Errno) -> Int {
        try raise(target.node, .all)
        return try withData(target, writing: true) { (output) throws(Errno) in
            try withData(source, writing: false) { (input) throws(Errno) in
                if quota != nil {
                    let rest = max(0, Int64(try descriptorStatus(input).st_size) - from)
                    let most = Int(min(rest, Int64(count)))
                    try admitData(output, end: to + Int64(most), count: most)
                }
                var offsets = (from, to)
                let copied = try withUnsafeMutablePointer(to: &offsets) { (offsets) throws(Errno) in
                    let base = Int(bitPattern: offsets)
                    return try syscallRetrying(
                        Int(SYS_copy_file_range), Int(input), base, Int(output), base + 8, count, 0)
                }
                try settle(target.node, output)
                return copied
            }
        }
    }
}
