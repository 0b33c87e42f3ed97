import Diagnostics
import LinuxKernel
import RuntimeSpec

extension ImportSession {
    /// Feeds the worker with the blob's content, and reads the blob to its end.
    ///
    /// A worker that has stopped reading is no failure here: it says itself what is wrong.
    func pump(
        _ blob: inout BlobReader, into pipe: CInt, limit: UnpackLimits, _ before: Int64
    ) throws(SandboxError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        // Headers and padding come on top of the files' bytes.
        let most = limit.bytes.addingReportingOverflow(Int64(limit.entries) * 2048 + (64 << 20))
        while true {
            let count = try blob.read(into: buffer)
            if count == 0 { break }
            if !most.overflow, blob.produced > most.partialValue { throw UnpackLimits.tooLarge(limit.bytes) }
            do throws(Errno) {
                try writeAll(pipe, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } catch {
                if error == .brokenPipe { return }
                throw SandboxError(error, "feed the unpacking process")
            }
            progress(before + blob.consumed, totalBytes)
            flushEarly(report.bytes + blob.produced)
        }
        doneBytes = before + blob.consumed
    }

    func finish(
        _ worker: consuming RunningWorker, _ pumped: Result<Void, SandboxError>, _ folder: String,
        _ blob: consuming BlobReader
    ) throws(SandboxError) -> (stored: Digest, content: Digest) {
        if case .failure(let error) = pumped {
            worker.stop()
            throw error
        }
        let answer = try worker.finish()
        let layer: UnpackReport
        do throws(JSONFailure) { layer = try UnpackReport(json: answer) } catch { throw error.located() }
        report = report + layer
        try store.replace(folder + "/layer.json", layer.encoded(pretty: true))
        return blob.digests()
    }

    /// Waits until all that was unpacked is on the disk: a published layer must survive a power failure.
    func sync() throws(SandboxError) {
        endFlush()
        if fresh.isEmpty { return }
        try attempt("write the layers to the disk") { () throws(Errno) in
            let folder = try openPath(place.path, O_RDONLY | O_DIRECTORY)
            try syncFileSystem(folder.raw)
        }
    }

    /// Moves the layers to their places; those that another import has brought meanwhile stay. The store is locked.
    func publish() throws(SandboxError) {
        for layer in fresh {
            do throws(Errno) {
                try rename("\(place.path)/\(layer.hex)", to: nil, store.layerFolder(layer.hex), flags: 1)
            } catch {
                if error != .fileExists { throw SandboxError(error, "move layer \(layer.short) to its place") }
            }
        }
    }

    /// Who runs the image's command, by the image's own passwd(5) and group(5). Nil when it knows nobody of that name.
    func account(_ user: String, _ layers: [Digest]) throws(SandboxError) -> ImageAccount? {
        var trees: [CInt] = []
        defer { for tree in trees { Glibc.close(tree) } }
        for layer in layers.reversed() {
            let folder = fresh.contains(layer) ? "\(place.path)/\(layer.hex)/fs" : store.tree(of: layer.hex)
            trees.append(
                try attempt("open \(folder)") { () throws(Errno) in try openPath(folder, O_PATH | O_DIRECTORY).release()
                })
        }
        guard let top = trees.first else { return nil }
        let worker = try store.worker.start(in: top, keeping: trees) { (_) throws(SandboxError) in
            let tree = MergedTree(layers: trees)
            let files = AccountFiles(
                users: try tree.text("etc/passwd"), groups: try tree.text("etc/group"))
            return files.account(user)?.json ?? .null
        }
        let answer = try worker.finish()
        if answer == .null { return nil }
        do throws(JSONFailure) { return try ImageAccount(json: answer) } catch { throw error.located() }
    }
}

extension ImageStore {
    /// What was unpacked of a layer; nil when the store does not have it.
    func layerReport(_ hex: String) throws(SandboxError) -> UnpackReport? {
        let file = layerFolder(hex) + "/layer.json"
        let bytes: [UInt8]
        do throws(Errno) { bytes = try readFile(file) } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw SandboxError(error, "read \(file)")
        }
        return try within(file) { () throws(SandboxError) in try UnpackReport(decoding: bytes) }
    }
}
