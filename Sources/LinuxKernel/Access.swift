/// faccessat2(2) with the effective ids: whether this process may use a path for `mode` (R_OK, W_OK, X_OK).
///
/// Any failure counts as no; kernels before 5.8 are asked with faccessat(2), which looks at the real ids.
package func isAccessible(at directory: CInt? = nil, _ path: String, _ mode: CInt) -> Bool {
    do {
        try path.withKernelPath { (path) throws(Errno) -> Void in
            let base = Int(directory ?? AT_FDCWD)
            do throws(Errno) {
                try syscallRetrying(439, base, path, Int(mode), Int(AT_EACCESS))
            } catch .noFunction {
                try syscallRetrying(Int(SYS_faccessat), base, path, Int(mode))
            }
        }
        return true
    } catch { return false }
}
