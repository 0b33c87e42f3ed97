import Diagnostics
import LinuxKernel

/// Keeps containers from ever writing to this executable (CVE-2019-5736).
///
/// A command named `/proc/self/exe`, or a script with it as interpreter, makes the kernel execute this very file inside
/// the container, and `/proc/PID/exe` of that process then leads to it. So before anything is launched this program
/// executes itself again from a read-only mount of its file. The mount is attached nowhere: when the descriptor that
/// named it closes, at that exec, it is dissolved, and nobody can make it writable again. Where no such mount can be had
/// (kernels before 5.12, no right to one), it is a sealed copy in memory (memfd_create(2)), which takes longer.
package enum SealedExecutable {
    /// Set in the environment across the exec, so that a mount that will not seal cannot loop.
    private static let marker = "_SANDBOX_SEALED"

    /// Executes this program again, sealed; returns when it already is, or when the file cannot be written by anyone
    /// in the container.
    ///
    /// - Parameter mayBeWritten: whether ids inside the container have this file's owner's or group's rights.
    package static func seal(arguments: [String], environment: [String]) throws(SandboxError) {
        let isSecondTry = environment.contains { $0.hasPrefix(marker + "=") }
        let executable = try attempt("open /proc/self/exe") { () throws(Errno) in
            try openPath("/proc/self/exe", O_PATH)
        }
        if try isSealed(executable) {
            if isSecondTry { unsetenv(marker) }
            return
        }
        guard !isSecondTry else {
            throw SandboxError(.refused, "the executable could not be sealed against writing")
        }
        if try isOutOfReach(executable) { return }
        let path = try attempt("name /proc/self/exe") { () throws(Errno) in try readLink("/proc/self/exe") }
        let sealed = try sealedMountOrCopy(path)
        let argumentVector = StringVector(arguments)
        let environmentVector = StringVector(environment + [marker + "=1"])
        do {
            try execute(descriptor: sealed.raw, arguments: argumentVector, environment: environmentVector)
        } catch {
            throw SandboxError(error, "execute the sealed copy of \(path)")
        }
    }

    /// A file of root that nobody else may write is safe from an ordinary user's containers, which have no host root.
    private static func isOutOfReach(_ executable: borrowing Descriptor) throws(SandboxError) -> Bool {
        if geteuid() == 0 { return false }
        let status = try attempt("inspect /proc/self/exe") { () throws(Errno) in
            try fileStatus(at: executable.raw)
        }
        return status.st_uid == 0 && status.st_gid == 0 && status.st_mode & 0o002 == 0
    }

    /// On a read-only mount, or a copy in memory that nothing can change any more.
    private static func isSealed(_ executable: borrowing Descriptor) throws(SandboxError) -> Bool {
        do throws(Errno) {
            if try isOnReadOnlyMount(executable.raw) { return true }
            let file = try openPath("/proc/self/exe", O_RDONLY)
            let seals = try syscallRetrying(Int(SYS_fcntl), Int(file.raw), Int(F_GET_SEALS))
            return seals & Int(F_SEAL_WRITE) != 0
        } catch {
            // EINVAL: a file that knows no seals.
            if error == .invalidArgument { return false }
            throw SandboxError(error, "inspect /proc/self/exe")
        }
    }

    /// Root of the mount namespace makes the mount itself; everyone else, and root of a user namespace that shares its
    /// mounts with the host, through a helper.
    private static func sealedMountOrCopy(_ path: String) throws(SandboxError) -> Descriptor {
        if geteuid() == 0 {
            do { return try sealedMount(path) } catch {
                guard isRefusal(error) else { throw error }
            }
        }
        do { return try mountThroughHelper(path) } catch {
            guard isRefusal(error) else { throw error }
            return try sealedCopy(path)
        }
    }

    /// The kernel or a filter does not let the mount be made here.
    private static func isRefusal(_ error: SandboxError) -> Bool {
        [EPERM, EACCES, EINVAL, ENOSYS, ENOSPC].contains(error.errno)
    }

    private static func sealedCopy(_ path: String) throws(SandboxError) -> Descriptor {
        try attempt("copy \(path) into memory") { () throws(Errno) in
            let source = try openPath("/proc/self/exe", O_RDONLY)
            let size = Int(try fileStatus(at: source.raw).st_size)
            let copy = Descriptor(
                owning: CInt(
                    try "sandbox".withKernelPath { (name) throws(Errno) in
                        try syscallRetrying(Int(SYS_memfd_create), name, Int(MFD_CLOEXEC | MFD_ALLOW_SEALING))
                    }))
            var left = size
            while left > 0 {
                let sent = try syscallRetrying(Int(SYS_sendfile), Int(copy.raw), Int(source.raw), 0, left)
                if sent == 0 { throw .ioError }
                left -= sent
            }
            let seals = Int(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
            try syscallRetrying(Int(SYS_fcntl), Int(copy.raw), Int(F_ADD_SEALS), seals)
            return copy
        }
    }

    /// A detached read-only mount of the file at `path`.
    private static func sealedMount(_ path: String) throws(SandboxError) -> Descriptor {
        try attempt("seal \(path)") { () throws(Errno) in
            let copy = try cloneTree(path, recursive: false)
            try setMountAttributes(copy.raw, set: 0x1)
            return copy
        }
    }

    private static func cloneForHelper(_ flags: UInt64) throws(SandboxError) -> CloneSide {
        do { return try cloneProcess(flags: flags) } catch {
            throw SandboxError(error, "clone into a user namespace", remedy: remedyForClone(error, flags))
        }
    }

    private static func passOn(
        _ mount: borrowing Descriptor, through socket: borrowing Descriptor
    ) throws(SandboxError) {
        do { try send(socket.raw, [0], descriptors: [mount.raw]) } catch {
            throw SandboxError(error, "pass the mount on")
        }
    }

    /// The same for an ordinary user: a child makes the mount in namespaces of its own and passes it back.
    private static func mountThroughHelper(_ path: String) throws(SandboxError) -> Descriptor {
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        let flags = UInt64(CLONE_NEWUSER) | UInt64(CLONE_NEWNS)
        let side = try cloneForHelper(flags)
        switch consume side {
        case .child:
            do {
                try passOn(sealedMount(path), through: pair.second)
                _exit(0)
            } catch {
                _exit(CInt(truncatingIfNeeded: error.errno ?? EIO))
            }
        case .parent(let child):
            let socket = pair.takeFirst()
            let answer = try attempt("wait for the sealed executable") { () throws(Errno) in
                try receive(socket.raw)
            }
            let end = try attempt("reap the helper") { () throws(Errno) in try waitForProcess(child.pid) }
            guard let raw = answer.descriptors.first else {
                throw SandboxError(
                    Errno(rawValue: end?.status.exitCode ?? EIO), "seal \(path)", kind: .refused,
                    remedy: "install the executable as root, so that no sandbox can write to it")
            }
            return Descriptor(owning: raw)
        }
    }
}
