import ContainerRuntime
import Diagnostics
import LinuxKernel

/// Runs the personality that the executable's name, or its first argument, asks for; the exit status.
///
/// Only the chosen verb's options are built: parsing the whole tree of commands would cost more than a start.
package func sandboxMain(_ arguments: [String]) -> CInt {
    let name = arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? "sandbox"
    let rest = Array(arguments.dropFirst())
    guard argumentsAreText() else {
        printError(
            "\(name): an argument is not valid UTF-8 (hint: pass such names inside, as in: sh -c 'rm f*')")
        return name == "sandbox" && rest.first != "oci" ? 125 : 1
    }
    switch name {
    case "sandbox-oci", "runc", "crun":
        return OCIMain(program: name, processArguments: arguments).run(rest)
    case "sandbox-overlay", "fuse-overlayfs": return runOverlayCommand(rest)
    default: return launcherMain(arguments, rest)
    }
}

private func launcherMain(_ arguments: [String], _ rest: [String]) -> CInt {
    let words = Array(rest.dropFirst())
    switch rest.first {
    case "run": return sealed("run", arguments) { runSandboxVerb(words) }
    case "build":
        return sealed("build", arguments) {
            var verb = runVerb()
            return runBuildVerb(words, &verb)
        }
    case "shell": return sealed("shell", arguments) { runShellVerb(words) }
    case "diff": return runDiffVerb(words)
    case "apply": return runApplyVerb(words)
    case "discard": return runDiscardVerb(words)
    case "undo": return runUndoVerb(words)
    case "adopt": return runAdoptVerb(words)
    case "init": return runInitVerb(words)
    case "trust": return runTrustVerb(words)
    case "stats": return runStatsVerb(words)
    case "doctor":
        var verb = DoctorVerb(output: StandardOutput())
        return verb.run(words)
    case "oci": return OCIMain(program: "sandbox oci", processArguments: arguments).run(words)
    case "profile":
        guard words.first == "record" else { return runProfileCommand(words) }
        return sealed("profile record", arguments) { runProfileRecord(Array(words.dropFirst())) }
    case "overlay": return runOverlayCommand(words)
    case "image": return runImageCommand(words)
    case "--generate-completion-script":
        guard let shell = words.first, let script = completionScript(shell) else {
            printError("sandbox: --generate-completion-script: give one of bash, zsh and fish")
            return 125
        }
        printOut(script + "\n")
        return 0
    case "--complete": return CompletionValues.print(words.first ?? "")
    case "--version":
        printOut("sandbox \(sandboxVersion)\n")
        return 0
    case nil, "help", "--help", "-h":
        printOut(usage)
        return 0
    case let word? where LifeVerb(rawValue: word) != nil:
        return runLifeVerb(word, arguments)
    case let word?:
        printError("sandbox: unknown command \"\(printable(word))\" (hint: sandbox --help lists the commands)")
        return 125
    }
}

private func runLifeVerb(_ word: String, _ arguments: [String]) -> CInt {
    guard let verb = LifeVerb(rawValue: word) else { return 125 }
    let words = Array(arguments.dropFirst(2))
    return verb == .exec ? sealed(word, arguments) { verb.run(words) } : verb.run(words)
}

/// Whether every argument is valid UTF-8: Swift's strings would repair what is not, and name another file.
private func argumentsAreText() -> Bool {
    let count = Int(CommandLine.argc)
    let vector = CommandLine.unsafeArgv
    return (0..<count).allSatisfy { index in
        vector[index].map { String(validatingCString: $0) != nil } ?? true
    }
}

/// Runs a verb that starts a sandbox, once this executable cannot be written from inside it.
private func sealed(_ verb: String, _ arguments: [String], _ body: () -> CInt) -> CInt {
    do throws(SandboxError) {
        try SealedExecutable.seal(arguments: arguments, environment: environment())
    } catch {
        printError("sandbox: \(printable(error.within(verb).description))")
        return 125
    }
    return body()
}

private func runSandboxVerb(_ words: [String]) -> CInt {
    let prepared = PreparedMaps()
    defer { prepared.namespace?.discard() }
    // Never destroyed: that would have Swift's runtime look for conformances, when nobody needs it any more.
    let holder = VerbHolder(runVerb(prepared))
    _ = Unmanaged.passRetained(holder)
    return holder.verb.run(words)
}

private final class VerbHolder {
    var verb: RunVerb<StandardOutput>
    init(_ verb: RunVerb<StandardOutput>) { self.verb = verb }
}

/// What is begun before a run is decided.
private final class PreparedMaps {
    var namespace: PreparedNamespace?
}

/// Starts sandboxes with the profiles and the engine of the product.
private func runVerb(_ prepared: PreparedMaps? = nil) -> RunVerb<StandardOutput> {
    var chosen: ChosenProfile?
    var hint: RunHint?
    var networkWasMissed = false
    let store = profileStore()
    return RunVerb(
        output: StandardOutput(),
        profile: { (name) throws(SandboxError) in
            let profile = try ChosenProfile(name, in: store)
            chosen = profile
            return profile.launch
        },
        engine: { (launch, report) throws(SandboxError) in
            guard let chosen else { throw SandboxError(.system, "no profile has been chosen") }
            let sets = launch.spec.process?.capabilities
            let filter = try chosen.filter(sets)
            var made = RunHint(chosen, store, sets)
            let isOff = launch.connection == nil
            let watches = try made.watches(filter) { () throws(SandboxError) in
                try chosen.policy(of: chosen.whole(), sets)
            }
            hint = made
            return try runLaunch(
                launch, seccomp: filter, watchesRefusals: watches,
                answerCall: { call, _ in hint?.answer(call) ?? .fail(errno: EPERM) }, report: report,
                closing: { hint?.lines($0) ?? [] }, prepared: prepared?.namespace,
                networkMissed: { networkWasMissed = isOff })
        },
        mapped: { maps, ownsNetwork in
            guard let prepared else { return }
            prepared.namespace = PreparedNamespace.start(
                users: maps.users, groups: maps.groups, ownsNetwork: ownsNetwork)
        },
        closing: { status in (hint?.lines(status) ?? []) + (networkWasMissed ? [networkHint] : []) })
}

/// For a command that failed when it looked for the network.
private let networkHint =
    "the network is off, and the command looked for it or for a name"
    + " (hint: --net user lets it out, without this machine's own services; sandbox build has --fetch for a first phase)"

let usage = """
    sandbox: run commands in rootless sandboxes, and OCI containers

    USAGE:
      sandbox run [options] [--] <command> ...   run a command in a sandbox
      sandbox build [options] [--] <command> ... run a command on a copy of the project, for review
      sandbox diff | apply | discard | undo      see, take over, drop and take back what builds changed
      sandbox shell [options] [name]             a shell of the project's own, that keeps what is changed in it
      sandbox ps | logs | exec | attach          look at sandboxes that have names, and join them
      sandbox stop | kill | wait | inspect       end them, wait for them, print all that is known of them
      sandbox stats [<name> ...]                 what they use of the processors, memory and disks
      sandbox rm | prune                         forget ended ones, and what is kept for projects that are gone
      sandbox adopt <old folder>                 take over the shells and builds of a project that was moved
      sandbox init | trust                       write a project file; read it and say yes to it
      sandbox doctor [--json]                    say what this host lacks, and the line that mends it
      sandbox profile <verb> ...                 list, show, compare, check, explain and record profiles
      sandbox image <verb> ...                   import, list, run, export and remove images
      sandbox oci <verb> ...                     the OCI runtime, as engines call it (also named sandbox-oci or runc)
      sandbox overlay mount -o ... <dir>         the FUSE overlay by itself (also named sandbox-overlay)
      sandbox --version
      sandbox --generate-completion-script bash|zsh|fish

    sandbox run --help lists the options. Exit status of run: the command's own, 128+N after signal N,
    125 when sandbox itself fails, 126 when the command cannot be executed, 127 when it is not found.

    """
