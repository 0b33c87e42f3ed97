import Diagnostics
import LinuxKernel

/// What a detached command writes, kept on disk: the present file and the one before, each of a bounded size.
package final class Journal {
    /// The older half goes when the newer one is full.
    package static let partBytes = 16 << 20
    package static let names = ["journal.1", "journal"]

    private let folder: String
    private let limit: Int
    private var file: CInt
    private var size: Int
    /// Bytes that could not be written, since the disk is full, say.
    private var lost = 0

    /// Makes or continues the journal in `folder`.
    package init(folder: String, partBytes: Int = Journal.partBytes) throws(SandboxError) {
        self.folder = folder
        limit = partBytes
        file = try Self.open(folder)
        let raw = file
        size = Int(try attempt("inspect \(folder)/journal") { () throws(Errno) in try fileStatus(at: raw).st_size })
    }

    deinit { close(file) }

    private static func open(_ folder: String) throws(SandboxError) -> CInt {
        try attempt("open \(folder)/journal") { () throws(Errno) in
            try openPath("\(folder)/journal", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600).release()
        }
    }

    /// Never fails: a command must not stop because its journal cannot grow. What is lost is noted when it can.
    package func write(_ bytes: [UInt8]) {
        if size + bytes.count > limit, size > 0 { turnOver() }
        do throws(Errno) {
            if lost > 0 {
                try put(Array("[sandbox: \(lost) bytes of output could not be kept]\n".utf8))
                lost = 0
            }
            try put(bytes)
        } catch { lost += bytes.count }
    }

    private func put(_ bytes: [UInt8]) throws(Errno) {
        try writeAll(file, bytes)
        size += bytes.count
    }

    private func turnOver() {
        // Where it cannot be renamed the present file goes on.
        do {
            try rename("\(folder)/journal", to: nil, "\(folder)/journal.1")
            let next = try Self.open(folder)
            close(file)
            file = next
            size = 0
        } catch {}
    }
}
