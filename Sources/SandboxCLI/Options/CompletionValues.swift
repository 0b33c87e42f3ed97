import Confinement
import ContainerRuntime
import Diagnostics
import ImageStore
import Launcher
import LinuxKernel

/// What a shell can complete that only this machine knows: `sandbox --complete KIND` prints it, a name on each line.
enum CompletionValues: String, CaseIterable, Sendable {
    case profiles, images, networks, kept, shells, commands
    /// Sandboxes: those that run, and all that can be named.
    case running, sandboxes

    /// For an option's value; nil where files will do.
    init?(option: String) {
        switch option {
        case "--profile": self = .profiles
        case "--image": self = .images
        case "--net": self = .networks
        case "--keep": self = .kept
        default: return nil
        }
    }

    /// Prints them; nothing where they cannot be had. Nobody waits for an error while completing.
    static func print(_ word: String) -> Int32 {
        guard let kind = CompletionValues(rawValue: word) else { return 125 }
        let names = (try? kind.names()) ?? []
        printOut(names.filter(isPlain).map { $0 + "\n" }.joined())
        return 0
    }

    /// Shells evaluate the words they complete from: a name with anything else in it is not offered.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "._-/:@+".utf8.contains(byte)
            }
    }

    private func names() throws(SandboxError) -> [String] {
        switch self {
        case .profiles: return profileStore().names()
        case .images: return try CallersImages().store.names().keys.sorted()
        case .networks: return ["none", "user", "host"] + (try running()).map { "join:" + $0 }
        case .kept: return try folderNames("/overlays")
        case .shells: return try projectFile().map { $0.shells.keys.sorted() } ?? []
        case .commands: return try projectFile().map { $0.commands.keys.sorted().map { ":" + $0 } } ?? []
        case .running: return try running()
        case .sandboxes: return try ownRegistry().all().map(\.record.name)
        }
    }

    private func running() throws(SandboxError) -> [String] { try ownRegistry().running().map(\.record.name) }

    private func folderNames(_ folder: String) throws(SandboxError) -> [String] {
        let path = try callersHost().stateFolder + folder
        guard fileExists(path) else { return [] }
        return try attempt("list \(path)") { () throws(Errno) in
            try directoryEntries(of: openPath(path, O_RDONLY | O_DIRECTORY)).sorted()
        }
    }

    /// Its names alone: nothing of it is believed, so it need not be trusted.
    private func projectFile() throws(SandboxError) -> ProjectFile? {
        guard let place = ProjectFilePlace.find() else { return nil }
        return try ProjectFile(ProjectFile.read(place.path), path: place.path)
    }
}
