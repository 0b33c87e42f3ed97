import Diagnostics
import LinuxKernel
import RuntimeSpec

/// One import: a folder in the store's `temp`, locked as long as it is worked in, and the layers unpacked there.
final class ImportSession {
    let store: ImageStore
    private let limits: UnpackLimits
    let progress: (Int64, Int64?) -> Void
    let place: TemporaryFolder
    /// Held shared while an import runs, so that nobody removes layers it counts on.
    private let use: CInt
    /// Of all layers unpacked here.
    var report = UnpackReport()
    private(set) var sharedLayers = 0
    private(set) var sharedBytes: Int64 = 0
    /// The image's layers, lowest first.
    private(set) var layers: [Digest] = []
    /// Those of them that lie in the session's folder.
    private(set) var fresh: [Digest] = []
    var doneBytes: Int64 = 0
    private(set) var totalBytes: Int64?
    private var flush: EarlyFlush?

    init(
        store: ImageStore, limits: UnpackLimits, progress: @escaping (Int64, Int64?) -> Void
    ) throws(SandboxError) {
        self.store = store
        self.limits = limits
        self.progress = progress
        use = try attempt("lock \(store.folder)") { () throws(Errno) in
            let file = try openPath(store.path("use"), O_RDWR | O_CREAT, mode: 0o600)
            try shareFile(file.raw)
            return file.release()
        }
        place = try TemporaryFolder(store: store)
    }

    /// Called with how much has been unpacked: from a size on, writing to the disk begins.
    func flushEarly(_ unpackedBytes: Int64) {
        guard flush == nil, unpackedBytes > EarlyFlush.leastBytes else { return }
        // Without it the end takes longer.
        do { flush = try EarlyFlush(place.path) } catch {}
    }

    func endFlush() { flush.take()?.stop() }

    /// Lets go of everything; what was not published is removed.
    func close() {
        endFlush()
        place.remove()
        Glibc.close(use)
    }

    func spool() throws(SandboxError) -> Descriptor {
        try attempt("make a file in \(place.path)") { () throws(Errno) in
            let file = try openPath(place.path + "/archive", O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            try LinuxKernel.remove(place.path + "/archive")
            return file
        }
    }

    /// Unpacks the layers that the store does not have.
    func bring(_ wanted: [ImageManifest.Layer], from descriptor: CInt, totalBytes: Int64?) throws(SandboxError) {
        self.totalBytes = totalBytes
        for (number, layer) in wanted.enumerated() {
            layers.append(layer.content)
            if fresh.contains(layer.content) { continue }
            if let known = try store.layerReport(layer.content.hex) {
                sharedLayers += 1
                sharedBytes += known.bytes
                doneBytes += layer.storedSize ?? 0
                continue
            }
            try within("layer \(number + 1) of \(wanted.count)") { () throws(SandboxError) in
                try bring(layer, from: descriptor)
            }
        }
    }

    private func bring(_ layer: ImageManifest.Layer, from descriptor: CInt) throws(SandboxError) {
        let made = "layer-\(fresh.count)"
        // A plain number: an optional descriptor was closed before its last use in optimized builds.
        var file: CInt = -1
        defer { if file >= 0 { Glibc.close(file) } }
        let reader: BlobReader
        switch layer.place {
        case .part(let offset, let length):
            reader = try BlobReader(ByteInput(part: descriptor, offset: offset, length: length))
        case .file(let name):
            file = try attempt("open \"\(name)\"") { () throws(Errno) in
                try openEntry(at: descriptor, path: name, O_RDONLY, resolve: .beneath).release()
            }
            reader = try BlobReader(ByteInput(stream: file))
        }
        let sums = try unpack(reader, into: made, needsEnd: false)
        if let stored = layer.stored, stored != sums.stored {
            throw SandboxError(
                .invalidInput, "the blob is damaged: its sum is \(sums.stored.text), the manifest says \(stored.text)")
        }
        if sums.content != layer.content {
            throw SandboxError(
                .invalidInput,
                "the content is damaged: its sum is \(sums.content.text), the configuration says \(layer.content.text)")
        }
        try keep(made, as: layer.content)
    }

    /// Unpacks a root filesystem; its sum.
    func bringTree(_ descriptor: CInt, ahead: [UInt8], totalBytes: Int64?) throws(SandboxError) -> Digest {
        self.totalBytes = totalBytes
        let reader = try BlobReader(ByteInput(stream: descriptor, ahead: ahead))
        let sums = try unpack(reader, into: "layer-0", needsEnd: true)
        layers = [sums.content]
        if try store.layerReport(sums.content.hex) != nil {
            sharedLayers = 1
        } else {
            try keep("layer-0", as: sums.content)
        }
        return sums.content
    }

    private func keep(_ made: String, as digest: Digest) throws(SandboxError) {
        try attempt("name the layer") { () throws(Errno) in
            try rename("\(place.path)/\(made)", to: nil, "\(place.path)/\(digest.hex)")
        }
        fresh.append(digest)
    }

    /// Decompresses here, unpacks in a worker; the sums of both of the blob's forms.
    private func unpack(
        _ blob: consuming BlobReader, into name: String, needsEnd: Bool
    ) throws(SandboxError) -> (stored: Digest, content: Digest) {
        let folder = "\(place.path)/\(name)"
        let tree = try attempt("make \(folder)") { () throws(Errno) in
            try makeDirectory(folder, mode: 0o700)
            try makeDirectory(folder + "/fs", mode: 0o755)
            return try openPath(folder + "/fs", O_RDONLY | O_DIRECTORY)
        }
        var left = limits
        left.entries -= report.entries
        left.bytes -= report.bytes
        let pipe = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        // More than the default 64 KiB spares switches between the two processes; a refusal costs only those.
        do { try syscallRetrying(Int(SYS_fcntl), Int(pipe.writing.raw), Int(F_SETPIPE_SZ), 1 << 20) } catch {}
        let input = pipe.reading.raw
        let worker = try store.worker.start(in: tree.raw, keeping: [input]) { (place) throws(SandboxError) in
            var reader = TarReader(input, needsEnd: needsEnd)
            var unpacker = try Unpacker(users: place.users, groups: place.groups)
            try unpacker.unpack(&reader, limits: left)
            // Zeros alone are a whole archive, too; nobody means that for a root filesystem.
            if needsEnd, unpacker.report.entries == 0 {
                throw SandboxError(.invalidInput, "the archive holds no files")
            }
            try reader.drain()
            return unpacker.report.json
        }
        let writing = pipe.takeWriting()
        let before = doneBytes
        let pumped: Result<Void, SandboxError>
        do throws(SandboxError) {
            try pump(&blob, into: writing.raw, limit: left, before)
            pumped = .success(())
        } catch { pumped = .failure(error) }
        Glibc.close(writing.release())
        return try finish(worker, pumped, folder, blob)
    }
}
