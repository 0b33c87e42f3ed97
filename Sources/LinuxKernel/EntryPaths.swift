/// openat2(2) of a path given as bytes: never through a symbolic link, never out of `root`, always close-on-exec.
package func openBeneath(_ root: CInt, _ path: EntryName, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor {
    var how = open_how()
    how.flags = UInt64(flags | O_CLOEXEC | O_NOFOLLOW)
    how.mode = UInt64(mode)
    how.resolve = Resolve([.beneath, .noSymlinks, .noMagicLinks]).rawValue
    for _ in 0..<128 {
        do throws(Errno) {
            let raw = try withUnsafePointer(to: &how) { (how) throws(Errno) in
                try syscallRetrying(
                    Int(SYS_openat2), Int(root), address(path), address(how), MemoryLayout<open_how>.size)
            }
            return Descriptor(owning: CInt(raw))
        } catch .resourceTemporarilyUnavailable { continue }  // a rename at the same moment
    }
    throw .resourceTemporarilyUnavailable
}
