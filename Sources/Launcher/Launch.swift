import ContainerPlan
import RuntimeSpec

/// A decided launch: what the engine executes, and what a person is told.
package struct Launch: Equatable, Sendable {
    package var spec: Spec
    package var root: RootSource
    package var mapWriter: IDMaps.Writer
    package var secondWall: SecondWall
    /// The shared project.
    package var projectFolder: String?
    /// Which of standard input, output and error are terminals of the caller.
    package var terminals: [Bool]
    /// Folders to make on the host before the start, parents first, each private to the caller (mode 0700).
    package var prepare: [String]
    /// Files to make on the host for the time of the run, where they are missing.
    package var placeholders: [PlaceholderFile]
    /// Paths that do not exist and must not be trusted if the command makes them.
    package var watch: [String]
    /// Each path's choice, parents first.
    package var layout: [LayoutEntry]
    package var walls: [Wall]
    /// One line each, for standard error before the start.
    package var notes: [String]
    /// Read just before the start; `nil` in an explanation.
    package var secrets: [SecretCopy] = []
    /// The folder that `--keep` names: one run at a time may have it.
    package var kept: KeptFolder?
    /// Where the sandbox is registered; nil: nowhere.
    package var registration: Registration?
    /// What connects the sandbox's own network.
    package var connection: NetworkConnection?
    /// Laid over files of the root, in memory.
    package var laidFiles: [LaidFile] = []

    package struct Registration: Equatable, Sendable {
        package var life: LaunchSpec.Life
        /// This program's state folder of the caller.
        package var stateFolder: String
        package var project: String?
        package var profile: String
    }
}

/// Changes that outlive their run.
package struct KeptFolder: Equatable, Sendable {
    package var path: String
    /// The option that asks for it, with its value, for messages.
    package var option: String
}

/// What one path of the sandbox is made of.
package struct LayoutEntry: Equatable, Sendable {
    package enum Choice: String, Sendable, CaseIterable {
        /// The overlay: the host's content, changes vanish.
        case copyOnWrite = "copy on write"
        /// As `copyOnWrite`, and changes stay.
        case kept = "copy on write, kept"
        /// The host's, native speed, read-only.
        case hostReadOnly = "host, read-only"
        case hostWritable = "host, writable"
        /// The same folder again, as a mount point that cannot be renamed away.
        case pinned = "host, writable, pinned"
        case guarded = "host, guarded"
        /// An empty file system in memory.
        case empty = "empty, private"
        case kernel = "the kernel's, fresh"
        case hidden = "hidden"
    }

    package var path: String
    package var choice: Choice
    package var why: String

    package init(_ path: String, _ choice: Choice, _ why: String) {
        self.path = path
        self.choice = choice
        self.why = why
    }
}

/// A protection, and whether it stands.
package struct Wall: Equatable, Sendable {
    package var name: String
    package var stands: Bool
    /// What it does; for one that does not stand, why, and what that means.
    package var detail: String
    package var remedy: String?

    package init(_ name: String, stands: Bool, _ detail: String, remedy: String? = nil) {
        self.name = name
        self.stands = stands
        self.detail = detail
        self.remedy = remedy
    }
}
