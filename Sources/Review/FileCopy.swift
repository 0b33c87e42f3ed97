import LinuxKernel

/// A file's data by the cheapest way: shared extents, else the kernel's own copy from data to data, holes left out.
func copyData(from source: CInt, to target: CInt, size: Int64) throws(Errno) {
    let fileClone: UInt = 0x4004_9409  // FICLONE of <linux/fs.h>
    if size > 0, clinux_ioctl_int(target, fileClone, Int(source)) == 0 { return }
    var position: Int64 = 0
    while position < size {
        let data = Int64(lseek(source, off_t(position), SEEK_DATA))
        if data < 0 || data >= size { break }
        let hole = Int64(lseek(source, off_t(data), SEEK_HOLE))
        let end = hole > data ? min(hole, size) : size
        try copyRange(source, target, from: data, to: end)
        position = end
    }
    try syscallRetrying(Int(SYS_ftruncate), Int(target), Int(size))
}

private func copyRange(_ source: CInt, _ target: CInt, from start: Int64, to end: Int64) throws(Errno) {
    var position = start
    while position < end {
        var (input, output) = (position, position)
        do throws(Errno) {
            let count = try withUnsafeMutablePointer(to: &input) { (input) throws(Errno) in
                try withUnsafeMutablePointer(to: &output) { (output) throws(Errno) in
                    try syscallRetrying(
                        Int(SYS_copy_file_range), Int(source), address(input), Int(target), address(output),
                        Int(end - position), 0)
                }
            }
            if count == 0 { return }
            position += Int64(count)
        } catch .improperLink, .invalidArgument, .noFunction, .notSupported {
            return try copyByHand(source, target, from: position, to: end)
        }
    }
}

private func copyByHand(_ source: CInt, _ target: CInt, from start: Int64, to end: Int64) throws(Errno) {
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    var position = start
    while position < end {
        let count = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
            try syscallRetrying(
                Int(SYS_pread64), Int(source), address(buffer.baseAddress),
                Int(min(Int64(buffer.count), end - position)), Int(position))
        }
        if count == 0 { return }
        var done = 0
        while done < count {
            done += try buffer.withUnsafeBufferPointer { (buffer) throws(Errno) in
                try syscallRetrying(
                    Int(SYS_pwrite64), Int(target), address(buffer.baseAddress?.advanced(by: done)), count - done,
                    Int(position) + done)
            }
        }
        position += Int64(count)
    }
}

/// Makes `name` in `folder` a copy of what stands at `source` in `from`: a file with its mode and time, or a link.
func copyEntry(
    from: CInt, _ source: [CChar], to folder: CInt, _ name: [CChar], mode: UInt32? = nil
) throws(Errno) {
    let status = try entryStatus(at: from, source)
    let entry = TreeEntry(status)
    if entry.kind == .link {
        let target = try readLink(at: from, source).map { CChar(bitPattern: $0) } + [0]
        try makeSymbolicLink(target, at: folder, name)
    } else {
        guard entry.kind == .file else { throw .invalidArgument }
        let input = try openEntry(at: from, source, O_RDONLY | O_NONBLOCK)
        guard try descriptorStatus(input.raw).st_ino == status.st_ino else { throw .staleNFSFileHandle }
        let output = try openEntry(at: folder, name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try copyData(from: input.raw, to: output.raw, size: entry.size)
        try syscallRetrying(Int(SYS_fchmod), Int(output.raw), Int(mode ?? entry.mode))
        try setTimes(of: output.raw, accessed: status.st_atim, modified: status.st_mtim)
        return
    }
    try setEntryTimes(at: folder, name, accessed: status.st_atim, modified: status.st_mtim)
}
