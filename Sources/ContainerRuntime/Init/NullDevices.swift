import Diagnostics
import LinuxKernel

/// Opens the container's own null device where descriptors 0 to 2 are the host's: a way out of the container's mounts
/// less, and nothing that a checkpoint could not find inside.
func reopenNullDevices() throws(SandboxError) {
    for number: CInt in 0...2 {
        try attempt("reopen /dev/null at descriptor \(number)") { () throws(Errno) in
            guard try isNullDevice(number) else { return }
            let flags = CInt(try syscallRetrying(Int(SYS_fcntl), Int(number), Int(F_GETFL)))
            let null: Descriptor
            // A root without it keeps the host's.
            do { null = try openPath("/dev/null", flags & (O_ACCMODE | O_APPEND) | O_NOFOLLOW) } catch { return }
            guard try isNullDevice(null.raw) else { return }
            try duplicate(null.raw, onto: number)
        }
    }
}

private func isNullDevice(_ descriptor: CInt) throws(Errno) -> Bool {
    let status: stat
    do { status = try descriptorStatus(descriptor) } catch {
        if error == .badFileDescriptor { return false }
        throw error
    }
    return status.isCharacterDevice && status.st_rdev == clinux_makedev(1, 3)
}
