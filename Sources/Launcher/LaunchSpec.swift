import ContainerPlan
import Diagnostics
import RuntimeSpec

/// Everything a `sandbox run` was asked for; paths are absolute and normalized, nothing has been looked up yet.
package struct LaunchSpec: Equatable, Sendable {
    /// A file or folder of the host shared at `destination`.
    package struct Bind: Equatable, Sendable {
        package var source: String
        package var destination: String
        package var readOnly: Bool
        /// What of the profile asks for it, where no option does.
        package var origin: String?

        package init(source: String, destination: String, readOnly: Bool, origin: String? = nil) {
            self.source = source
            self.destination = destination
            self.readOnly = readOnly
            self.origin = origin
        }

        /// The option that asks for it.
        package var option: String { origin ?? (readOnly ? "--ro-bind" : "--bind") }
    }

    package struct MemoryFolder: Equatable, Sendable {
        package var destination: String
        /// nil: half of the machine's memory, the kernel's default.
        package var sizeBytes: UInt64?
        /// What of the profile asks for it, where no option does; it is closed to others then.
        package var origin: String?

        package init(destination: String, sizeBytes: UInt64?, origin: String? = nil) {
            self.destination = destination
            self.sizeBytes = sizeBytes
            self.origin = origin
        }
    }

    /// How long a sandbox lives, and under which name.
    package struct Life: Equatable, Sendable {
        package enum Keeper: Equatable, Sendable {
            /// Whoever called it.
            case caller
            /// A process in the background, until the command ends.
            case background(terminal: Bool)
        }

        package var name: String
        package var keeper: Keeper
        /// Whether a sandbox in the background is kept, with its journal, when it has ended.
        package var isKept: Bool

        package init(name: String, keeper: Keeper, isKept: Bool = true) {
            self.name = name
            self.keeper = keeper
            self.isKept = isKept
        }
    }

    package enum Variable: Equatable, Sendable {
        case set(name: String, value: String)
        /// Passed through from the caller's environment, when it is there.
        case pass(name: String)
    }

    package var command: [String]
    /// `--rootfs`: another tree than the host's.
    package var rootfs: String?
    /// `--image`: an image's tree instead of the host's.
    package var image: LaunchImage?
    package var project: ProjectChoice = .detect
    /// The project's changes go there instead of into the project.
    package var projectOverlay: ProjectOverlay?
    /// The `sandbox.toml` that has been read, which stays as it is.
    package var projectFile: String?
    package var workdir: String?
    package var writable: [String] = []
    package var binds: [Bind] = []
    package var memoryFolders: [MemoryFolder] = []
    package var allowedSecrets: [String] = []
    /// Share the tool folders of the home that PATH names, read-only.
    package var homeTools = false
    package var environment: [Variable] = []
    /// Files of variables; what `environment` says comes after them.
    package var environmentFiles: [String] = []
    package var secretFiles: [SecretFile] = []
    /// Git inside knows who the caller is, and trusts the project.
    package var git = false
    package var hostname = "sandbox"
    package var rlimits: [Spec.Process.RLimit] = []
    package var limits = ResourceLimits()
    package var rootRules = RootRules()
    package var overlay = OverlayChoice.auto
    package var network = Network.none
    /// Where the network cannot be connected, the sandbox starts without.
    package var networkIsOptional = false
    package var publish: [NetworkConnection.Port] = []
    /// Of the sandbox that `network` names.
    package var joinedNetwork: JoinedNetwork?
    package var asRoot = false
    /// The name under which the overlay's changes are kept.
    package var keep: String?
    package var profile = "default"
    /// Capabilities by full name, no one of them in both; `ALL` drops what there would be without the added ones.
    package var addedCapabilities: [String] = []
    package var droppedCapabilities: [String] = []
    /// A root that is copy on write throughout and kept, with a home of its own.
    package var shell: ShellFolder?
    /// What the sandbox is called, and who stays with it; nil: nobody can find it but its caller.
    package var life: Life?

    package init(command: [String]) { self.command = command }
}
