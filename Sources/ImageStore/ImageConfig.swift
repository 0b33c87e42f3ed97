import Diagnostics
import RuntimeSpec

/// What is used of an image's configuration (OCI image-spec, config.md). Labels, volumes, ports, health checks and
/// whatever else it holds are kept in the store as they came, and have no effect.
struct ImageConfig: Equatable {
    var architecture = ""
    var user = ""
    var environment: [String] = []
    var entrypoint: [String] = []
    var command: [String] = []
    var workingDirectory = ""
    /// The sums of the uncompressed layers, lowest first.
    var layers: [Digest] = []

    init(_ bytes: [UInt8]) throws(SandboxError) {
        let json = try within("the image's configuration") { () throws(SandboxError) in try JSON(parsing: bytes) }
        do throws(JSONFailure) {
            try self.init(json)
        } catch { throw error.located().within("the image's configuration") }
    }

    private init(_ json: JSON) throws(JSONFailure) {
        architecture = try ImageConfig.value(json, "architecture") ?? ""
        if let system: String = try ImageConfig.value(json, "os"), !system.isEmpty, system != "linux" {
            throw JSONFailure("an image of \"\(system)\" cannot run on Linux").under(.key("os"))
        }
        if let config = json["config"], config != .null {
            do throws(JSONFailure) {
                user = try ImageConfig.value(config, "User") ?? ""
                environment = try ImageConfig.value(config, "Env") ?? []
                entrypoint = try ImageConfig.value(config, "Entrypoint") ?? []
                command = try ImageConfig.value(config, "Cmd") ?? []
                workingDirectory = try ImageConfig.value(config, "WorkingDir") ?? ""
            } catch { throw error.under(.key("config")) }
        }
        guard let tree = json["rootfs"] else { throw JSONFailure("missing").under(.key("rootfs")) }
        do throws(JSONFailure) {
            guard let texts: [String] = try ImageConfig.value(tree, "diff_ids") else {
                throw JSONFailure("missing").under(.key("diff_ids"))
            }
            for (index, text) in texts.enumerated() {
                guard text.hasPrefix("sha256:"), let digest = Digest(hex: String(text.dropFirst(7))) else {
                    throw JSONFailure("\"\(text)\" is not a sha256 digest").under(.index(index))
                        .under(.key("diff_ids"))
                }
                layers.append(digest)
            }
        } catch { throw error.under(.key("rootfs")) }
    }

    private static func value<Value: JSONValue>(_ json: JSON, _ key: String) throws(JSONFailure) -> Value? {
        guard let value = json[key], value != .null else { return nil }
        do { return try Value(json: value) } catch { throw error.under(.key(key)) }
    }

    /// The configuration of an image that is made from a root filesystem alone. It holds no time, so the same tree is the
    /// same image.
    static func made(for layer: Digest, architecture: String) -> [UInt8] {
        JSON.object([
            JSON.Member("architecture", .string(architecture)), JSON.Member("os", .string("linux")),
            JSON.Member(
                "config",
                .object([
                    JSON.Member(
                        "Env", ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"].json),
                    JSON.Member("Cmd", ["/bin/sh"].json),
                ])),
            JSON.Member(
                "rootfs",
                .object([JSON.Member("type", .string("layers")), JSON.Member("diff_ids", [layer.text].json)])),
        ]).encoded()
    }

    /// This machine's, as images name it.
    static var hostArchitecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(riscv64)
            "riscv64"
        #else
            "unknown"
        #endif
    }
}
