import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec
import Testing

@Suite("who serves the root")
struct OverlayChoiceTests {
    private func tree(owner: UInt32 = 1000, _ change: (inout FakeHost) -> Void = { _ in }) -> FakeHost {
        var host = workstation()
        host.nodes["/images/alpine/bin/sh"] = .file("")
        host.owners["/images/alpine"] = owner
        change(&host)
        return host
    }

    private func root(
        _ host: FakeHost, _ change: (inout LaunchSpec) -> Void
    ) throws -> OverlayRoot? {
        guard case .overlay(let overlay) = try decide(host, developer(), change).root else { return nil }
        return overlay
    }

    @Test("a tree of the caller's is the kernel's where it allows it, all else ours")
    func free() throws {
        #expect(try root(tree()) { $0.rootfs = "/images/alpine" }?.driver == .kernelOrFuse)
        #expect(try root(tree(owner: 0)) { $0.rootfs = "/images/alpine" }?.driver == .fuse)
        #expect(try root(tree()) { _ in }?.driver == .fuse)
        let ruled = try root(tree()) {
            $0.rootfs = "/images/alpine"
            $0.rootRules.hidden = ["*.pem"]
        }
        #expect(ruled?.driver == .fuse)
    }

    @Test("--overlay decides", arguments: [(OverlayChoice.kernel, OverlayRoot.Driver.kernel), (.fuse, .fuse)])
    func given(_ choice: OverlayChoice, _ driver: OverlayRoot.Driver) throws {
        let overlay = try root(tree()) {
            $0.rootfs = "/images/alpine"
            $0.overlay = choice
        }
        #expect(overlay?.driver == driver)
    }

    @Test("kept changes stay with who made them")
    func kept() throws {
        let folder = "/home/dev/.local/state/sandbox/overlays/k"
        func change(_ launch: inout LaunchSpec) { (launch.rootfs, launch.keep) = ("/images/alpine", "k") }
        let fresh = try root(tree(), change)
        #expect(fresh?.driver == .kernel)
        #expect(fresh?.upper == .directory(upper: folder + "/upper", work: folder + "/kernel-work"))
        let old = try root(tree { $0.nodes[folder + "/work/stage"] = .file("") }, change)
        #expect(old?.driver == .fuse)
        #expect(old?.upper == .directory(upper: folder + "/upper", work: folder + "/work"))
    }

    @Test("--overlay kernel says why it cannot be")
    func refused() {
        func fails(_ text: String, _ host: FakeHost, _ change: (inout LaunchSpec) -> Void) {
            let error = #expect(throws: SandboxError.self) {
                try decide(host, developer()) {
                    $0.overlay = .kernel
                    change(&$0)
                }
            }
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
        }
        fails("refuses the host's /", tree()) { _ in }
        fails("does not belong to the caller", tree(owner: 0)) { $0.rootfs = "/images/alpine" }
        fails("only the FUSE overlay knows --quota", tree()) {
            $0.rootfs = "/images/alpine"
            $0.rootRules.quotaBytes = 1 << 20
        }
        fails("kept as \"k\"", tree { $0.nodes["/home/dev/.local/state/sandbox/overlays/k/work/x"] = .file("") }) {
            ($0.rootfs, $0.keep) = ("/images/alpine", "k")
        }
    }
}
