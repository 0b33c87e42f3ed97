import LinuxKernel

private let cloneRequest: UInt = 0x4004_9409  // FICLONE of <linux/fs.h>

/// Copies a file's data by the cheapest way there is: shared extents (FICLONE), then copy_file_range(2) from data to
/// data with the holes left out, then read and write. `limit` is the most bytes to copy.
func copyFileData(from source: CInt, to target: CInt, size: Int64, limit: Int64) throws(Errno) {
    if limit >= size, size > 0, clinux_ioctl_int(target, cloneRequest, Int(source)) == 0 { return }
    let end = min(size, limit)
    if size == 0 { return try copyStream(source, target, limit: limit) }
    var position: Int64 = 0
    while position < end {
        let data = Int64(lseek(source, off_t(position), SEEK_DATA))
        if data < 0 || data >= end { break }
        var stop = Int64(lseek(source, off_t(data), SEEK_HOLE))
        if stop <= data { stop = end }
        try copyRange(source, target, from: data, to: min(stop, end))
        position = stop
    }
    try syscallRetrying(Int(SYS_ftruncate), Int(target), Int(end))
}

private func copyRange(_ source: CInt, _ target: CInt, from start: Int64, to end: Int64) throws(Errno) {
    var offsets = (input: start, output: start)
    while offsets.input < end {
        let rest = Int(end - offsets.input)
        let count = withUnsafeMutablePointer(to: &offsets) { offsets in
            let base = Int(bitPattern: offsets)
            return clinux_syscall(Int(SYS_copy_file_range), Int(source), base, Int(target), base + 8, rest, 0)
        }
        if count == -Int(EINTR) { continue }
        if count < 0, ![EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EBADF].contains(CInt(-count)) {
            throw Errno(rawValue: CInt(-count))
        }
        if count <= 0 { return try copyByHand(source, target, from: offsets.input, to: end) }
    }
}

private func copyByHand(_ source: CInt, _ target: CInt, from start: Int64, to end: Int64) throws(Errno) {
    let size = 1 << 18
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    var position = start
    while position < end {
        let want = Int(min(Int64(size), end - position))
        let count = try syscallRetrying(
            Int(SYS_pread64), Int(source), Int(bitPattern: buffer), want, Int(position))
        if count == 0 { return }
        try writeAt(target, buffer, count, Int(position))
        position += Int64(count)
    }
}

/// Files that say 0 bytes and have more, like those of procfs.
private func copyStream(_ source: CInt, _ target: CInt, limit: Int64) throws(Errno) {
    let end = limit == .max ? Int64.max : limit
    try copyByHand(source, target, from: 0, to: end)
}

private func writeAt(_ target: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ position: Int) throws(Errno) {
    var done = 0
    while done < count {
        done += try syscallRetrying(
            Int(SYS_pwrite64), Int(target), Int(bitPattern: buffer) + done, count - done, position + done)
    }
}
