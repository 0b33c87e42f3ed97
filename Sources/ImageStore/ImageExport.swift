import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Hands an image out in a form that other tools read.
///
/// A layer's archive is written anew from its tree, so its sum, and the image's id, are others than those of the archive
/// it came from; exporting twice gives the same bytes.
package struct ImageExport {
    package enum Format: String, CaseIterable, Sendable {
        case oci
        case ociFolder = "oci-dir"
        case docker
    }

    package let store: ImageStore
    package var format = Format.oci
    package var progress: (_ done: Int64, _ total: Int64?) -> Void = { _, _ in }

    package init(store: ImageStore) { self.store = store }

    private struct Blob {
        var digest: Digest
        var size: Int64
        var path: String
    }

    /// Writes the image to an open file, or as an OCI layout into a new folder.
    ///
    /// - Parameter names: what it is called in there.
    package func run(
        _ id: String, names: [String], to output: CInt?, folder: String?
    ) throws(SandboxError) {
        let held = try store.hold(id)
        let record = try store.record(id)
        try store.withTemporaryFolder { (temporary) throws(SandboxError) in
            var layers: [Blob] = []
            var done: Int64 = 0
            for (number, layer) in record.layers.enumerated() {
                let path = "\(temporary)/\(number)"
                layers.append(try pack(layer, to: path, &done, record.sizeBytes))
            }
            let configuration = try ImageExport.configuration(store.configuration(id), layers.map(\.digest))
            switch format {
            case .docker: try writeDocker(output, names, configuration, layers)
            case .oci: try writeOCI(output, names, configuration, layers)
            case .ociFolder: try writeFolder(folder ?? "", names, configuration, layers)
            }
        }
        _ = held.raw  // in use until here
    }

    /// Lets a worker write the layer's archive, and takes its sum on the way to the file.
    private func pack(
        _ layer: String, to path: String, _ done: inout Int64, _ total: Int64
    ) throws(SandboxError) -> Blob {
        let tree = try attempt("open layer \(layer.prefix(12))") { () throws(Errno) in
            try openPath(store.tree(of: layer), O_RDONLY | O_DIRECTORY)
        }
        let pipe = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let output = pipe.writing.raw
        let worker = try store.worker.start(in: tree.raw, keeping: [output]) { (_) throws(SandboxError) in
            var packer = try LayerPacker(output)
            try packer.pack()
            return .null
        }
        let input = pipe.takeReading()
        var sum = SHA256()
        var size: Int64 = 0
        do throws(Errno) {
            let file = try openPath(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
            defer { buffer.deallocate() }
            while true {
                let count = try readBytes(input.raw, into: buffer)
                if count == 0 { break }
                let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                sum.update(part)
                try writeAll(file.raw, part)
                size += Int64(count)
                progress(done + size, total)
            }
        } catch {
            worker.stop()
            throw SandboxError(error, "write layer \(layer.prefix(12))")
        }
        _ = try worker.finish()
        done += size
        return Blob(digest: sum.digest(), size: size, path: path)
    }

    /// The configuration with the sums of the layers as they are written.
    private static func configuration(_ bytes: [UInt8], _ layers: [Digest]) throws(SandboxError) -> [UInt8] {
        guard case .object(var members) = try JSON(parsing: bytes) else { return bytes }
        let tree = JSON.object([
            JSON.Member("type", .string("layers")), JSON.Member("diff_ids", layers.map(\.text).json),
        ])
        for index in members.indices where members[index].key == "rootfs" { members[index].value = tree }
        return JSON.object(members).encoded()
    }

    /// A name with a tag, as docker wants it.
    private static func tagged(_ name: String) -> String {
        (name.split(separator: "/").last ?? "").contains(":") ? name : name + ":latest"
    }

    private func writeDocker(
        _ output: CInt?, _ names: [String], _ configuration: [UInt8], _ layers: [Blob]
    ) throws(SandboxError) {
        let manifest = JSON.array([
            .object([
                JSON.Member("Config", .string("\(SHA256.of(configuration).hex).json")),
                JSON.Member("RepoTags", names.map(ImageExport.tagged).json),
                JSON.Member("Layers", layers.map { "\($0.digest.hex).tar" }.json),
            ])
        ])
        try attempt("write the archive") { () throws(Errno) in
            var writer = TarWriter(output ?? -1)
            var written: Set<Digest> = []
            for layer in layers where written.insert(layer.digest).inserted {
                try ImageExport.add(layer, as: "\(layer.digest.hex).tar", to: &writer)
            }
            try writer.add(file: "\(SHA256.of(configuration).hex).json", configuration)
            try writer.add(file: "manifest.json", manifest.encoded())
            try writer.finish()
        }
    }

    private static func add(_ blob: Blob, as name: String, to writer: inout TarWriter) throws(Errno) {
        var entry = TarEntry()
        entry.path = Array(name.utf8)
        entry.size = blob.size
        try writer.add(entry)
        let file = try openPath(blob.path, O_RDONLY)
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = try readBytes(file.raw, into: &chunk)
            if count == 0 { break }
            try writer.write(chunk[..<count])
        }
        try writer.endContent(blob.size)
    }

    /// `oci-layout`, `index.json`, and the manifest.
    private func documents(
        _ names: [String], _ configuration: [UInt8], _ layers: [Blob]
    ) -> (manifest: [UInt8], index: [UInt8]) {
        func descriptor(_ type: String, _ digest: Digest, _ size: Int64, _ more: [JSON.Member] = []) -> JSON {
            .object(
                [
                    JSON.Member("mediaType", .string("application/vnd.oci.image.\(type)")),
                    JSON.Member("digest", .string(digest.text)), JSON.Member("size", .integer(size)),
                ] + more)
        }
        let manifest = JSON.object([
            JSON.Member("schemaVersion", .integer(2)),
            JSON.Member("mediaType", .string("application/vnd.oci.image.manifest.v1+json")),
            JSON.Member(
                "config", descriptor("config.v1+json", SHA256.of(configuration), Int64(configuration.count))),
            JSON.Member("layers", .array(layers.map { descriptor("layer.v1.tar", $0.digest, $0.size) })),
        ]).encoded()
        let entries = (names.isEmpty ? [nil] : names.map(Optional.some)).map { name in
            descriptor(
                "manifest.v1+json", SHA256.of(manifest), Int64(manifest.count),
                name.map { name in
                    [
                        JSON.Member(
                            "annotations",
                            .object([JSON.Member("org.opencontainers.image.ref.name", .string(name))]))
                    ]
                } ?? [])
        }
        let index = JSON.object([
            JSON.Member("schemaVersion", .integer(2)),
            JSON.Member("mediaType", .string("application/vnd.oci.image.index.v1+json")),
            JSON.Member("manifests", .array(entries)),
        ]).encoded()
        return (manifest, index)
    }

    private static let layout = Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)

    private func writeOCI(
        _ output: CInt?, _ names: [String], _ configuration: [UInt8], _ layers: [Blob]
    ) throws(SandboxError) {
        let (manifest, index) = documents(names, configuration, layers)
        try attempt("write the archive") { () throws(Errno) in
            var writer = TarWriter(output ?? -1)
            try writer.add(file: "oci-layout", ImageExport.layout)
            try writer.add(file: "index.json", index)
            try writer.add(folder: "blobs/")
            try writer.add(folder: "blobs/sha256/")
            for document in [manifest, configuration] {
                try writer.add(file: OCILayout.path(SHA256.of(document)), document)
            }
            var written: Set<Digest> = []
            for layer in layers where written.insert(layer.digest).inserted {
                try ImageExport.add(layer, as: OCILayout.path(layer.digest), to: &writer)
            }
            try writer.finish()
        }
    }

    private func writeFolder(
        _ folder: String, _ names: [String], _ configuration: [UInt8], _ layers: [Blob]
    ) throws(SandboxError) {
        let (manifest, index) = documents(names, configuration, layers)
        try attempt("write \(folder)") { () throws(Errno) in
            for path in [folder, folder + "/blobs", folder + "/blobs/sha256"] { try makeDirectory(path) }
            func put(_ bytes: [UInt8], _ name: String) throws(Errno) {
                let file = try openPath("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
                try writeAll(file.raw, bytes)
            }
            for layer in layers {
                let source = try openPath(layer.path, O_RDONLY)
                let target = try openPath(
                    "\(folder)/\(OCILayout.path(layer.digest))", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
                var chunk = [UInt8](repeating: 0, count: 1 << 17)
                while true {
                    let count = try readBytes(source.raw, into: &chunk)
                    if count == 0 { break }
                    try writeAll(target.raw, Array(chunk[..<count]))
                }
            }
            for document in [manifest, configuration] { try put(document, OCILayout.path(SHA256.of(document))) }
            try put(ImageExport.layout, "oci-layout")
            try put(index, "index.json")
        }
    }
}
