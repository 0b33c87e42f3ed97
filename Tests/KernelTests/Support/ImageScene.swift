import Foundation

/// A scene with a store of images, and images made by hand.
final class ImageScene {
    let scene: Scene
    var store: String { scene.home + "/.local/share/sandbox/images" }

    init(_ caller: Caller) throws { scene = try Scene(caller) }

    /// `sandbox image WORDS…`.
    func image(
        _ words: String..., feeding input: [UInt8] = [], environment: [String: String] = [:],
        within seconds: Double = 30
    ) throws -> Outcome {
        try scene.run(
            [scene.executable.folder + "/sandbox", "image"] + words, feeding: input, environment: environment,
            within: seconds)
    }

    /// `sandbox run --image NAME --no-project WORDS…`.
    func run(_ name: String, _ words: String...) throws -> Outcome {
        try scene.run([scene.executable.folder + "/sandbox", "run", "--image", name, "--no-project"] + words)
    }

    /// What the store holds, as text: layers, images, names and whatever is being made.
    func contents() -> [String] {
        ["layers", "images", "temp"].flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(store)/\(folder)")) ?? []).sorted()
                .map { "\(folder)/\($0)" }
        }
    }

    /// Writes a file of bytes that the caller can read.
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = "\(scene.folder)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try scene.caller.own(path)
        return path
    }

    /// Runs a tool on bytes.
    func filter(_ bytes: [UInt8], _ tool: String...) throws -> [UInt8] {
        let path = try write(bytes, "filtered-\(UUID().uuidString.prefix(8))")
        let outcome = try scene.run(tool + [path], within: 30)
        guard outcome.isSuccess else { throw TestTrouble("\(tool): \(outcome)") }
        return outcome.output
    }

    func sum(_ bytes: [UInt8]) throws -> String {
        String(decoding: try filter(bytes, "sha256sum").prefix(64), as: UTF8.self)
    }
}

/// An image put together by hand.
struct HandmadeImage {
    struct Layer {
        /// As it is stored, and as it unpacks.
        var stored: [UInt8]
        var content: [UInt8]
        var mediaType = "application/vnd.oci.image.layer.v1.tar"
    }

    var layers: [Layer]
    var config: [String: Any] = ["Cmd": ["/bin/sh"]]
    /// Sums that are told instead of the right ones.
    var toldBlob: String?
    var toldContent: String?
    var toldConfiguration: String?

    init(_ layers: [[UInt8]]) { self.layers = layers.map { Layer(stored: $0, content: $0) } }

    private func configuration(_ scene: ImageScene) throws -> [UInt8] {
        let sums = try layers.map { "sha256:" + (try toldContent ?? scene.sum($0.content)) }
        return try json([
            "architecture": Self.architecture, "os": "linux", "config": config,
            "rootfs": ["type": "layers", "diff_ids": sums],
        ])
    }

    static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    private func json(_ object: Any) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]))
    }

    /// The files of an OCI layout, by name.
    func layout(_ scene: ImageScene, name: String? = nil) throws -> [(String, [UInt8])] {
        let configuration = try configuration(scene)
        var files: [(String, [UInt8])] = [("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))]
        var entries: [[String: Any]] = []
        for layer in layers {
            let sum = try toldBlob ?? scene.sum(layer.stored)
            files.append(("blobs/sha256/\(sum)", layer.stored))
            entries.append(["mediaType": layer.mediaType, "digest": "sha256:\(sum)", "size": layer.stored.count])
        }
        let configurationSum = try toldConfiguration ?? scene.sum(configuration)
        files.append(("blobs/sha256/\(configurationSum)", configuration))
        let manifest = try json([
            "schemaVersion": 2,
            "config": [
                "mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:\(configurationSum)",
                "size": configuration.count,
            ],
            "layers": entries,
        ])
        let manifestSum = try scene.sum(manifest)
        files.append(("blobs/sha256/\(manifestSum)", manifest))
        var entry: [String: Any] = [
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:\(manifestSum)",
            "size": manifest.count,
        ]
        if let name { entry["annotations"] = ["org.opencontainers.image.ref.name": name] }
        files.append(("index.json", try json(["schemaVersion": 2, "manifests": [entry]])))
        return files
    }

    /// An OCI layout as a folder; its path.
    func folder(_ scene: ImageScene, name: String? = nil) throws -> String {
        let path = scene.scene.folder + "/layout-" + UUID().uuidString.prefix(8)
        for part in ["", "/blobs", "/blobs/sha256"] { try scene.scene.makeFolder(path + part) }
        for (file, bytes) in try layout(scene, name: name) {
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + file))
        }
        return path
    }

    /// An OCI layout as an archive, its documents at the end.
    func archive(_ scene: ImageScene, name: String? = nil) throws -> [UInt8] {
        var tar = TarBuilder()
        tar.folder("blobs")
        for (file, bytes) in try layout(scene, name: name) {
            tar.add(TarBuilder.Member(name: Array(file.utf8), content: bytes))
        }
        return tar.finished
    }

    /// What `docker save` writes: layers first, manifest.json last.
    func dockerArchive(_ scene: ImageScene, tags: [String]) throws -> [UInt8] {
        let configuration = try configuration(scene)
        let sum = try scene.sum(configuration)
        var tar = TarBuilder()
        var names: [String] = []
        for layer in layers {
            let name = try scene.sum(layer.content) + "/layer.tar"
            names.append(name)
            tar.add(TarBuilder.Member(name: Array(name.utf8), content: layer.stored))
        }
        tar.add(TarBuilder.Member(name: Array("\(sum).json".utf8), content: configuration))
        let manifest = try json([["Config": "\(sum).json", "RepoTags": tags, "Layers": names]])
        tar.add(TarBuilder.Member(name: Array("manifest.json".utf8), content: manifest))
        return tar.finished
    }
}
