/// faccessat2(2) with the effective ids: whether this process may use a path for `mode` (R_OK, W_OK, X_OK).
///
/// Any failure counts as no; kernels before 5.8 are asked with faccessat(2), which looks at the real ids.
package func isAccessible(at directory: CInt? = nil, _ path: String, _ mode: CInt) -> Bool {
    do {
        try path.withKernelPath { (path) throws(Errno) -> Void in
            let base = Int(directory ?? AT_FDCWD)
            do throws(Errno) {
                try syscallRetrying(Int(SYS_faccessat2), base, path, Int(mode), Int(AT_EACCESS))
            } catch .noFunction {
                try syscallRetrying(Int(SYS_faccessat), base, path, Int(mode))
            }
        }
        return true
    } catch { return false }
}

/// The absolute path without links, `.` and `..` (realpath(3)); its bytes must be UTF-8, else EILSEQ.
package func canonicalPath(_ path: String) throws(Errno) -> String {
    if path.utf8.contains(0) { throw .invalidArgument }
    guard let resolved = realpath(path, nil) else { throw Errno(rawValue: errno) }
    defer { free(resolved) }
    guard let text = String(validatingCString: resolved) else { throw Errno(rawValue: EILSEQ) }
    return text
}

/// Whether a file has an extended attribute (getxattr(2)), links followed; an error counts as "no".
package func hasExtendedAttribute(_ path: String, _ name: String) -> Bool {
    !path.utf8.contains(0) && getxattr(path, name, nil, 0) >= 0
}

/// Whether a path lies on a mount that ignores setuid bits and file capabilities (statfs(2) ST_NOSUID).
package func isOnNoSuidMount(_ path: String) throws(Errno) -> Bool {
    var status = statfs()
    try path.withKernelPath { (path) throws(Errno) in
        try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_statfs), path, address(status))
        }
    }
    return status.f_flags & 2 != 0  // ST_NOSUID
}
