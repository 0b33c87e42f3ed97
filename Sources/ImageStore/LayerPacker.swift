import Diagnostics
import LinuxKernel
import OverlayModel

/// Writes a layer's tree as the archive it could have come from: members sorted, whiteouts by name, so that the same tree
/// always gives the same bytes.
///
/// Runs where an `Unpacker` does, with the tree as its root.
struct LayerPacker: ~Copyable {
    private var writer: TarWriter
    private let root: Descriptor
    /// The first name of files that have several.
    private var linked: [Identity: [UInt8]] = [:]

    private struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// What remains to be written, the next at the end.
    private var waiting: [[UInt8]] = []

    init(_ output: CInt) throws(SandboxError) {
        let root = try attempt("open the layer's folder") { () throws(Errno) in
            try openPath("/", O_RDONLY | O_DIRECTORY)
        }
        self.root = root
        writer = TarWriter(output)
    }

    mutating func pack() throws(SandboxError) {
        waiting = [[]]
        while let path = waiting.popLast() {
            do throws(Errno) { try add(path) } catch {
                throw SandboxError(error, path.isEmpty ? "write the layer" : "write \"\(shown(path))\"")
            }
        }
        try attempt("write the layer") { () throws(Errno) in try writer.finish() }
    }

    private func name(_ path: [UInt8]) -> [CChar] {
        path.isEmpty ? [0x2E, 0] : path.map { CChar(bitPattern: $0) } + [0]
    }

    private mutating func add(_ path: [UInt8]) throws(Errno) {
        let place = try openEntry(
            at: root.raw, path: name(path), O_PATH | O_NOFOLLOW, resolve: [.beneath, .noMagicLinks])
        let status = try descriptorStatus(place.raw)
        var entry = TarEntry()
        entry.path = path.isEmpty ? Array("./".utf8) : path
        entry.mode = status.st_mode & 0o7777
        entry.uid = Int64(status.st_uid)
        entry.gid = Int64(status.st_gid)
        entry.modified = status.st_mtim
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try addFolder(path, &entry)
        case S_IFREG: try addFile(path, &entry, status)
        case S_IFLNK:
            entry.kind = .symbolicLink
            entry.target = try linkTarget(place.raw)
            try writer.add(entry)
        case S_IFIFO:
            entry.kind = .fifo
            try writer.add(entry)
        case S_IFCHR where status.st_rdev == 0:
            let parts = path.split(separator: 0x2F)
            entry = TarEntry()
            entry.path = Array(
                (parts.dropLast() + [Array(".wh.".utf8)[...] + (parts.last ?? [])]).joined(separator: [0x2F]))
            try writer.add(entry)
        default: break  // no unpacker makes anything else
        }
    }

    private func linkTarget(_ link: CInt) throws(Errno) -> [UInt8] {
        var empty: CChar = 0
        return try withUnsafePointer(to: &empty) { (empty) throws(Errno) in try readLink(at: link, empty) }
    }

    private mutating func addFolder(_ path: [UInt8], _ entry: inout TarEntry) throws(Errno) {
        let folder = try openEntry(at: root.raw, path: name(path), O_RDONLY | O_DIRECTORY, resolve: .beneath)
        let isOpaque = try readAttributes(folder.raw, &entry)
        entry.kind = .folder
        if !path.isEmpty { entry.path = path + [0x2F] }
        try writer.add(entry)
        let prefix = path.isEmpty ? [] : path + [0x2F]
        if isOpaque {
            var marker = TarEntry()
            marker.path = prefix + Array(".wh..wh..opq".utf8)
            try writer.add(marker)
        }
        var names: [[UInt8]] = []
        try forEachEntry(of: folder.raw) { found in
            names.append(
                UnsafeBufferPointer(start: found.name, count: strlen(found.name)).map { UInt8(bitPattern: $0) })
        }
        names.sort { $1.lexicographicallyPrecedes($0) }
        waiting += names.map { prefix + $0 }
    }

    private mutating func addFile(_ path: [UInt8], _ entry: inout TarEntry, _ status: stat) throws(Errno) {
        if status.st_nlink > 1 {
            let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            if let first = linked[identity] {
                entry.kind = .hardLink
                entry.target = first
                return try writer.add(entry)
            }
            linked[identity] = path
        }
        let file = try openEntry(at: root.raw, path: name(path), O_RDONLY, resolve: .beneath)
        _ = try readAttributes(file.raw, &entry)
        entry.size = Int64(status.st_size)
        try writer.add(entry)
        var rest = entry.size
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        while rest > 0 {
            let count = try readBytes(file.raw, into: &chunk)
            // A layer does not change; if it has become shorter, the disk is damaged.
            if count == 0 { throw .ioError }
            try writer.write(chunk[..<Int(min(Int64(count), rest))])
            rest -= Int64(count)
        }
        try writer.endContent(entry.size)
    }

    /// Fills in the attributes as a guest sees them; whether the overlay's own say that the folder is opaque.
    private func readAttributes(_ file: CInt, _ entry: inout TarEntry) throws(Errno) -> Bool {
        var isOpaque = false
        let names = try listAttributes(of: file).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        for stored in names.sorted() {
            if stored == "user.overlay.opaque" { isOpaque = true }
            guard let name = AttributeName.shown(stored), name.hasPrefix("user.") || name == "security.capability"
            else { continue }
            entry.attributes.append(
                TarEntry.Attribute(name: Array(name.utf8), value: try getAttribute(of: file, stored)))
        }
        return isOpaque
    }
}
