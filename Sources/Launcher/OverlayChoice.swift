import ContainerPlan
import Diagnostics

/// `--overlay`: who serves a copy-on-write root.
package enum OverlayChoice: String, CaseIterable, Sendable {
    /// The kernel where it can, else we.
    case auto
    case kernel
    /// Our own server.
    case fuse
}

extension LaunchMaker {
    /// Who serves the root; where the choice is free and the changes are in memory, the kernel's refusal is no error.
    var overlayDriver: OverlayRoot.Driver {
        switch launch.overlay {
        case .fuse: .fuse
        case .kernel: .kernel
        case .auto: kernelOverlayObstacle != nil ? .fuse : launch.keep != nil || !host.hasFuse ? .kernel : .kernelOrFuse
        }
    }

    /// Whether the root is copy on write at all.
    var hasOverlay: Bool { host.hasFuse || overlayDriver == .kernel }

    /// Why the kernel's overlay cannot be this root.
    private var kernelOverlayObstacle: String? {
        if let shell = launch.shell { return "shell \(shell.name) is served by the FUSE overlay" }
        if launch.showsHost { return "in a user namespace the kernel refuses the host's / as a layer" }
        if let option = launch.rootRules.firstOption { return "only the FUSE overlay knows \(option)" }
        if !profile.namespaces.contains(.user) {
            return "profile \"\(profile.name)\" makes no user namespace to mount it in"
        }
        if let root, host.rootfsOwner != host.identity.uid { return "\(root) does not belong to the caller" }
        if let name = launch.keep, host.isKeptByFuse {
            return "the changes kept as \"\(name)\" are the FUSE overlay's"
        }
        return nil
    }

    /// Refuses `--overlay kernel` where it cannot be.
    func checkOverlayChoice() throws(SandboxError) {
        guard launch.overlay == .kernel, let obstacle = kernelOverlayObstacle else { return }
        throw SandboxError(
            .unsupported, "--overlay kernel: \(obstacle)",
            remedy: "--overlay auto takes the kernel's where it can serve")
    }

    /// Where kept changes are. The kernel's overlay has a work folder of its own: ours in its place says that the changes
    /// may hold what the kernel does not understand.
    func keptUpper(_ name: String) -> OverlayRoot.Upper {
        let folder = Paths.join(host.stateFolder, "overlays/" + name)
        return .directory(upper: folder + "/upper", work: folder + (overlayDriver == .fuse ? "/work" : "/kernel-work"))
    }

    /// How `--explain` names it.
    var overlayNote: String {
        switch overlayDriver {
        case .fuse: ""
        case .kernel: ", the kernel's overlay"
        case .kernelOrFuse: ", the kernel's overlay where it allows it"
        }
    }
}
