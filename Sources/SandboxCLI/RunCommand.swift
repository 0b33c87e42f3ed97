import ArgumentParser
import Launcher

/// The options of `sandbox run`; they end at the first word that is no option.
package struct RunCommand: ParsableArguments {
    package init() {}

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Share this folder writable at its own path, instead of the enclosing git work tree or the current folder.",
            valueName: "dir"))
    package var project: String?

    @Flag(name: .long, help: "Share no project.")
    package var noProject = false

    @Option(
        name: .long,
        help: ArgumentHelp("Use another tree than the host's own root.", valueName: "dir"))
    package var rootfs: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make a folder that is laid in read-only (/usr, /opt, …) copy on write; may be repeated.",
            valueName: "path"))
    package var writable: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Share a file or folder writable, at its own path or at DST; may be repeated. A colon in a name is written \\:.",
            valueName: "src[:dst]"))
    package var bind: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Share a file or folder read-only; may be repeated.", valueName: "src[:dst]"))
    package var roBind: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Put an empty folder in memory there, at most SIZE bytes (64m, 1g); may be repeated.",
            valueName: "dst[:size]"))
    package var tmpfs: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Let a well-known secret (~/.ssh, ~/.aws, …) show where a shared folder holds it; may be repeated.",
            valueName: "path"))
    package var allowSecret: [String] = []

    @Flag(name: .long, help: "Share read-only the tool folders of the home that PATH names (cargo, nvm, pyenv, …).")
    package var homeTools = false

    @Option(
        name: [.long, .customShort("w")],
        help: ArgumentHelp("Start there.", valueName: "dir"))
    package var workdir: String?

    @Option(
        name: [.long, .customShort("e")],
        help: ArgumentHelp(
            "Set a variable, or pass the caller's; may be repeated. Otherwise only TERM, LANG, PATH and their like go in.",
            valueName: "name[=value]"))
    package var env: [String] = []

    @Option(name: .long, help: ArgumentHelp("The host name inside.", valueName: "name"))
    package var hostname = "sandbox"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Set a resource limit (nofile=1024:4096, core=0, nproc=unlimited); may be repeated.",
            valueName: "name=soft[:hard]"))
    package var rlimit: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("The network: none (loopback only) or host (all of the host's).", valueName: "mode"))
    package var net = "none"

    @Flag(name: .long, help: "Be uid 0 inside (and the caller outside).")
    package var asRoot = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Keep the changes to the root under a name, and start from them when the name exists.", valueName: "name"))
    package var keep: String?

    @Option(name: .long, help: ArgumentHelp("The profile of system calls and kernel files.", valueName: "name"))
    package var profile = "default"

    @Flag(name: .long, help: "Print what would be done, and run nothing.")
    package var explain = false

    @Flag(name: .long, help: "With --explain: print it as JSON, the OCI spec included.")
    package var json = false

    @Flag(name: [.long, .customShort("q")], help: "Print no notes.")
    package var quiet = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command and its arguments.", valueName: "command"))
    package var command: [String] = []

    /// The text of `sandbox run --help`.
    static var helpText: String {
        var lines = helpMessage(columns: 100).split(separator: "\n", omittingEmptySubsequences: false)
        if lines.first?.hasPrefix("USAGE:") == true {
            lines[0] = "USAGE: sandbox run [options] [--] <command> ..."
        }
        return lines.joined(separator: "\n")
    }
}
