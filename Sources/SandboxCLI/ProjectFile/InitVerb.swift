import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// The options of `sandbox init`.
struct InitCommand: CommandOptions {
    var force = false
    var show = false
    var schema = false
    var json = false

    static let usage = "sandbox init [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--force", &force, "Replace a file that is there.")
        options.flag("--show", &show, "Print it, and write nothing.")
        options.flag("--json", &json, "Print what was written, or with --show would be, as JSON.")
        options.flag("--schema", &schema, "Print the JSON Schema of project files, and write nothing.")
    }
}

/// Runs `sandbox init`: writes a commented project file into the current folder, fitted to what is there.
func runInitVerb(_ words: [String]) -> Int32 {
    reviewVerb("init") { () throws(SandboxError) in
        var command = InitCommand()
        let parsed = try command.parse(words)
        if parsed.wantsHelp {
            printOut(command.helpText)
            return 0
        }
        if let word = parsed.rest.first { throw SandboxError(.invalidInput, "\"\(word)\": takes no arguments") }
        if command.schema {
            printOut(ProjectSchema.text)
            return 0
        }
        let names = try attempt("read the current folder") { () throws(Errno) in
            try directoryEntries(of: openPath(".", O_RDONLY | O_DIRECTORY))
        }
        let text = ProjectTemplate(names: Set(names)).text
        if command.show {
            if command.json { printJSON(report(text, isWritten: false)) } else { printOut(text) }
            return 0
        }
        try write(text, replaces: command.force)
        // Its writer has read it, and not the profiles that may lie beside it.
        if let place = ProjectFilePlace.find() {
            let profiles = try place.store.project(place.path)?.profiles ?? [:]
            try place.store.trust(TrustedProject(file: Array(text.utf8), profiles: profiles), of: place.path)
        }
        if command.json {
            printJSON(report(text, isWritten: true))
            return 0
        }
        printOut("wrote \(ProjectFile.name): change it as you like, then: sandbox trust\n")
        return 0
    }
}

private func report(_ text: String, isWritten: Bool) -> JSON {
    let folder = KernelFiles().canonical(".") ?? "."
    return .object([
        JSON.Member("path", .string(Paths.join(folder, ProjectFile.name))), JSON.Member("written", .bool(isWritten)),
        JSON.Member("text", .string(text)),
    ])
}

private func write(_ text: String, replaces: Bool) throws(SandboxError) {
    // Whole or not at all: a full disk leaves the old file, or none.
    let temporary = ".\(ProjectFile.name).\(getpid())"
    do throws(Errno) {
        do throws(Errno) {
            let file = try openPath(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try writeAll(file.raw, text)
            try place(temporary, replaces: replaces)
        } catch {
            do throws(Errno) { try remove(temporary) } catch {}  // not made, or the first error is told
            throw error
        }
    } catch {
        throw SandboxError(
            error, "write \(ProjectFile.name)", remedy: error == .fileExists ? "--force replaces it" : nil)
    }
}

private func place(_ temporary: String, replaces: Bool) throws(Errno) {
    if !replaces {
        do throws(Errno) {
            return try rename(temporary, ProjectFile.name, flags: 1)  // RENAME_NOREPLACE
        } catch .invalidArgument {
            // Some network file systems cannot.
            if fileExists(ProjectFile.name) { throw .fileExists }
        }
    }
    try rename(temporary, ProjectFile.name)
}
