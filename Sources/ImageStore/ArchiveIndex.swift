import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Where a blob lies.
enum BlobPlace: Equatable, Sendable {
    /// A file of a folder.
    case file(String)
    /// A part of the archive.
    case part(offset: Int64, length: Int64)
}

/// The files of an image's archive or folder, by name.
struct ArchiveIndex {
    /// The archive's descriptor, or that of the folder.
    let descriptor: CInt
    private var members: [String: Member] = [:]
    private let isFolder: Bool

    private enum Member {
        case content(offset: Int64, length: Int64)
        case link(String)
    }

    /// A folder; its files are looked up when they are asked for.
    init(folder descriptor: CInt) {
        self.descriptor = descriptor
        isFolder = true
    }

    /// An uncompressed tar archive in a file, which is read through once.
    init(archive descriptor: CInt) throws(SandboxError) {
        self.descriptor = descriptor
        isFolder = false
        _ = try attempt("read the archive") { () throws(Errno) in try seek(descriptor, to: 0) }
        var reader = TarReader(descriptor, canSeek: true, needsEnd: true)
        while let entry = try reader.next(limit: 1_000_000) {
            let names = entry.path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
            guard let name = String(validating: names.joined(separator: [UInt8(ascii: "/")]), as: UTF8.self) else {
                continue  // no blob is called so
            }
            switch entry.kind {
            case .file where entry.extents == nil:
                members[name] = .content(offset: reader.contentOffset, length: entry.storedSize)
            case .symbolicLink:
                members[name] = .link(ArchiveIndex.target(shown(entry.target), of: name))
            case .hardLink: members[name] = .link(shown(entry.target))
            case .file, .folder, .characterDevice, .blockDevice, .fifo: continue
            }
        }
    }

    /// A link's target as a name of the archive: `../X/layer.tar` seen from `Y/layer.tar`.
    private static func target(_ target: String, of name: String) -> String {
        var names = name.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": if !names.isEmpty { names.removeLast() }
            default: names.append(String(part))
            }
        }
        return names.joined(separator: "/")
    }

    func has(_ name: String) -> Bool {
        if !isFolder { return members[name] != nil }
        do {
            _ = try openEntry(at: descriptor, path: name, O_PATH, resolve: .beneath)
            return true
        } catch { return false }
    }

    /// Where a file lies; links of an archive are followed.
    func place(_ name: String) throws(SandboxError) -> BlobPlace {
        if isFolder { return .file(name) }
        var name = name
        for _ in 0..<8 {
            switch members[name] {
            case .content(let offset, let length): return .part(offset: offset, length: length)
            case .link(let target): name = target
            case nil:
                throw SandboxError(.invalidInput, "the archive names \"\(name)\" and does not hold it")
            }
        }
        throw SandboxError(.invalidInput, "the archive's links for \"\(name)\" lead in a circle")
    }

    /// The whole of a small file.
    func read(_ name: String) throws(SandboxError) -> [UInt8] {
        // Manifests and configurations have some kilobytes; the limit is what registries take.
        let limit = 4 << 20
        switch try place(name) {
        case .file:
            return try attempt("read \"\(name)\"") { () throws(Errno) in
                let file = try openEntry(at: descriptor, path: name, O_RDONLY, resolve: .beneath)
                return try readAll(file.raw, limit: limit)
            }
        case .part(let offset, let length):
            if length > limit { throw SandboxError(.invalidInput, "\"\(name)\": a document of \(length) bytes") }
            var bytes = [UInt8](repeating: 0, count: Int(length))
            var input = ByteInput(part: descriptor, offset: offset, length: length)
            var done = 0
            while done < bytes.count {
                done += try bytes.withUnsafeMutableBufferPointer { (buffer) throws(SandboxError) in
                    try input.read(
                        into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[done...])))
                }
            }
            return bytes
        }
    }
}
