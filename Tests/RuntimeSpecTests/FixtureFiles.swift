import Foundation
import RuntimeSpec

/// The documents beside the tests: what podman, buildah, Docker and containerd wrote, and the specification's examples.
enum Fixtures {
    static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
    }

    /// Paths below `Fixtures`, sorted. An empty list would make every test over it pass, so it stops the run.
    static func files(_ path: String, prefix: String = "") -> [String] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)) ?? []
        let found = names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.sorted().map { "\(path)/\($0)" }
        precondition(!found.isEmpty, "no fixtures in \(path)")
        return found
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
