import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec
import Testing

@Suite("folders served by the rules")
struct ServedFolderTests {
    private let project = "/home/dev/src/app"

    private func served(
        _ hidden: [String], denied: [String] = [], _ change: (inout LaunchSpec) -> Void = { _ in }
    ) throws -> [ServedFolder] {
        let launch = try decide(workstation(), developer()) {
            ($0.rootRules.hidden, $0.rootRules.denied) = (hidden, denied)
            change(&$0)
        }
        guard case .overlay(let overlay) = launch.root else { return [] }
        return overlay.served
    }

    @Test("only folders that a pattern can match in are served")
    func chosen() throws {
        let whole = [ServedFolder(source: project, destination: project, changes: .through)]
        #expect(try served([]).isEmpty)
        #expect(try served(["/etc/**/*.key"]).isEmpty)
        #expect(try served([".env"]) == whole)
        #expect(try served([], denied: [project + "/conf/*"]) == whole)
        #expect(try served(["/home/**/id"]) == whole)
        #expect(try served(["/home/other/x"]).isEmpty)
    }

    @Test("what is guarded stays part of the project, but for what a rule covers")
    func guarded() throws {
        func places(_ pattern: String) throws -> [String] {
            let launch = try decide(workstation(), developer()) { $0.rootRules.hidden = [pattern] }
            return (launch.spec.mounts ?? []).map(\.destination).filter { $0.hasPrefix(project) }
        }
        #expect(try places(".env").contains(project + "/.git/hooks"))
        #expect(try places("hooks").contains(project + "/.git/config"))
        #expect(!(try places("hooks").contains(project + "/.git/hooks")))
        #expect(try places(".git") == [project])
    }

    @Test("read-only folders stay read-only, and a build's changes go where they are reviewed")
    func changes() throws {
        let bound = try served(["*.key"]) {
            $0.binds = [LaunchSpec.Bind(source: "/home/dev/src", destination: "/mnt/x", readOnly: true)]
        }
        #expect(bound.contains(ServedFolder(source: "/home/dev/src", destination: "/mnt/x", changes: .refused)))
        let overlay = ProjectOverlay(lower: "/l", upper: "/u", work: "/w", served: "/s", home: "/h")
        let build = try served(["*.key"]) { $0.projectOverlay = overlay }
        #expect(
            build == [ServedFolder(source: project, destination: project, changes: .kept(upper: "/u", work: "/s"))])
    }

    @Test("a rule for all of what is shared is refused", arguments: ["/home/dev/src/app", "app", "/home"])
    func covered(_ pattern: String) {
        let error = #expect(throws: SandboxError.self) { try served([pattern]) }
        #expect(error?.description.contains("it covers the project") == true)
    }
}
