import ArgumentParser
import Launcher

/// The tree of commands as ArgumentParser sees it, for shell completion alone: running a verb parses only that verb.
private struct SandboxCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Run commands in rootless sandboxes, and OCI containers.",
        subcommands: [
            RunCommands.self, DoctorCommands.self, ProfileCommands.self, OverlayCommands.self, OCICommands.self,
        ])
}

private struct RunCommands: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run a command in a sandbox.")
    @OptionGroup var options: RunCommand
}

private struct DoctorCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this host lacks, and the line that mends it.")
    @OptionGroup var options: DoctorCommand
}

private struct ProfileCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "List, show, compare, check and compile profiles.")
    @Argument(completion: .list(["list", "show", "diff", "check", "compile", "explain"])) var verb: String
    @Argument(completion: .file()) var names: [String] = []
}

private struct OverlayCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overlay", abstract: "Mount the FUSE overlay by itself.")
    @Argument(completion: .list(["mount"])) var verb: String
    @Option(name: .customShort("o")) var options: String?
    @Argument(completion: .directory) var mountPoint: String?
}

private struct OCICommands: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "oci", abstract: "The OCI runtime.")
    @Argument(completion: .list(OCIVerb.all.map(\.name))) var verb: String
    @Argument var containers: [String] = []
}

/// A completion script for `bash`, `zsh` or `fish`; nil for any other shell.
func completionScript(_ shell: String) -> String? {
    guard let shell = CompletionShell(rawValue: shell) else { return nil }
    return SandboxCommands.completionScript(for: shell)
}
