import Foundation
import Testing

/// The criu of the tests: `SANDBOX_TEST_CRIU`, or the host's.
enum Criu {
    static let path = ProcessInfo.processInfo.environment["SANDBOX_TEST_CRIU"] ?? Host.path(of: "criu")

    /// It is there and works with this kernel; an old one may not even start on a new kernel.
    static let works = check([])

    /// The kernel tells which pages were written, as a dump after a pre-dump needs it.
    static let tracksMemory = check(["--feature", "mem_dirty_track"])

    private static func check(_ options: [String]) -> Bool {
        guard let path, Host.isRoot, Host.makesCgroups else { return false }
        let invocation = Invocation(
            arguments: [path, "check"] + options, environment: ["PATH": Host.searchPath], directory: "/")
        // A tool that cannot be started is one that the host does not have.
        guard let child = try? Child(invocation) else { return false }
        return child.finish().isSuccess
    }
}

extension Trait where Self == ConditionTrait {
    static var needsDirtyTracking: Self {
        .enabled(if: Criu.tracksMemory, "this kernel does not track written pages (criu check mem_dirty_track)")
    }
    static var needsCriu: Self {
        .enabled(
            if: Criu.works,
            "no criu works here as root (criu check): install 4.1 or newer, or name one with SANDBOX_TEST_CRIU")
    }
}

extension Bundle {
    /// `checkpoint` or `restore` with the tests' criu; images in the bundle's folder.
    func criu(
        _ verb: String, _ options: [String] = [], feeding input: [UInt8] = [], id other: String? = nil
    ) throws -> Outcome {
        try scene.run(criuCommand(verb, options, id: other), feeding: input, in: folder)
    }

    func criuCommand(_ verb: String, _ options: [String], id other: String? = nil) throws -> [String] {
        let criu = try #require(Criu.path)
        return [scene.executable.folder + "/sandbox", "oci", "--root", states, "--criu", criu, verb] + options
            + [other ?? id]
    }
}
