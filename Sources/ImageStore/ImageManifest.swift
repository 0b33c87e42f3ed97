import Diagnostics
import RuntimeSpec

/// An image that was found in an archive or folder, its blobs not read yet.
struct ImageManifest: Equatable, Sendable {
    struct Layer: Equatable, Sendable {
        var place: BlobPlace
        /// What the manifest says of the blob as stored; nil where the format says nothing.
        var stored: Digest?
        var storedSize: Int64?
        /// What the configuration says of the uncompressed layer.
        var content: Digest
    }

    var configuration: [UInt8]
    var id: Digest
    /// Lowest first.
    var layers: [Layer]
    /// How the archive calls it.
    var names: [String]
}

extension ImageManifest {
    /// Puts a configuration and its layers' places together.
    init(
        configuration: [UInt8], expected: Digest?, blobs: [(place: BlobPlace, stored: Digest?, size: Int64?)],
        names: [String]
    ) throws(SandboxError) {
        let id = SHA256.of(configuration)
        if let expected, expected != id {
            throw SandboxError(
                .invalidInput, "the image's configuration is damaged: its sum is \(id.text), not \(expected.text)")
        }
        let config = try ImageConfig(configuration)
        if config.layers.count != blobs.count {
            throw SandboxError(
                .invalidInput,
                "the manifest has \(blobs.count) layers and the configuration's rootfs.diff_ids \(config.layers.count)")
        }
        if blobs.isEmpty { throw SandboxError(.invalidInput, "the image has no layers") }
        if blobs.count > 500 {
            throw SandboxError(.invalidInput, "the image has \(blobs.count) layers; 500 are the most")
        }
        self.configuration = configuration
        self.id = id
        self.names = names
        layers = zip(blobs, config.layers).map { blob, content in
            Layer(place: blob.place, stored: blob.stored, storedSize: blob.size, content: content)
        }
    }

    /// Reads whatever kind of image the index holds; nil when it is none.
    ///
    /// - Parameter select: the name of one of several images.
    static func find(in index: ArchiveIndex, select: String?) throws(SandboxError) -> ImageManifest? {
        if index.has("index.json"), index.has("oci-layout") {
            return try within("OCI layout") { () throws(SandboxError) in
                try OCILayout(index: index, select: select).manifest()
            }
        }
        if index.has("manifest.json") {
            return try within("docker archive") { () throws(SandboxError) in
                try dockerArchive(index, select: select)
            }
        }
        return nil
    }

    /// How manifest.json calls the image with a configuration, in archives that are an OCI layout as well.
    static func dockerTags(_ index: ArchiveIndex, _ configuration: String) throws(SandboxError) -> [String] {
        guard index.has("manifest.json") else { return [] }
        let json = try within("manifest.json") { () throws(SandboxError) in
            try JSON(parsing: index.read("manifest.json"))
        }
        guard case .array(let images) = json else { return [] }
        let image = images.first { $0["Config"] == .string(configuration) }
        return image.flatMap { strings($0["RepoTags"]) } ?? []
    }

    static func several(_ names: [String]) -> SandboxError {
        let known = names.isEmpty ? "" : ": " + names.prefix(8).joined(separator: ", ")
        return SandboxError(.invalidInput, "it holds several images\(known)", remedy: "--select NAME takes one")
    }

    static func missing(_ name: String, _ names: [String]) -> SandboxError {
        SandboxError(
            .notFound, "--select \"\(name)\": no such image in it",
            remedy: names.isEmpty ? nil : "it holds \(names.prefix(8).joined(separator: ", "))")
    }

    /// `docker save`'s own format: manifest.json lists configurations, tags and layers' files.
    private static func dockerArchive(_ index: ArchiveIndex, select: String?) throws(SandboxError) -> ImageManifest {
        let json = try within("manifest.json") { () throws(SandboxError) in
            try JSON(parsing: index.read("manifest.json"))
        }
        guard case .array(let images) = json, !images.isEmpty else {
            throw SandboxError(.invalidInput, "manifest.json: expected an array of images")
        }
        let tags = images.map { strings($0["RepoTags"]) ?? [] }
        var chosen = 0
        if let select {
            guard let found = tags.firstIndex(where: { $0.contains(select) }) else {
                throw missing(select, tags.flatMap { $0 })
            }
            chosen = found
        } else if images.count > 1 {
            throw several(tags.flatMap { $0 })
        }
        guard case .string(let config)? = images[chosen]["Config"], let layers = strings(images[chosen]["Layers"])
        else { throw SandboxError(.invalidInput, "manifest.json: [\(chosen)]: Config or Layers is missing") }
        var blobs: [(place: BlobPlace, stored: Digest?, size: Int64?)] = []
        for name in layers { blobs.append((try index.place(name), nil, nil)) }
        return try ImageManifest(
            configuration: index.read(config), expected: digest(inName: config), blobs: blobs,
            names: select.map { [$0] } ?? tags[chosen])
    }

    /// `SUM.json` and `blobs/sha256/SUM` say what they must hold.
    private static func digest(inName name: String) -> Digest? {
        let last = name.split(separator: "/").last ?? ""
        return Digest(hex: String(last.hasSuffix(".json") ? last.dropLast(5) : last))
    }

    static func strings(_ json: JSON?) -> [String]? {
        guard case .array(let elements)? = json else { return nil }
        let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
        return texts.count == elements.count ? texts : nil
    }
}
