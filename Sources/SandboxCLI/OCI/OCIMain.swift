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

    static let globalFlags: [OCIFlag] = [
        .value("root", placeholder: "DIR", help: "folder of the containers' state"),
        .value("log", placeholder: "TARGET", help: "where errors and warnings go: FILE, journald:NAME or syslog:NAME"),
        .value("log-format", placeholder: "FORMAT", help: "text or json"),
        .word("debug", help: "report more"),
        .value("cgroup-manager", placeholder: "NAME", help: "who makes cgroups: cgroupfs, systemd or disabled"),
        .word("systemd-cgroup", help: "the same as --cgroup-manager systemd"),
        .value("rootless", placeholder: "true|false|auto", help: "whether to do without root's rights"),
        .value("criu", placeholder: "PATH", help: "the criu to use for checkpoint and restore"),
        .word("version", "v", help: "print the version"),
        .word("help", "h", help: "print this"),
    ]

    /// Runs one verb; the exit status.
    func run(_ arguments: [String]) -> CInt {
        var log = OCILog(program: program)
        do {
            let global = try ParsedFlags(arguments, Self.globalFlags)
            log = try OCILog(program: program, flags: global)
            return try dispatch(global, log)
        } catch {
            log.write(.error, error.description, isTold: error.isTold)
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
            let asksForHelp = global.rest.contains { $0 == "-h" || $0 == "--help" }
            throw SandboxError(
                .invalidInput, asksForHelp ? "No help topic for '\(name)'" : "no such command: \(name)",
                remedy: "see: \(program) --help")
        }
        let rest = Array(global.rest.dropFirst())
        let flags = try ParsedFlags(
            rest, verb.flags + [.word("help", "h", help: "")], interspersed: !verb.stopsAtArgument)
        if flags.has("help") {
            printOut(verb.help(program))
            return 0
        }
        if verb.launches { try SealedExecutable.seal(arguments: processArguments, environment: environment()) }
        let context = OCIContext(engine: try engine(global, log), hasOwnRoot: global.has("root"))
        log.write(.debug, "\(name): state in \(context.engine.store.root), process \(getpid())")
        return try verb.run(context, flags)
    }

    private func engine(_ global: ParsedFlags, _ log: OCILog) throws(SandboxError) -> Engine {
        let facts = try HostFacts.read()
        let rootless = try rootless(global)
        let standard = StateStore.defaultRoot(isRootless: rootless ?? facts.isRootless, environment: environmentValue)
        let root = absolutePath(global.value("root") ?? standard, in: facts.workingDirectory)
        var engine = Engine(store: StateStore(root: root), facts: facts, warn: { log.write(.warning, $0) })
        engine.debug = { log.write(.debug, $0()) }
        engine.rootlessCgroups = rootless
        engine.cgroupManager = try cgroupManager(global)
        engine.criu = global.value("criu")
        engine.notifySocket = environmentValue("NOTIFY_SOCKET")
        return engine
    }

    /// `--rootless`; nil: as the caller's rights are.
    private func rootless(_ global: ParsedFlags) throws(SandboxError) -> Bool? {
        switch global.value("rootless") {
        case nil, "auto": return nil
        case "true", "1": return true
        case "false", "0": return false
        case let text?:
            throw SandboxError(.invalidInput, "--rootless: \"\(text)\" is none of true, false and auto")
        }
    }

    private func cgroupManager(_ global: ParsedFlags) throws(SandboxError) -> CgroupManager {
        guard let name = global.value("cgroup-manager") else {
            return global.has("systemd-cgroup") ? .systemd : .files
        }
        guard let manager = CgroupManager(rawValue: name) else {
            throw SandboxError(
                .invalidInput, "--cgroup-manager: \"\(name)\" is none of cgroupfs, systemd and disabled")
        }
        if global.has("systemd-cgroup") && manager != .systemd {
            throw SandboxError(.invalidInput, "--cgroup-manager \(name) and --systemd-cgroup contradict each other")
        }
        return manager
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
