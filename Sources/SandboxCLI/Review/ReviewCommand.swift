import Diagnostics
import Launcher
import LinuxKernel
import Review

/// The options that all verbs of the review have: whose changes, and which of them.
package struct ReviewSelection: Equatable, Sendable {
    package var project: String?
    package var paths: [String] = []

    mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--project", &project, "dir",
            "The project, instead of the enclosing git work tree or the current folder.")
    }
}

/// A verb of the review; its options may stand before and after the paths.
protocol ReviewCommand: CommandOptions {
    var selection: ReviewSelection { get set }
    init()
}

extension ReviewCommand {
    /// Reads the words after the verb; nil when they ask for help.
    static func read(_ words: [String]) throws(SandboxError) -> Self? {
        let end = words.firstIndex(of: "--") ?? words.count
        var command = Self.init()
        var rest = Array(words[..<end])
        while true {
            let parsed = try command.parse(rest)
            if parsed.wantsHelp { return nil }
            guard let path = parsed.rest.first else { break }
            command.selection.paths.append(path)
            rest = Array(parsed.rest.dropFirst())
        }
        command.selection.paths += Array(words[end...].dropFirst())
        return command
    }
}

/// Where a review takes place: the project and the folder of the caller's states.
struct ReviewPlace {
    let host: LaunchHost
    let project: String
    let current: String

    init(_ selection: ReviewSelection) throws(SandboxError) {
        let caller = LaunchHost.Caller.current()
        try caller.requireNamedFolder()
        let home = caller.environment["HOME"] ?? "/"
        current = caller.currentFolder ?? "/"
        var request = LaunchSpec(command: [])
        if let path = selection.project { request.project = .folder(Paths.absolute(path, in: current, home: home)) }
        host = try LaunchHost.read(for: request, caller: caller, files: KernelFiles())
        project = try ReviewPlace.project(host)
    }

    static func project(_ host: LaunchHost) throws(SandboxError) -> String {
        switch host.project {
        case .found(let project): return project.folder
        case .none(let reason):
            throw SandboxError(.invalidInput, reason, remedy: "name the folder with --project DIR")
        }
    }

    func workspace(_ access: Workspace.Access) throws(SandboxError) -> Workspace? {
        if let workspace = try Workspace.open(project, state: host.stateFolder, access) { return workspace }
        if let hint = movedHint(project, .build, host.stateFolder) { printError("sandbox: \(printable(hint))") }
        return nil
    }

    /// Paths of the command line, as they are in the project.
    func treePaths(_ paths: [String]) throws(SandboxError) -> [TreePath] {
        var result: [TreePath] = []
        for path in paths {
            let absolute = Paths.absolute(path, in: current, home: "/")
            // Where the way leads through a link, the folder it ends in counts; the last name itself is what is meant.
            let parent = KernelFiles().canonical(Paths.parent(absolute)) ?? Paths.parent(absolute)
            let ways = [absolute, Paths.join(parent, Paths.name(absolute))]
            guard let inside = ways.compactMap({ Paths.relative($0, to: project) }).first,
                let treePath = TreePath(relative: inside)
            else {
                throw SandboxError(.invalidInput, "\"\(path)\": not in the project \(project)")
            }
            result.append(treePath)
        }
        return result
    }

    /// Runs `body` where the files of the sandbox's other ids can be read; its exit status.
    func run(_ body: () throws(SandboxError) -> Int32) throws(SandboxError) -> Int32 {
        try runWithMaps(host, body)
    }
}

/// The changes among `changes` that the paths name; every path must name one.
func chosen(_ changes: [Change], _ paths: [TreePath]) throws(SandboxError) -> [Change] {
    for path in paths where !changes.contains(where: { $0.path.isInside(path) || $0.origin?.isInside(path) == true }) {
        throw SandboxError(.notFound, "\(path.quoted()): nothing has changed there", remedy: "sandbox diff --summary")
    }
    return ApplyPlan.selected(changes, paths)
}
