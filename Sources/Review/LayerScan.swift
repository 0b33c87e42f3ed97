import Diagnostics
import LinuxKernel

/// Finds the differences of an overlay's upper layer against its lower one.
///
/// Reads the format of the kernel's overlay in a user namespace (overlayfs.rst, "whiteouts and opaque directories"):
/// 0:0 character devices are deletions, and `user.overlay.opaque` on a folder hides what is below it. What is only
/// copied up, with the same content, mode and owner, is no difference.
package struct LayerScan: ~Copyable {
    /// Both layers' roots.
    package let upper: CInt
    package let lower: CInt
    private var changes: [Change] = []

    package init(upper: CInt, lower: CInt) {
        self.upper = upper
        self.lower = lower
    }

    /// All differences, folders before what is in them.
    package static func changes(upper: CInt, lower: CInt) throws(SandboxError) -> [Change] {
        var scan = LayerScan(upper: upper, lower: lower)
        try scan.folder(.root, upper: upper, lower: lower, isOpaque: false)
        scan.changes.sort { $0.path < $1.path }
        return scan.changes
    }

    /// - Parameter isOpaque: what the lower folder has and the upper one has not is deleted.
    private mutating func folder(
        _ path: TreePath, upper: CInt, lower: CInt?, isOpaque: Bool
    ) throws(SandboxError) {
        let names = try listing(upper, path)
        for name in names {
            try entry(path.appending(bytes(name)), name, upper: upper, lower: lower, isOpaque: isOpaque)
        }
        guard isOpaque, let lower else { return }
        let shown = Set(names)
        for name in try listing(lower, path) where !shown.contains(name) {
            try deletion(path.appending(bytes(name)), name, lower)
        }
    }

    private mutating func entry(
        _ path: TreePath, _ name: [CChar], upper: CInt, lower: CInt?, isOpaque: Bool
    ) throws(SandboxError) {
        let after = try reading(path) { () throws(Errno) in try entryStatus(at: upper, name) }
        if isWhiteout(after) {
            if let lower { try deletion(path, name, lower) }
            return
        }
        let entry = TreeEntry(after)
        let before: TreeEntry? =
            if let lower { try reading(path) { () throws(Errno) in try treeEntry(at: lower, name) } } else { nil }
        if entry.kind == .folder {
            try folderEntry(path, name, before, entry, upper: upper, lower: lower, isOpaque: isOpaque)
        } else {
            if let lower, before?.kind == .folder { try deletionsBelow(path, name, lower) }
            try fileEntry(path, name, before, entry, upper: upper, lower: lower)
        }
    }

    private mutating func folderEntry(
        _ path: TreePath, _ name: [CChar], _ before: TreeEntry?, _ after: TreeEntry, upper: CInt, lower: CInt?,
        isOpaque: Bool
    ) throws(SandboxError) {
        let inner = try open(path, name, upper)
        if before?.mode != after.mode || before?.kind != .folder || isChownedFolder(before, after) {
            changes.append(Change(path, before: before, after: after, contentDiffers: before?.kind != .folder))
        }
        guard let lower, before?.kind == .folder else {
            return try folder(path, upper: inner.raw, lower: nil, isOpaque: false)
        }
        let below = try open(path, name, lower)
        try folder(path, upper: inner.raw, lower: below.raw, isOpaque: isOpaque || isMarkedOpaque(inner.raw))
    }

    private func isChownedFolder(_ before: TreeEntry?, _ after: TreeEntry) -> Bool {
        before.map { !$0.hasOwner(of: after) } ?? false
    }

    private mutating func fileEntry(
        _ path: TreePath, _ name: [CChar], _ before: TreeEntry?, _ after: TreeEntry, upper: CInt, lower: CInt?
    ) throws(SandboxError) {
        guard let lower, let before, before.kind == after.kind else {
            changes.append(Change(path, before: before, after: after))
            return
        }
        let differs = try reading(path) { () throws(Errno) -> Bool in
            switch after.kind {
            case .file:
                if before.size != after.size { return true }
                return try !hasSameBytes(upper, lower, name)
            case .link: return try readLink(at: upper, name) != readLink(at: lower, name)
            case .folder, .special: return false
            }
        }
        let isSame = before.mode == after.mode && before.hasOwner(of: after)
        if differs || !(isSame || after.kind == .link) {
            changes.append(Change(path, before: before, after: after, contentDiffers: differs))
        }
    }

    /// A deleted name, and everything below it when it was a folder.
    private mutating func deletion(_ path: TreePath, _ name: [CChar], _ lower: CInt) throws(SandboxError) {
        guard let before = try reading(path, { () throws(Errno) in try treeEntry(at: lower, name) }) else { return }
        changes.append(Change(path, before: before, after: nil))
        if before.kind == .folder { try deletionsBelow(path, name, lower) }
    }

    private mutating func deletionsBelow(_ path: TreePath, _ name: [CChar], _ lower: CInt) throws(SandboxError) {
        let inner = try open(path, name, lower)
        for name in try listing(inner.raw, path) { try deletion(path.appending(bytes(name)), name, inner.raw) }
    }

    private func open(_ path: TreePath, _ name: [CChar], _ folder: CInt) throws(SandboxError) -> Descriptor {
        try reading(path) { () throws(Errno) in try openEntry(at: folder, name, O_RDONLY | O_DIRECTORY) }
    }

    private func listing(_ folder: CInt, _ path: TreePath) throws(SandboxError) -> [[CChar]] {
        try reading(path) { () throws(Errno) in try entryNames(folder) }
    }

    private func reading<Value: ~Copyable>(
        _ path: TreePath, _ body: () throws(Errno) -> Value
    ) throws(SandboxError) -> Value {
        do { return try body() } catch {
            throw SandboxError(
                error, "read \(path.isRoot ? "the changes" : path.quoted())",
                remedy: error == .tooManyOpenFiles ? "folders are nested too deeply: sandbox discard" : nil)
        }
    }
}

/// A name's bytes without the zero at its end.
func bytes(_ name: [CChar]) -> [UInt8] { name.dropLast().map { UInt8(bitPattern: $0) } }

/// The names in an open folder, each with a zero at its end; reads from the beginning.
func entryNames(_ folder: CInt) throws(Errno) -> [[CChar]] {
    var names: [[CChar]] = []
    try syscallRetrying(Int(SYS_lseek), Int(folder), 0, Int(SEEK_SET))
    try forEachEntry(of: folder) { (entry) throws(Errno) in
        names.append(Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1)))
    }
    return names
}

/// Whether an inode of an upper layer stands for a deletion.
func isWhiteout(_ status: stat) -> Bool { status.isCharacterDevice && status.st_rdev == 0 }

/// Whether a folder of an upper layer hides what is below it.
func isMarkedOpaque(_ folder: CInt) -> Bool {
    // ENODATA, or a file system without attributes: no mark.
    do { return try getAttribute(at: folder, nil, "user.overlay.opaque") == [0x79] } catch { return false }
}

/// Whether two files of the same size and name have the same bytes.
private func hasSameBytes(_ upper: CInt, _ lower: CInt, _ name: [CChar]) throws(Errno) -> Bool {
    let one = try openEntry(at: upper, name, O_RDONLY | O_NONBLOCK)
    let other = try openEntry(at: lower, name, O_RDONLY | O_NONBLOCK)
    return try hasSameBytes(one.raw, other.raw)
}

/// Compares two open files from their positions to their ends.
func hasSameBytes(_ one: CInt, _ other: CInt) throws(Errno) -> Bool {
    let size = 1 << 15
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: 64)
    defer { buffer.deallocate() }
    let (left, right) = (
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]),
        UnsafeMutableRawBufferPointer(rebasing: buffer[size...])
    )
    while true {
        let count = try readFully(one, left)
        guard try readFully(other, right) == count else { return false }
        if count == 0 { return true }
        if let a = left.baseAddress, let b = right.baseAddress, memcmp(a, b, count) != 0 { return false }
        if count < size { return true }
    }
}

/// Reads until the buffer is full or the file ends.
func readFully(_ file: CInt, _ buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    var done = 0
    while done < buffer.count {
        let count = try readBytes(file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
        if count == 0 { break }
        done += count
    }
    return done
}
