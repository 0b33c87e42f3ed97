import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// The project file that counts for a command, read and trusted.
struct ProjectConfiguration {
    let file: ProjectFile
    let home: String

    /// Options of `sandbox run` that a file cannot give: they are about this very call.
    static let exceptions: Set<String> = ["project", "no-project", "explain", "json", "quiet", "no-config"]
    /// The same for `sandbox build`.
    static let buildExceptions = exceptions.union(["fresh", "allow-guarded"])

    /// Looks for the file from the current folder upwards; nil when there is none.
    ///
    /// - Throws: `.refused` for a file that is not trusted as it is now.
    static func load() throws(SandboxError) -> ProjectConfiguration? {
        guard let place = ProjectFilePlace.find() else { return nil }
        let bytes = try ProjectFile.read(place.path)
        let trusted = try place.store.project(place.path)
        guard trusted?.file == bytes else {
            throw SandboxError(
                .refused, "\(place.path) \(trusted != nil ? "has changed since you trusted it" : "is not trusted")",
                remedy: "sandbox trust shows it and asks; --no-config does without it")
        }
        return ProjectConfiguration(file: try ProjectFile(bytes, path: place.path), home: place.home ?? "/")
    }

    /// `sandbox run` with what the file says below what the words say. `:NAME` is a command of the file.
    func run(_ words: [String], command: RunCommand) throws(SandboxError) -> RunCommand {
        var (base, rest) = try below(words, command)
        _ = try base.parse(words)
        base.command = rest
        return base
    }

    /// `sandbox profile record`, likewise.
    func record(_ words: [String], command: RecordCommand) throws(SandboxError) -> RecordCommand {
        var base = RecordCommand()
        let rest: [String]
        (base.run, rest) = try below(words, command.run)
        _ = try base.parse(words)
        base.run.command = rest
        return base
    }

    /// What the file says of a run, where these words say nothing; and the command's line.
    private func below(
        _ words: [String], _ command: RunCommand
    ) throws(SandboxError) -> (base: RunCommand, rest: [String]) {
        var base = RunCommand()
        base.words = words
        try fill(&base, file.common)
        var rest = command.command
        if let name = Self.commandName(rest) {
            let section = try named(name, file.commands, "command")
            try fill(&base, section.settings, others: ProjectFile.commandKeys)
            rest = section.commandLine(adding: Array(rest.dropFirst()))
            base.workdir = base.workdir ?? file.folder
        }
        base.yield(to: command)
        base.configuration = file.path
        return (base, rest)
    }

    /// `sandbox build`, likewise; without a command the file's.
    func build(_ words: [String], command: BuildCommand) throws(SandboxError) -> BuildCommand {
        var base = BuildCommand()
        base.run.words = words
        try fill(&base.run, file.common)
        try base.fill(
            file.build.settings, from: file, exceptions: Self.buildExceptions, others: ProjectFile.commandKeys,
            home: home)
        base.run.note(file.build.settings, of: file)
        var rest = command.run.command
        if let name = Self.commandName(rest) {
            let section = try named(name, file.commands, "command")
            try fill(&base.run, section.settings, others: ProjectFile.commandKeys)
            rest = section.commandLine(adding: Array(rest.dropFirst()))
            base.run.workdir = base.run.workdir ?? file.folder
        } else if rest.isEmpty {
            rest = file.build.commandLine(adding: [])
            base.run.workdir = base.run.workdir ?? file.folder
        }
        base.run.yield(to: command.run)
        _ = try base.parse(words)
        base.run.command = rest
        base.run.configuration = file.path
        return base
    }

    /// The options of a named shell over the common ones.
    ///
    /// A file that lists shells lists them all, but for the one without a name; in one that lists none, any name will do.
    func shell(_ name: String, words: [String] = []) throws(SandboxError) -> RunCommand {
        var base = RunCommand()
        base.words = words
        try fill(&base, file.common)
        let isListed = file.shells[name] != nil || name != ShellFolder.defaultShell && !file.shells.isEmpty
        if isListed {
            let section = try named(name, file.shells, "shell")
            try fill(&base, section.settings, others: ["description"])
        }
        base.configuration = file.path
        return base
    }

    /// Options from the file's settings, with their places noted.
    func fill(
        _ command: inout RunCommand, _ settings: [Setting], others: [String] = ProjectFile.tables
    ) throws(SandboxError) {
        try command.fill(settings, from: file, exceptions: Self.exceptions, others: others, home: home)
        command.note(settings, of: file)
    }

    /// `test` for `:test`.
    static func commandName(_ words: [String]) -> String? {
        guard let first = words.first, first.utf8.first == UInt8(ascii: ":"), first.utf8.count > 1 else { return nil }
        return String(first.dropFirst())
    }

    /// `:NAME` without a project file.
    static func missing(_ name: String) -> SandboxError {
        SandboxError(
            .notFound, "\":\(name)\": no project file has a [command.\(name)]",
            remedy: "a command whose name begins with a colon is called as ./:\(name)")
    }

    private func named(
        _ name: String, _ sections: [String: SettingSection], _ kind: String
    ) throws(SandboxError) -> SettingSection {
        if let section = sections[name] { return section }
        let near = nearestName(to: name, among: sections.keys.sorted())
        throw SandboxError(
            .notFound, "\(file.path) has no [\(kind).\(name)]",
            remedy: near.map { "did you mean \($0)?" }
                ?? (sections.isEmpty ? nil : "it has: \(sections.keys.sorted().joined(separator: ", "))"))
    }
}

/// Where a project file is, and where it is noted that it is trusted.
struct ProjectFilePlace {
    let path: String
    let home: String?
    let store: TrustStore

    static func find() -> ProjectFilePlace? {
        let files = KernelFiles()
        // A folder that is gone or has no UTF-8 name has no file to be found.
        guard let current = files.canonical(".") else { return nil }
        let home = environmentValue("HOME").flatMap { files.canonical($0) }
        guard let path = ProjectFile.find(current: current, home: home, files: files) else { return nil }
        return ProjectFilePlace(path: path, home: home, store: store(home))
    }

    static func store(_ home: String?) -> TrustStore {
        var environment: NameTable<String> = [:]
        if let path = environmentValue("XDG_STATE_HOME") { environment["XDG_STATE_HOME"] = path }
        return TrustStore(state: LaunchHost.stateFolder(environment, home: home ?? "/"))
    }
}

extension RunCommand {
    /// Leaves out what the command line says of the same thing: options win over the file.
    mutating func yield(to given: RunCommand) {
        func keep(_ own: [String], _ theirs: [String], _ key: (String) -> String) -> [String] {
            let taken = Set(theirs.map(key))
            return own.filter { !taken.contains(key($0)) }
        }
        env = keep(env, given.env) { String($0.prefix { $0 != "=" }) }
        rlimit = keep(rlimit, given.rlimit) { String($0.prefix { $0 != "=" }) }
        tmpfs = keep(tmpfs, given.tmpfs) { String($0.prefix { $0 != ":" }) }
        if noProject || given.noProject { project = nil }
    }
}
