import Diagnostics
import LinuxKernel

/// `tmpcopyup`: fills a new tmpfs with what its mount point holds: folders, files and links with mode, owner and times.
func copyUp(_ place: borrowing Descriptor, into target: CInt, _ path: String) throws(SandboxError) {
    try attempt("copy \(path) into its tmpfs") { () throws(Errno) in
        let source = try openPath(at: place.raw, ".", O_RDONLY | O_DIRECTORY)
        try copyTree(source, into: target)
    }
}

private func copyTree(_ source: borrowing Descriptor, into target: CInt) throws(Errno) {
    try copyAttributes(from: source.raw, "", to: target, ".")
    for name in try directoryEntries(of: source) {
        let status = try fileStatus(at: source.raw, name, follow: false)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try makeDirectory(at: target, name, mode: 0o700)
            let folder = try openPath(at: source.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            let copy = try openPath(at: target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            try copyTree(folder, into: copy.raw)
        case S_IFREG:
            try copyFile(source.raw, name, to: target, size: Int(status.st_size))
            try copyAttributes(from: source.raw, name, to: target, name)
        case S_IFLNK:
            try makeSymbolicLink(to: readLink(at: source.raw, name), at: target, name)
            try setOwner(at: target, name, uid: status.st_uid, gid: status.st_gid, follow: false)
        default:
            try makeNode(at: target, name, mode: status.st_mode, device: UInt64(status.st_rdev))
            try copyAttributes(from: source.raw, name, to: target, name)
        }
    }
}

private func copyFile(_ source: CInt, _ name: String, to target: CInt, size: Int) throws(Errno) {
    let input = try openPath(at: source, name, O_RDONLY | O_NOFOLLOW)
    let output = try openPath(at: target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    var left = size
    while left > 0 {
        let sent = try syscallRetrying(Int(SYS_sendfile), Int(output.raw), Int(input.raw), 0, left)
        if sent == 0 { return }
        left -= sent
    }
}

private func copyAttributes(from source: CInt, _ name: String, to target: CInt, _ copy: String) throws(Errno) {
    let status = try fileStatus(at: source, name, follow: false)
    try setOwner(at: target, copy, uid: status.st_uid, gid: status.st_gid, follow: false)
    try setMode(at: target, copy, status.st_mode & 0o7777)
    var times = [status.st_atim, status.st_mtim]
    try copy.withKernelPath { (copy) throws(Errno) -> Void in
        try times.withUnsafeMutableBufferPointer { (times) throws(Errno) -> Void in
            try syscallRetrying(
                Int(SYS_utimensat), Int(target), copy, address(times.baseAddress), Int(AT_SYMLINK_NOFOLLOW))
        }
    }
}
