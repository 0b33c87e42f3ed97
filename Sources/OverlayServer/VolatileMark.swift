import Diagnostics
import LinuxKernel

/// `work/incompat/volatile` in the work folder, where the kernel's overlay has it too: an upper that was written without
/// syncing. It goes when the server ends in order and has synced; while it is there no overlay uses the upper, which may
/// be torn.
struct VolatileMark {
    private static let path = ["work", "incompat", "volatile"]

    /// Refuses a dirty upper.
    static func check(_ work: CInt) throws(SandboxError) {
        guard fileExists(at: work, path.joined(separator: "/")) else { return }
        throw SandboxError(
            .refused, "the upper folder was in use without syncing (volatile) and not left in order: it may be torn",
            remedy: "begin with an empty upper and work folder, or remove \"work/incompat/volatile\" in the work folder"
        )
    }

    static func set(_ work: CInt) throws(SandboxError) {
        try attempt("mark the upper folder as volatile") { () throws(Errno) in
            for count in 1...path.count {
                let folder = path.prefix(count).joined(separator: "/")
                do throws(Errno) { try makeDirectory(at: work, folder, mode: 0o700) } catch .fileExists {}
            }
        }
    }

    /// Syncs and takes the mark away. It stays when syncing fails.
    static func clear(_ work: CInt) {
        do throws(Errno) {
            let folder = try openPath(at: work, ".", O_RDONLY | O_DIRECTORY)
            try syscallRetrying(Int(SYS_syncfs), Int(folder.raw))
            for count in stride(from: path.count, to: 1, by: -1) {
                let name = Array(path.prefix(count).joined(separator: "/").utf8CString)
                try removeEntry(at: work, name, folder: true)
            }
        } catch {}  // the next start refuses the upper, which is the truth
    }
}
