import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import Review
import RuntimeSpec

/// The options of `sandbox adopt`.
struct AdoptCommand: CommandOptions {
    var selection = ReviewSelection()
    var json = false
    var replace = false

    static let usage = "sandbox adopt [options] <old folder>"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--replace", &replace, "Drop what is kept for the project at its new place, where both have it.")
        options.flag("--json", &json, "Print what was taken over as JSON.")
        selection.visit(&options)
    }
}

/// Runs `sandbox adopt`: a project that was moved takes over its shells, and what its builds have changed.
func runAdoptVerb(_ words: [String]) -> Int32 {
    reviewVerb("adopt") { () throws(SandboxError) in
        var command = AdoptCommand()
        let parsed = try command.parseAmongNames(words)
        if parsed.wantsHelp {
            printOut(command.helpText)
            return 0
        }
        guard let word = parsed.rest.first, parsed.rest.count == 1 else {
            throw SandboxError(
                .invalidInput, "one folder is needed: where the project was", remedy: "sandbox ps --projects lists them"
            )
        }
        let place = try ReviewPlace(command.selection)
        let old = Paths.absolute(word, in: place.current, home: environmentValue("HOME") ?? "/")
        let taken = try adopt(old, place, replaces: command.replace)
        if command.json {
            printJSON(
                .object([
                    JSON.Member("project", .string(place.project)), JSON.Member("from", .string(old)),
                    JSON.Member("adopted", .array(taken.map(\.json))),
                ]))
        } else {
            for state in taken { printOut("taken over: \(printable(state.label))\n") }
        }
        return 0
    }
}

private func adopt(_ old: String, _ place: ReviewPlace, replaces: Bool) throws(SandboxError) -> [ProjectState] {
    let states = try ProjectState.all(place.host.stateFolder).filter { $0.project.map { Paths.same($0, old) } ?? false }
    if states.isEmpty {
        throw SandboxError(
            .notFound, "nothing is kept for a project at \(old)", remedy: "sandbox ps --projects lists what is kept")
    }
    if Paths.same(old, place.project) { throw SandboxError(.invalidInput, "\(old): this is the project itself") }
    if states.contains(where: { $0.presence != .gone }) {
        throw SandboxError(
            .refused, "\(old) is still there, and what is kept belongs to it",
            remedy: "remove or rename that folder first")
    }
    let running = try registry(state: place.host.stateFolder).running().map(\.record.name)
    for state in states {
        let target = target(of: state, place)
        if !replaces, !Paths.same(target, state.path), fileExists(target) {
            throw SandboxError(
                .alreadyExists,
                "\(place.project) has \(state.kind == .shell ? "a shell" : "changes of builds") of its own",
                remedy: "--replace drops that")
        }
        for key in [state.key, Paths.name(target)] where state.kind == .shell && running.contains(key) {
            if try hasEnded(key, place) { continue }
            throw SandboxError(.wrongState, "shell \(key) is running", remedy: "sandbox stop \(key)")
        }
    }
    for state in states {
        let target = target(of: state, place)
        if !Paths.same(target, state.path), fileExists(target) {
            var other = state
            (other.path, other.project, other.key) = (target, place.project, Paths.name(target))
            guard try remove([other], place.host).count == 1 else {
                throw SandboxError(.system, "\(target) could not be removed")
            }
        }
        try move(state, to: target, place.project)
    }
    return states
}

/// A shell whose last terminal has just left is gone in a moment.
private func hasEnded(_ key: String, _ place: ReviewPlace) throws(SandboxError) -> Bool {
    let registry = registry(state: place.host.stateFolder)
    let end = monotonicMilliseconds() + 2000
    while try registry.running().contains(where: { $0.record.name == key }) {
        if monotonicMilliseconds() > end { return false }
        usleep(20_000)
    }
    return true
}

/// Where a state is to be.
private func target(of state: ProjectState, _ place: ReviewPlace) -> String {
    switch state.kind {
    case .build: Workspace.folder(of: place.project, state: place.host.stateFolder)
    case .shell:
        ShellFolder(shell: state.shell, project: place.project, stateFolder: place.host.stateFolder).path
    }
}

/// Its last step makes it the new project's: cut off before, it can be done again.
private func move(_ state: ProjectState, to target: String, _ project: String) throws(SandboxError) {
    let lock = try attempt("lock \(state.path)") { () throws(Errno) in
        let name = state.kind == .build ? state.path + "/lock" : state.path
        let file = try openPath(name, O_RDONLY | O_NOFOLLOW)
        try lockFile(file.raw, wait: false)
        return file.release()
    }
    defer { close(lock) }
    if !Paths.same(state.path, target) {
        try attempt("rename \(state.path) to \(target)") { () throws(Errno) in
            try rename(state.path, target, flags: 1)  // RENAME_NOREPLACE
        }
    }
    try ProjectOrigin.note(project, in: target)
    guard state.kind == .build else { return }
    try attempt("name the project in \(target)") { () throws(Errno) in
        let temporary = target + "/project.new"
        do throws(Errno) { try remove(temporary) } catch { if error != .noSuchFileOrDirectory { throw error } }
        try makeSymbolicLink(to: project, at: AT_FDCWD, temporary)
        try rename(temporary, target + "/project")
    }
}

extension ProjectState {
    var label: String {
        switch kind {
        case .shell: "shell" + (shell == ShellFolder.defaultShell ? "" : " \(shell)") + " of \(project ?? key)"
        case .build: "builds of \(project ?? key)"
        }
    }

    var json: JSON {
        var members = [
            JSON.Member("kind", .string(kind.rawValue)), JSON.Member("key", .string(key)),
            JSON.Member("folder", .string(path)),
        ]
        if let project { members.append(JSON.Member("project", .string(project))) }
        if kind == .shell { members.append(JSON.Member("shell", .string(shell))) }
        return .object(
            members + [
                JSON.Member("presence", .string(presence.rawValue)), JSON.Member("lastUsed", .string(usedText)),
            ])
    }
}
