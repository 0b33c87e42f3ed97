import Diagnostics

/// The options of `sandbox build`: those of `sandbox run`, and what becomes of the changes.
package struct BuildCommand: CommandOptions {
    package var run = RunCommand()
    package var fetch: String?
    package var fresh = false
    package var apply = false
    package var onSuccess = false
    package var choice = ApplyChoice()

    package init() {}

    package static let usage = "sandbox build [options] [--] <command> ..."

    package mutating func visit(_ options: inout OptionVisitor) {
        options.heading("Build options")
        options.value(
            "--fetch", &fetch, "command",
            "Run this shell command first, with the network; the build itself goes without.")
        options.flag("--fresh", &fresh, "Drop what earlier builds changed, and their home.")
        options.flag("--apply", &apply, "Take the changes into the project at the end, without a review.")
        options.flag("--on-success", &onSuccess, "As --apply, but only when the command succeeds.")
        options.flag(
            "--allow-guarded", &choice.allowGuarded,
            "With --apply: also what programs of the host act on, such as git hooks.")
        options.flag("--skip-guarded", &choice.skipGuarded, "With --apply: leave these out, and take over the rest.")
        options.heading("Options of sandbox run")
        run.visit(&options)
    }

    /// Reads the words after `sandbox build`; nil when they ask for help.
    package static func parse(_ words: [String]) throws(SandboxError) -> BuildCommand? {
        var command = BuildCommand()
        let parsed = try command.parse(words)
        command.run.command = parsed.rest
        return parsed.wantsHelp ? nil : command
    }

    /// Refuses what contradicts itself.
    package func check() throws(SandboxError) {
        if run.life.detach {
            throw SandboxError(
                .invalidInput, "--detach is for sandbox run: a build is reviewed when it has ended",
                remedy: "leave it out")
        }
        func refuse(_ text: String, _ remedy: String? = nil) throws(SandboxError) {
            throw SandboxError(.invalidInput, text, remedy: remedy)
        }
        if run.noProject { try refuse("--no-project: a build needs a project") }
        if choice.allowGuarded && choice.skipGuarded {
            try refuse("--allow-guarded and --skip-guarded exclude each other")
        }
        if (choice.allowGuarded || choice.skipGuarded) && !apply && !onSuccess {
            try refuse("--allow-guarded and --skip-guarded belong to --apply or --on-success")
        }
        if fetch?.isEmpty == true { try refuse("--fetch: no command given", "--fetch 'npm ci --ignore-scripts'") }
        if run.command.isEmpty { try refuse("no command given", "sandbox build -- make") }
    }
}
