import ContainerPlan
import ContainerRuntime
import Diagnostics
import LinuxKernel

/// The OCI runtime's command line: `sandbox oci VERB`, or this executable called `sandbox-oci` or `runc`.
struct OCIMain {
    /// The name it was called by, for messages.
    let program: String
    /// All arguments of the process, for executing it again.
    let processArguments: [String]

    private static let globalFlags: [OCIFlag] = [
        .value("root", placeholder: "DIR", help: "folder of the containers' state"),
        .value("log", placeholder: "FILE", help: "file to write errors and warnings to"),
        .value("log-format", placeholder: "FORMAT", help: "text or json"),
        .word("debug", help: "report more"),
        .word("systemd-cgroup", help: "use systemd for cgroups"),
        .value("rootless", placeholder: "true|false|auto", help: "whether to do without root's rights"),
        .value("criu", placeholder: "PATH", help: "accepted and ignored, as runc does"),
        .word("version", "v", help: "print the version"),
        .word("help", "h", help: "print this"),
    ]

    /// Runs one verb; the exit status.
    func run(_ arguments: [String]) -> CInt {
        var log = OCILog(program: program, path: nil, isJSON: false)
        do {
            let global = try ParsedFlags(arguments, Self.globalFlags)
            log = try OCILog(program: program, flags: global)
            return try dispatch(global, log)
        } catch {
            log.write(.error, error.description)
            return failureStatus(arguments)
        }
    }

    /// An exec that fails is told from the command's own failure by its status.
    private func failureStatus(_ arguments: [String]) -> CInt {
        do {
            let global = try ParsedFlags(arguments, Self.globalFlags)
            return global.rest.first.flatMap(OCIVerb.named)?.failureStatus ?? 1
        } catch { return 1 }
    }

    private func dispatch(_ global: ParsedFlags, _ log: OCILog) throws(SandboxError) -> CInt {
        if global.has("version") {
            printOut(versionText)
            return 0
        }
        guard let name = global.rest.first, name != "help", !global.has("help") else {
            printOut(helpText)
            return 0
        }
        guard let verb = OCIVerb.named(name) else {
            throw SandboxError(
                .invalidInput, "no such command: \(name)", remedy: "see: \(program) --help")
        }
        let rest = Array(global.rest.dropFirst())
        let flags = try ParsedFlags(rest, verb.flags + [.word("help", "h", help: "")])
        if flags.has("help") {
            printOut(verb.help)
            return 0
        }
        if verb.launches { try SealedExecutable.seal(arguments: processArguments, environment: environment()) }
        let facts = try HostFacts.read()
        let standard = StateStore.defaultRoot(isRootless: try isRootless(global, facts), environment: environmentValue)
        let root = global.value("root") ?? standard
        let engine = Engine(
            store: StateStore(root: absolutePath(root, in: facts.workingDirectory)), facts: facts,
            usesSystemdCgroup: global.has("systemd-cgroup"),
            warn: { log.write(.warning, $0) })
        let context = OCIContext(engine: engine)
        return try verb.run(context, flags)
    }

    private func isRootless(_ global: ParsedFlags, _ facts: HostFacts) throws(SandboxError) -> Bool {
        switch global.value("rootless") {
        case nil, "auto": return facts.isRootless
        case "true", "1": return true
        case "false", "0": return false
        case let text?:
            throw SandboxError(.invalidInput, "--rootless: \"\(text)\" is none of true, false and auto")
        }
    }

    /// Engines look for `runc version `, `commit:` and `spec:`.
    private var versionText: String {
        """
        \(program) version \(sandboxVersion)
        commit: \(sandboxVersion)
        spec: 1.3.0

        """
    }

    private var helpText: String {
        var lines = [
            "NAME:", "   \(program) - Open Container Initiative runtime", "", "USAGE:",
            "   \(program) [global options] command [command options] [arguments...]", "", "COMMANDS:",
        ]
        for verb in OCIVerb.all {
            lines.append("   " + verb.name + String(repeating: " ", count: 12 - verb.name.count) + verb.summary)
        }
        lines += ["", "GLOBAL OPTIONS:"] + Self.globalFlags.map(\.line) + [""]
        return lines.joined(separator: "\n")
    }
}
