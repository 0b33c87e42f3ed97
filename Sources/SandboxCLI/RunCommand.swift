import Diagnostics

/// The options of `sandbox run`; they end at the first word that is no option.
package struct RunCommand: CommandOptions {
    package var project: String?
    package var noProject = false
    package var rootfs: String?
    package var writable: [String] = []
    package var bind: [String] = []
    package var roBind: [String] = []
    package var tmpfs: [String] = []
    package var allowSecret: [String] = []
    package var homeTools = false
    package var workdir: String?
    package var env: [String] = []
    package var hostname = "sandbox"
    package var rlimit: [String] = []
    package var limits = LimitOptions()
    package var rootOptions = RootOptions()
    package var net: String?
    package var publish: [String] = []
    package var asRoot = false
    package var keep: String?
    package var profile = "default"
    package var capAdd: [String] = []
    package var capDrop: [String] = []
    package var image = ImageOptions()
    package var own = PrivateOptions()
    package var life = LifeOptions()
    package var explain = false
    package var json = false
    package var quiet = false
    package var noConfig = false
    /// The project file that has been read for these options.
    package var configuration: String?
    /// What of it these options got their values from, and the words that were given beside it.
    package var origins: [SettingOrigin] = []
    package var words: [String] = []
    /// The command and its arguments.
    package var command: [String] = []

    package init() {}

    package static let usage = "sandbox run [options] [--] <command> ..."

    package mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--project", &project, "dir",
            "Share this folder writable at its own path, instead of the enclosing git work tree or the current folder.")
        options.flag("--no-project", &noProject, "Share no project.")
        options.value(
            "--rootfs", &rootfs, "dir",
            "Use another tree than the host's own root.")
        image.visit(&options)
        options.values(
            "--writable", &writable, "path",
            "Make a folder that is laid in read-only (/usr, /opt, …) copy on write; may be repeated.")
        options.values(
            "--bind", &bind, "src[:dst]",
            "Share a file or folder writable, at its own path or at DST; may be repeated. A colon in a name is written \\:."
        )
        options.values(
            "--ro-bind", &roBind, "src[:dst]",
            "Share a file or folder read-only; may be repeated.")
        options.values(
            "--tmpfs", &tmpfs, "dst[:size]",
            "Put an empty folder in memory there, at most SIZE bytes (64m, 1g); may be repeated.")
        options.values(
            "--allow-secret", &allowSecret, "path",
            "Let a well-known secret (~/.ssh, ~/.aws, …) show where a shared folder holds it; may be repeated.")
        options.flag(
            "--home-tools", &homeTools,
            "Share read-only the tool folders of the home that PATH names (cargo, nvm, pyenv, …).")
        options.value(
            "--workdir", short: "-w", &workdir, "dir",
            "Start there.")
        options.values(
            "--env", short: "-e", &env, "name[=value]",
            "Set a variable, or pass the caller's; may be repeated. Otherwise only TERM, LANG, PATH and their like go in."
        )
        options.value(
            "--hostname", &hostname, "name",
            "The host name inside (default: sandbox).")
        options.values(
            "--rlimit", &rlimit, "name=soft[:hard]",
            "Set a resource limit (nofile=1024:4096, core=0, nproc=unlimited); may be repeated.")
        options.value(
            "--net", &net, "mode",
            "The network: none (loopback only), user (a private one with a way out, by pasta or slirp4netns), host (all of the host's) or join:NAME (another sandbox's)."
        )
        options.values(
            "--publish", &publish, "[addr:]port:inner",
            "With --net user: let a port of this machine lead to one inside; at 127.0.0.1, or at ADDR. /udp after it is UDP's; may be repeated."
        )
        options.flag("--as-root", &asRoot, "Be uid 0 inside (and the caller outside).")
        options.value(
            "--keep", &keep, "name",
            "Keep the changes to the root under a name, and start from them when the name exists.")
        options.value(
            "--profile", &profile, "name",
            "The profile of system calls, capabilities, limits and more (default: default).")
        options.values(
            "--cap-add", &capAdd, "name",
            "Give the command a capability over what is inside (NET_BIND_SERVICE, ALL); may be repeated.")
        options.values(
            "--cap-drop", &capDrop, "name",
            "Take away one that the profile or --as-root gives; may be repeated.")
        own.visit(&options)
        life.visit(&options)
        options.flag("--explain", &explain, "Print what would be done, and run nothing.")
        options.flag(
            "--json", &json,
            "With --explain: print it as JSON, the OCI spec included. With build: print what has changed as JSON.")
        options.flag("--no-config", &noConfig, "Do without the project's sandbox.toml.")
        options.flag("--quiet", short: "-q", &quiet, "Print no notes.")
        limits.visit(&options)
        rootOptions.visit(&options)
    }

    /// Reads the words after `sandbox run`; nil when they ask for help.
    package static func parse(_ words: [String]) throws(SandboxError) -> RunCommand? {
        var command = RunCommand()
        let parsed = try command.parse(words)
        command.command = parsed.rest
        return parsed.wantsHelp ? nil : command
    }
}
