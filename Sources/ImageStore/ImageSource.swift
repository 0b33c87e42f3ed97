import Diagnostics
import LinuxKernel

/// What `import` was given, opened.
struct ImageSource: ~Copyable {
    enum Content {
        /// An image with its manifest; blobs are parts of `descriptor`, or files below it.
        case image(ImageManifest)
        /// A root filesystem as a tar archive: `ahead`, and then what the descriptor gives.
        case tree(ahead: [UInt8])
    }

    let descriptor: Descriptor
    let content: Content
    /// Bytes to read in all, when that is known.
    let totalBytes: Int64?

    /// Opens a folder, an archive or, with `-`, standard input.
    ///
    /// - Parameter spool: makes a file without a name in the store, for archives that can only be read in order.
    static func open(
        _ path: String, select: String?, limits: UnpackLimits, spool: () throws(SandboxError) -> Descriptor
    ) throws(SandboxError) -> ImageSource {
        let file = try attempt(path == "-" ? "read standard input" : "open \"\(path)\"") { () throws(Errno) in
            if path != "-" { return try openPath(path, O_RDONLY) }
            return Descriptor(owning: CInt(try syscallRetrying(Int(SYS_fcntl), 0, Int(F_DUPFD_CLOEXEC), 3)))
        }
        let status = try attempt("look at \"\(path)\"") { () throws(Errno) in try descriptorStatus(file.raw) }
        if status.isDirectory { return try openFolder(file, path, select) }
        let ahead: [UInt8]
        do {
            var input = ByteInput(stream: file.raw)
            ahead = Array(try input.peek(16384))
        }
        if ahead.isEmpty { throw SandboxError(.invalidInput, "the archive is empty") }
        let size = status.isRegular ? Int64(status.st_size) : nil
        if !looksLikeImage(try BlobReader.beginning(of: ahead)[...]) {
            return ImageSource(descriptor: file, content: .tree(ahead: ahead), totalBytes: size)
        }
        if status.isRegular, try Compression(magic: ahead.prefix(6)) == .none { return try openArchive(file, select) }
        let copy = try spool()
        try ImageSource.copy(BlobReader(ByteInput(stream: file.raw, ahead: ahead)), to: copy.raw, limits.bytes)
        return try openArchive(copy, select)
    }

    private static func openFolder(
        _ folder: consuming Descriptor, _ path: String, _ select: String?
    ) throws(SandboxError) -> ImageSource {
        let index = ArchiveIndex(folder: folder.raw)
        guard let manifest = try ImageManifest.find(in: index, select: select) else {
            throw SandboxError(
                .invalidInput, "\"\(path)\": not an OCI layout, index.json or oci-layout is missing",
                remedy: "a root filesystem is imported by: tar -C DIR -c . | sandbox image import - --name NAME")
        }
        return ImageSource(descriptor: folder, content: .image(manifest), totalBytes: total(manifest))
    }

    private static func total(_ manifest: ImageManifest) -> Int64? {
        manifest.layers.reduce(Int64?.some(0)) { sum, layer in
            guard let sum else { return nil }
            if let size = layer.storedSize { return sum &+ size }
            if case .part(_, let length) = layer.place { return sum &+ length }
            return nil
        }
    }

    private static func copy(
        _ reader: consuming BlobReader, to copy: CInt, _ limit: Int64
    ) throws(SandboxError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = try reader.read(into: buffer)
            if count == 0 { return }
            if reader.produced > limit { throw UnpackLimits.tooLarge(limit) }
            try attempt("copy the archive into the store") { () throws(Errno) in
                try writeAll(copy, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private static func openArchive(_ file: consuming Descriptor, _ select: String?) throws(SandboxError) -> ImageSource
    {
        let index = try ArchiveIndex(archive: file.raw)
        if let manifest = try ImageManifest.find(in: index, select: select) {
            return ImageSource(descriptor: file, content: .image(manifest), totalBytes: total(manifest))
        }
        // Some tree with a name like an image's at its beginning.
        let size = try attempt("read the archive") { () throws(Errno) in
            try seek(file.raw, to: 0)
            return try descriptorStatus(file.raw).st_size
        }
        return ImageSource(descriptor: file, content: .tree(ahead: []), totalBytes: Int64(size))
    }

    /// Whether an archive's first member is called like a part of an image: a sum, or one of the formats' own names.
    static func looksLikeImage(_ beginning: ArraySlice<UInt8>) -> Bool {
        for start in stride(from: beginning.startIndex, to: beginning.endIndex, by: 512) {
            let name = beginning[start..<min(start + 100, beginning.endIndex)].prefix { $0 != 0 }
            let parts = name.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
            guard let first = parts.first else {
                if name.isEmpty { return false }
                continue  // the folder itself
            }
            let text = shown(first)
            let sum = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
            return ["manifest.json", "repositories", "index.json", "oci-layout", "blobs"].contains(text)
                || Digest(hex: String(sum.prefix(64))) != nil
        }
        return false
    }
}

extension UnpackLimits {
    static func tooLarge(_ limit: Int64) -> SandboxError {
        SandboxError(.refused, "the archive unpacks to more than \(limit) bytes", remedy: "--max-size SIZE allows more")
    }
}
