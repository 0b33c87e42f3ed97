import ContainerPlan
import Diagnostics
import Foundation
import RuntimeSpec
import Testing

/// The documents that engines wrote, beside the tests that read them.
private enum EngineDocuments {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("RuntimeSpecTests/Fixtures").path

    static func files(_ below: String, prefix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(below)")) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\(below)/\($0)" }
    }

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
}

private let root = HostFacts(effectiveUID: 0, effectiveGID: 0, isInUserNamespace: false, workingDirectory: "/")
private let user = HostFacts(effectiveUID: 1000, effectiveGID: 1000, isInUserNamespace: false, workingDirectory: "/")

@Suite("plans of what engines wrote")
struct RealPlanTests {
    @Test("all documents are found")
    func count() {
        #expect(EngineDocuments.files("configs", prefix: "config-").count == 89)
        #expect(EngineDocuments.files("configs", prefix: "process-").count == 23)
    }

    @Test(
        "every config.json is valid and has a plan, with every mount, hook and limit in it",
        arguments: EngineDocuments.files("configs", prefix: "config-"))
    func config(path: String) throws {
        let spec = try Spec(decoding: EngineDocuments.bytes(path))
        try validate(spec)
        for facts in [root, user] {
            let plan = try ContainerPlan.plan(spec, PlanRequest(id: "web", bundle: "/bundles/web"), facts)
            let mounts = plan.steps.filter { step in
                switch step {
                case .bind, .fileSystem, .cgroup, .remount: true
                case .device, .link: false
                }
            }
            #expect(mounts.count == spec.mounts?.count ?? 0)
            #expect(plan.process?.arguments == spec.process?.args)
            #expect(plan.process?.limits.count == spec.process?.rlimits?.count ?? 0)
            #expect(plan.maskedPaths == spec.linux?.maskedPaths ?? [])
            #expect(plan.sysctls.count == spec.linux?.sysctl?.count ?? 0)
            #expect(plan.namespaces.new.count + plan.namespaces.joined.count == spec.linux?.namespaces?.count ?? 0)
            #expect(plan.hooks == spec.hooks ?? Spec.Hooks())
            #expect(plan.text.hasSuffix("\n"))
        }
    }

    @Test(
        "every process.json is valid and has a plan in a running container",
        arguments: EngineDocuments.files("configs", prefix: "process-"))
    func process(path: String) throws {
        let process = try Spec.Process(decoding: EngineDocuments.bytes(path))
        try validate(process, at: "process")
        let plan = try planExec("web", process, Spec.Linux(), joined: [])
        #expect(plan.process?.arguments == process.args)
        #expect(plan.process?.execAffinity?.final == .all)
    }

    @Test(
        "a good example of the specification is valid, or names what another system would need",
        arguments: EngineDocuments.files("schema/config/good", prefix: ""))
    func example(path: String) throws {
        let spec = try Spec(decoding: EngineDocuments.bytes(path))
        do { try validate(spec, processRequired: false) } catch {
            #expect(!error.message.isEmpty && error.message.contains(": "), "\(error)")
            #expect(error.kind == .invalidInput || error.kind == .unsupported, "\(error)")
        }
    }
}
