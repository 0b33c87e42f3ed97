import Diagnostics
import LinuxKernel

/// A proc file system that is known to be one, for everything init writes to it.
///
/// The container could have put something else at `/proc`, so files are opened below this descriptor, on this mount
/// and without magic links (CVE-2019-16884, CVE-2025-52881).
struct ProcFiles {
    /// Open until the command is executed: init never ends before that, except by its end.
    let root: CInt
    /// Whether the root is that of a mount which nobody else has.
    let isDetached: Bool
    private static let magic = 0x9FA0

    /// A fresh detached proc of this process's pid namespace, else the one at `/proc`, checked.
    static func open() throws(SandboxError) -> ProcFiles {
        do {
            let context = try FileSystemContext("proc")
            return ProcFiles(root: try context.mount(attributes: 0x2 | 0x4 | 0x8).release(), isDetached: true)
        } catch {
            return try openHost()
        }
    }

    /// The proc at `/proc`, for processes that may not mount one.
    static func openHost() throws(SandboxError) -> ProcFiles {
        try attempt("open /proc") { () throws(Errno) in
            let root = try openPath("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW)
            guard try fileSystemType(root.raw) == magic else { throw .operationNotSupportedByDevice }
            return ProcFiles(root: root.release(), isDetached: false)
        }
    }

    /// Opens a file below the root for writing or reading; it must be on this proc itself.
    func open(_ path: String, _ flags: CInt) throws(Errno) -> Descriptor {
        let file: Descriptor
        do {
            file = try openPath(
                at: root, path, flags | O_NOFOLLOW, resolve: [.noCrossDevice, .noMagicLinks, .beneath])
        } catch {
            guard error == .noFunction else { throw error }
            file = try openPath(at: root, path, flags | O_NOFOLLOW)
        }
        guard try fileSystemType(file.raw) == Self.magic else { throw .operationNotSupportedByDevice }
        return file
    }

    /// Writes `text` in one call to an existing file below the root.
    func write(_ path: String, _ text: String) throws(Errno) {
        let file = try open(path, O_WRONLY)
        try writeAll(file.raw, text)
    }
}
