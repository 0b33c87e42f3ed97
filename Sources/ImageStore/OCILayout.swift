import Diagnostics
import RuntimeSpec

/// An OCI image layout (image-spec, image-layout.md): `index.json` and blobs by their sums.
struct OCILayout {
    let index: ArchiveIndex
    let select: String?

    /// What one entry of an index says.
    private struct Descriptor {
        var digest: Digest
        var size: Int64
        var mediaType: String
        var platform: JSON?
        /// What the image can be selected by; the first is the whole name where there is one.
        var names: [String]
    }

    private static let indexTypes = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
    private static let manifestTypes = [
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ]

    func manifest() throws(SandboxError) -> ImageManifest {
        let layout = try within("oci-layout") { () throws(SandboxError) in try JSON(parsing: index.read("oci-layout")) }
        guard case .string(let version)? = layout["imageLayoutVersion"], version.hasPrefix("1.") else {
            throw SandboxError(.unsupported, "oci-layout: imageLayoutVersion is not 1")
        }
        let top = try within("index.json") { () throws(SandboxError) in try JSON(parsing: index.read("index.json")) }
        var all: [Descriptor] = []
        for (number, entry) in try entries(top, "index.json").enumerated() {
            all.append(try descriptor(entry, "index.json: manifests[\(number)]"))
        }
        let images = all.filter {
            OCILayout.indexTypes.contains($0.mediaType) || OCILayout.manifestTypes.contains($0.mediaType)
        }
        return try read(choose(images), depth: 0)
    }

    /// The selected entry; else the only one, or the only one for this machine.
    private func choose(_ images: [Descriptor]) throws(SandboxError) -> Descriptor {
        let names = images.flatMap(\.names)
        if let select {
            guard let found = images.first(where: { $0.names.contains(select) }) else {
                throw ImageManifest.missing(select, names)
            }
            return found
        }
        if images.count == 1 { return images[0] }
        let fitting = images.filter { fits($0.platform) && $0.platform != nil }
        let isOneImage = Set(images.map(\.names)).count == 1
        if isOneImage, let first = fitting.first { return first }
        if images.isEmpty { throw SandboxError(.invalidInput, "index.json lists no image") }
        throw ImageManifest.several(names)
    }

    private func fits(_ platform: JSON?) -> Bool {
        guard let platform else { return true }
        func text(_ key: String) -> String? { if case .string(let text)? = platform[key] { text } else { nil } }
        return text("os") ?? "linux" == "linux" && text("architecture") == ImageConfig.hostArchitecture
    }

    private func read(_ entry: Descriptor, depth: Int) throws(SandboxError) -> ImageManifest {
        let document = try blob(entry)
        if OCILayout.manifestTypes.contains(entry.mediaType) {
            return try manifest(document, Array(entry.names.prefix(1)))
        }
        guard depth < 4 else { throw SandboxError(.invalidInput, "an index in an index in an index, too deep") }
        var images: [Descriptor] = []
        for (number, part) in try entries(document, entry.digest.text).enumerated() {
            var image = try descriptor(part, "\(entry.digest.text): manifests[\(number)]")
            image.names = entry.names
            images.append(image)
        }
        guard let image = images.first(where: { fits($0.platform) }) else {
            throw SandboxError(
                .notFound, "the image is not there for \(ImageConfig.hostArchitecture)")
        }
        return try read(image, depth: depth + 1)
    }

    private func manifest(_ document: JSON, _ names: [String]) throws(SandboxError) -> ImageManifest {
        guard let config = document["config"] else { throw SandboxError(.invalidInput, "manifest: config: missing") }
        guard case .array(let layers)? = document["layers"] else {
            throw SandboxError(.invalidInput, "manifest: layers: expected an array")
        }
        let configuration = try descriptor(config, "manifest: config")
        let tags = try ImageManifest.dockerTags(index, OCILayout.path(configuration.digest))
        var blobs: [(place: BlobPlace, stored: Digest?, size: Int64?)] = []
        for (number, layer) in layers.enumerated() {
            let entry = try descriptor(layer, "manifest: layers[\(number)]")
            if entry.mediaType.contains("encrypted") {
                throw SandboxError(.unsupported, "manifest: layers[\(number)]: the layer is encrypted")
            }
            blobs.append((try index.place(OCILayout.path(entry.digest)), entry.digest, entry.size))
        }
        return try ImageManifest(
            configuration: index.read(OCILayout.path(configuration.digest)), expected: configuration.digest,
            blobs: blobs, names: tags.isEmpty ? names : tags)
    }

    /// A document, checked against the sum it is called by.
    private func blob(_ entry: Descriptor) throws(SandboxError) -> JSON {
        let bytes = try index.read(OCILayout.path(entry.digest))
        let sum = SHA256.of(bytes)
        if sum != entry.digest {
            throw SandboxError(.invalidInput, "blob \(entry.digest.text) is damaged: its sum is \(sum.text)")
        }
        return try within("blob \(entry.digest.text)") { () throws(SandboxError) in try JSON(parsing: bytes) }
    }

    static func path(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

    private func entries(_ json: JSON, _ place: String) throws(SandboxError) -> [JSON] {
        guard case .array(let entries)? = json["manifests"] else {
            throw SandboxError(.invalidInput, "\(place): manifests: expected an array")
        }
        return entries
    }

    private func descriptor(_ json: JSON, _ place: String) throws(SandboxError) -> Descriptor {
        func text(_ key: String) -> String? { if case .string(let text)? = json[key] { text } else { nil } }
        guard let digest = text("digest") else { throw SandboxError(.invalidInput, "\(place): digest: missing") }
        guard case .number(let literal)? = json["size"], let size = Int64(literal), size >= 0 else {
            throw SandboxError(.invalidInput, "\(place): size: expected a number of bytes")
        }
        var names: [String] = []
        for key in ["io.containerd.image.name", "org.opencontainers.image.ref.name"] {
            if case .string(let name)? = json["annotations"]?[key] { names.append(name) }
        }
        return Descriptor(
            digest: try Digest(digest, at: "\(place): digest"), size: size,
            mediaType: text("mediaType") ?? OCILayout.manifestTypes[0],
            platform: json["platform"], names: names)
    }
}
