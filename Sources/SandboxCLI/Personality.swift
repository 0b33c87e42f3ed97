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
    case "run":
        do throws(SandboxError) {
            try SealedExecutable.seal(arguments: arguments, environment: environment())
        } catch {
            printError("sandbox: \(printable(error.within("run").description))")
            return 125
        }
        return runSandboxVerb(words)
    case "doctor":
        var verb = DoctorVerb(output: StandardOutput())
        return verb.run(words)
    case "oci": return OCIMain(program: "sandbox oci", processArguments: arguments).run(words)
    case "profile": return runProfileCommand(words)
    case "overlay": return runOverlayCommand(words)
    case "--generate-completion-script":
        guard let shell = words.first, let script = completionScript(shell) else {
            printError("sandbox: --generate-completion-script: give one of bash, zsh and fish")
            return 125
        }
        printOut(script + "\n")
        return 0
    case "--version":
        printOut("sandbox \(sandboxVersion)\n")
        return 0
    case nil, "help", "--help", "-h":
        printOut(usage)
        return 0
    case let word?:
        printError("sandbox: unknown command \"\(printable(word))\" (hint: sandbox --help lists the commands)")
        return 125
    }
}

/// Whether every argument is valid UTF-8: Swift's strings would repair what is not, and name another file.
private func argumentsAreText() -> Bool {
    let count = Int(CommandLine.argc)
    let vector = CommandLine.unsafeArgv
    return (0..<count).allSatisfy { index in
        vector[index].map { String(validatingCString: $0) != nil } ?? true
    }
}

private func runSandboxVerb(_ words: [String]) -> CInt {
    var chosen: ChosenProfile?
    var verb = RunVerb(
        output: StandardOutput(),
        profile: { (name) throws(SandboxError) in
            let profile = try ChosenProfile(name, in: profileStore())
            chosen = profile
            return profile.launch
        },
        engine: { (launch) throws(SandboxError) in
            guard let chosen else { throw SandboxError(.system, "no profile has been chosen") }
            return try runLaunch(launch, chosen)
        })
    return verb.run(words)
}

private let usage = """
    sandbox: run commands in rootless sandboxes, and OCI containers

    USAGE:
      sandbox run [options] [--] <command> ...   run a command in a sandbox
      sandbox doctor [--json]                    say what this host lacks, and the line that mends it
      sandbox profile <verb> ...                 list, show, compare, check, compile and explain profiles
      sandbox oci <verb> ...                     the OCI runtime, as engines call it (also named sandbox-oci or runc)
      sandbox overlay mount -o ... <dir>         the FUSE overlay by itself (also named sandbox-overlay)
      sandbox --version
      sandbox --generate-completion-script bash|zsh|fish

    sandbox run --help lists the options. Exit status of run: the command's own, 128+N after signal N,
    125 when sandbox itself fails, 126 when the command cannot be executed, 127 when it is not found.

    """
