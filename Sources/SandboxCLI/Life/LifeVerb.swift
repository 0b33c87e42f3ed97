import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// The verbs about sandboxes that have names.
package enum LifeVerb: String, CaseIterable, Sendable {
    case ps, logs, exec, attach, stop, kill, rm, inspect, wait, prune

    /// Runs the words after the verb and returns the exit status.
    func run(_ words: [String]) -> CInt {
        switch self {
        case .ps: runVisited(PsOptions(), words) { (options, _) throws(SandboxError) in try list(options) }
        case .logs: runVisited(LogsOptions(), words, takesName: true, showLogs)
        case .exec: runVisited(JoinOptions(), words, takesName: true, takesCommand: true, execute)
        case .attach: runVisited(AttachOptions(), words, takesName: true, attachTerminal)
        case .stop: runVisited(StopOptions(), words, takesName: true, stopSandboxes)
        case .kill: runVisited(KillOptions(), words, takesName: true, killSandboxes)
        case .rm: runVisited(RemoveOptions(), words, takesName: true, removeSandboxes)
        case .inspect: runVisited(InspectOptions(), words, takesName: true, inspectSandboxes)
        case .wait: runVisited(WaitOptions(), words, takesName: true, waitForSandboxes)
        case .prune:
            runVisited(PruneOptions(), words) { (options, _) throws(SandboxError) in try pruneSandboxes(options) }
        }
    }

    var abstract: String {
        switch self {
        case .ps: "List the sandboxes that have names."
        case .logs: "Print what a detached command has written."
        case .exec: "Run one more command in a running sandbox."
        case .attach: "Show a detached command's terminal or output."
        case .stop: "Ask sandboxes to end, and make them."
        case .kill: "Send sandboxes' commands a signal."
        case .rm: "Forget ended sandboxes and their journals."
        case .inspect: "Print all that is known of sandboxes, as JSON."
        case .wait: "Wait for sandboxes' ends and print their exit statuses."
        case .prune: "Forget every ended sandbox, and what is kept for projects that are gone."
        }
    }
}

/// Reads a verb's options, prints its help when asked, and turns what it throws into a line and a status.
///
/// - Parameters:
///   - takesName: at least one name must be given; else none may.
///   - takesCommand: what follows the name is a command, with options of its own.
func runVisited<Options: CommandOptions>(
    _ options: Options, _ words: [String], takesName: Bool = false, takesCommand: Bool = false,
    _ body: (Options, [String]) throws(SandboxError) -> CInt
) -> CInt {
    var options = options
    let verb = Options.usage.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    do throws(SandboxError) {
        let parsed = try takesName && !takesCommand ? options.parseAmongNames(words) : options.parse(words)
        if parsed.wantsHelp {
            printOut(options.helpText)
            return 0
        }
        if takesName && parsed.rest.isEmpty {
            throw SandboxError(.invalidInput, "no sandbox is named", remedy: "sandbox ps lists them")
        }
        if !takesName, let word = parsed.rest.first {
            throw SandboxError(.invalidInput, "unexpected word \"\(word)\"", remedy: "sandbox \(verb) --help")
        }
        return try body(options, parsed.rest)
    } catch {
        printError("sandbox: \(printable(error.within(verb).description))")
        return error.runStatus
    }
}

/// The registry of this process's user.
func ownRegistry() -> Registry {
    var environment: NameTable<String> = [:]
    environment["XDG_STATE_HOME"] = environmentValue("XDG_STATE_HOME")
    let home = environmentValue("HOME") ?? Account.find(uid: geteuid(), files: KernelFiles())?.home ?? "/"
    return registry(state: LaunchHost.stateFolder(environment, home: home))
}

/// Does the same with several sandboxes; all are tried, and the first failure is thrown in the end.
func forEach(_ names: [String], _ body: (RegistryEntry) throws(SandboxError) -> Void) throws(SandboxError) -> CInt {
    let registry = ownRegistry()
    var failure: SandboxError?
    for name in names {
        do throws(SandboxError) { try body(registry.entry(name)) } catch {
            if let failure { printError("sandbox: \(printable(failure.description))") }
            failure = error
        }
    }
    if let failure { throw failure }
    return 0
}

/// The same, with a document of what `body` gives for each sandbox that it went well with.
func forEach(
    _ names: [String], json: Bool, _ body: (RegistryEntry) throws(SandboxError) -> JSON
) throws(SandboxError) -> CInt {
    var rows: [JSON] = []
    defer { if json { printJSON(.array(rows)) } }
    return try forEach(names) { (entry) throws(SandboxError) in rows.append(try body(entry)) }
}

/// The one word that a verb takes.
func onlyName(_ words: [String]) throws(SandboxError) -> String {
    guard let name = words.first, words.count == 1 else {
        throw SandboxError(.invalidInput, "one name is needed, and \(words.count) are given")
    }
    return name
}
