import LinuxKernel
import Synchronization

/// How much the upper may hold: bytes of blocks, and inodes.
///
/// Counted by `st_blocks`, so holes cost nothing and copied extents what the file system says. A request that could go
/// over the limit is refused with ENOSPC before it is carried out; requests at the same time may pass the limit by their
/// own size.
final class Quota: Sendable {
    let limitBytes: Int64
    /// nil: no limit.
    let limitInodes: Int64?
    let usedBytes = Atomic<Int64>(0)
    let usedInodes = Atomic<Int64>(0)

    init(_ limit: OverlayOptions.Quota) {
        limitBytes = Int64(clamping: limit.bytes)
        limitInodes = limit.inodes.map { Int64(clamping: $0) }
    }

    /// ENOSPC unless there is room for so much more.
    func admit(bytes: Int64, inodes: Int64 = 0) throws(Errno) {
        if bytes > 0, usedBytes.load(ordering: .relaxed) + bytes > limitBytes { throw .noSpace }
        if let limitInodes, inodes > 0, usedInodes.load(ordering: .relaxed) + inodes > limitInodes { throw .noSpace }
    }

    func add(bytes: Int64, inodes: Int64) {
        usedBytes.add(bytes, ordering: .relaxed)
        usedInodes.add(inodes, ordering: .relaxed)
    }

    static func bytes(_ status: stat) -> Int64 { Int64(status.st_blocks) * 512 }

    /// What is in the upper already; inodes with several names count once.
    func count(_ folder: CInt) throws(Errno) {
        var seen: Set<UInt64> = []
        try count(folder, &seen)
    }

    private func count(_ folder: CInt, _ seen: inout Set<UInt64>) throws(Errno) {
        let opened = try openPath(at: folder, ".", O_RDONLY | O_DIRECTORY)
        var names: [[CChar]] = []
        try forEachEntry(of: opened.raw) { (entry) throws(Errno) in
            names.append(Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1)))
        }
        for name in names {
            let status = try entryStatus(at: opened.raw, name)
            if isWhiteout(status) { continue }
            let hasOtherNames = status.st_nlink > 1 && !isFolder(status)
            if hasOtherNames, !seen.insert(UInt64(status.st_ino)).inserted { continue }
            add(bytes: Self.bytes(status), inodes: 1)
            if isFolder(status) {
                let inner = try openEntry(at: opened.raw, name, O_RDONLY | O_DIRECTORY)
                try count(inner.raw, &seen)
            }
        }
    }
}
