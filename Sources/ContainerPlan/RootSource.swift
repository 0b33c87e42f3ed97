/// Where a container's root filesystem comes from.
package enum RootSource: Equatable, Sendable {
    /// `root.path` of the bundle, bind mounted.
    case directory
    /// An overlay: our FUSE one or the kernel's.
    case overlay(OverlayRoot)
}

/// The layers of an overlay root, and how it presents them.
package struct OverlayRoot: Equatable, Sendable {
    /// Where changes go.
    package enum Upper: Equatable, Sendable {
        /// A tmpfs that nobody else sees and that dies with the sandbox; `sizeBytes` nil: the kernel's default.
        case memory(sizeBytes: UInt64?)
        /// Folders on disk that stay; both on one file system.
        case directory(upper: String, work: String)
    }

    /// Who serves it.
    package enum Driver: String, Equatable, Sendable {
        case fuse
        case kernel
        /// The kernel, and where it refuses, we.
        case kernelOrFuse
    }

    package var driver = Driver.fuse

    /// Absolute host paths of the lower layers, topmost first.
    package var lower: [String]
    package var upper: Upper
    /// Owners outside the container's id map are shown as, and treated as, id 0 inside.
    package var squashUnmappedToRoot: Bool

    /// False: mode bits keep nobody from changing the copy. Only for sandboxes in which there is one user, who could
    /// otherwise change nothing that root owns on the host.
    package var enforcesPermissions: Bool

    /// The lowers are an image's layers: they hold whiteouts and opaque marks, and nobody changes them.
    package var lowersAreLayers: Bool

    package var rules: RootRules
    /// What of the lowers the caller may not read is not there at all, so that it can be made anew.
    package var hidesUnreadable = false
    /// Folders of the host that our server shows by the rules, in the place of bind mounts.
    package var served: [ServedFolder] = []

    package init(
        lower: [String], upper: Upper, squashUnmappedToRoot: Bool = true, enforcesPermissions: Bool = true,
        lowersAreLayers: Bool = false, rules: RootRules = RootRules()
    ) {
        self.lowersAreLayers = lowersAreLayers
        self.rules = rules
        self.enforcesPermissions = enforcesPermissions
        self.lower = lower
        self.upper = upper
        self.squashUnmappedToRoot = squashUnmappedToRoot
    }
}
