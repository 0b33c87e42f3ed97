import Diagnostics
import Launcher
import LinuxKernel
import Review
import RuntimeSpec

/// The options of `sandbox trust`.
struct TrustCommand: CommandOptions {
    var yes = false
    var revoke = false
    var json = false

    static let usage = "sandbox trust [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--yes", short: "-y", &yes, "Do not ask.")
        options.flag("--revoke", &revoke, "Trust it no longer.")
        options.flag("--json", &json, "Print the outcome as JSON, and the file itself on standard error.")
    }
}

/// Runs `sandbox trust`: shows the project file, or how it has changed, and believes it after a yes.
func runTrustVerb(_ words: [String]) -> Int32 {
    reviewVerb("trust") { () throws(SandboxError) in
        var command = TrustCommand()
        let parsed = try command.parse(words)
        if parsed.wantsHelp {
            printOut(command.helpText)
            return 0
        }
        if let word = parsed.rest.first { throw SandboxError(.invalidInput, "\"\(word)\": takes no arguments") }
        guard let place = ProjectFilePlace.find() else {
            throw SandboxError(.notFound, "no \(ProjectFile.name) here or above", remedy: "sandbox init writes one")
        }
        if command.revoke {
            let wasTrusted = try place.store.forget(place.path)
            let text = "\(printable(place.path)) is \(wasTrusted ? "no longer" : "not") trusted\n"
            return tell(place, isTrusted: false, hasChanged: wasTrusted, text, json: command.json)
        }
        return try trust(place, asks: !command.yes, json: command.json)
    }
}

private func tell(
    _ place: ProjectFilePlace, isTrusted: Bool, hasChanged: Bool, _ text: String, json: Bool
) -> Int32 {
    if json {
        printJSON(
            .object([
                JSON.Member("path", .string(place.path)), JSON.Member("trusted", .bool(isTrusted)),
                JSON.Member("changed", .bool(hasChanged)),
            ]))
    } else {
        printOut(text)
    }
    return 0
}

private func trust(_ place: ProjectFilePlace, asks: Bool, json: Bool) throws(SandboxError) -> Int32 {
    let project = try TrustedProject.read(place.path)
    // What cannot be understood is not worth a yes.
    try checkProjectFile(project.file, path: place.path)
    let profiles = profileStore()
    for name in project.profiles.keys.sorted() {
        _ = try profiles.load(file: ProjectFile.profile(name, beside: place.path), name: name)
    }
    let known = try place.store.project(place.path)
    if known == project {
        let text = "\(printable(place.path)) is trusted as it is\n"
        return tell(place, isTrusted: true, hasChanged: false, text, json: json)
    }
    // If nobody reads it, the answer is asked for all the same.
    do { try writeAll(json ? 2 : 1, differences(project, from: known)) } catch {}
    let what = printable(place.path) + (project.profiles.isEmpty ? "" : " and the profiles beside it")
    if asks {
        guard isTerminal(0), isTerminal(2) else {
            throw SandboxError(
                .refused, "\(place.path) is not trusted yet, and there is nobody to ask",
                remedy: "sandbox trust --yes, when you have read it")
        }
        do { try writeAll(2, "Trust \(what)? [y/N] ") } catch {}
        let answer = (readLine() ?? "").lowercased()
        guard answer == "y" || answer == "yes" else { throw SandboxError(.refused, "not trusted") }
    }
    try place.store.trust(project, of: place.path)
    let text = "\(what) \(project.profiles.isEmpty ? "is" : "are") trusted\n"
    return tell(place, isTrusted: true, hasChanged: true, text, json: json)
}

/// Every file that has changed since it was trusted.
private func differences(_ project: TrustedProject, from known: TrustedProject?) -> [UInt8] {
    var text = UnifiedText(style: UnifiedText.Style(escapesControls: true))
    func write(_ name: String, _ old: [UInt8]?, _ new: [UInt8]?) {
        if old == new { return }
        func entry(_ bytes: [UInt8]?) -> TreeEntry? {
            bytes.map { TreeEntry(kind: .file, mode: 0o644, size: Int64($0.count)) }
        }
        text.write(
            Change(TreePath(bytes: Array(name.utf8)), before: entry(old), after: entry(new)),
            old: old.map { .text($0) } ?? .none, new: new.map { .text($0) } ?? .none)
    }
    write(ProjectFile.name, known?.file, project.file)
    let before = known?.profiles ?? [:]
    for name in Set(before.keys).union(project.profiles.keys).sorted() {
        write(".sandbox/profiles/\(name).json", before[name], project.profiles[name])
    }
    return text.take()
}

/// Reads a file as the verbs will, for its errors alone.
func checkProjectFile(_ bytes: [UInt8], path: String) throws(SandboxError) {
    let file = try ProjectFile(bytes, path: path)
    let configuration = ProjectConfiguration(file: file, home: "/")
    var common = RunCommand()
    try configuration.fill(&common, file.common)
    try checkValues(common)
    try checkValues(configuration.build([], command: BuildCommand()).run)
    for (sections, others) in [(file.commands, ProjectFile.commandKeys), (file.shells, ["description"])] {
        for name in sections.keys.sorted() {
            var command = common
            try configuration.fill(&command, sections[name]?.settings ?? [], others: others)
            try checkValues(command)
        }
    }
}

/// What can be told without looking at the host.
private func checkValues(_ command: RunCommand) throws(SandboxError) {
    var command = command
    command.command = ["true"]
    try command.locating { () throws(SandboxError) in _ = try command.launchSpec(current: "/", home: "/") }
}
