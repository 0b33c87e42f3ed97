import ContainerPlan
import Diagnostics
import Foundation
import RuntimeSpec
import Testing

/// The documents beside the tests of `RuntimeSpec`.
private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../RuntimeSpecTests/Fixtures").standardizedFileURL

private func documents(_ prefix: String) -> [String] {
    let folder = fixtures.appendingPathComponent("configs").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.filter { $0.hasPrefix(prefix) }.sorted()
    precondition(!found.isEmpty, "no fixtures in \(folder)")
    return found
}

private func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: fixtures.appendingPathComponent(path)))
}

@Suite("validation of documents that others wrote")
struct ValidationDocumentTests {
    @Test("every config.json of an engine is good", arguments: documents("config-"))
    func config(name: String) throws {
        let spec = try Spec(decoding: try bytes("configs/\(name)"))
        #expect(throws: Never.self) { try validate(spec) }
    }

    @Test("every process.json of an engine is good", arguments: documents("process-"))
    func process(name: String) throws {
        let process = try Spec.Process(decoding: try bytes("configs/\(name)"))
        #expect(throws: Never.self) { try validate(process, at: "") }
    }

    @Test(
        "a good example of the specification is good, when it is for this platform",
        arguments: [("minimal", false), ("minimal-for-start", true), ("linux-rdma", false), ("spec-example", true)])
    func example(name: String, hasProcess: Bool) throws {
        let spec = try Spec(decoding: try bytes("schema/config/good/\(name).json"))
        #expect(throws: Never.self) { try validate(spec, processRequired: hasProcess) }
    }

    @Test("a huge page size that the schema refuses is refused")
    func hugepage() throws {
        let spec = try Spec(decoding: try bytes("schema/config/bad/linux-hugepage.json"))
        let message = #"linux.resources.hugepageLimits[0].pageSize: expected a size as "2MB", found "64kB""#
        #expect(throws: SandboxError(.invalidInput, message)) { try validate(spec, processRequired: false) }
    }
}
