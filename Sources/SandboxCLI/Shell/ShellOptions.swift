import Diagnostics
import Launcher

/// The options of `sandbox shell`: its own, and those of `run`.
struct ShellOptions: CommandOptions {
    var run = RunCommand()
    var reset = false
    var stay = false

    static let usage = "sandbox shell [options] [name] [-- <command> ...]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--reset", &reset, "Forget all that was changed in it, its home too, and begin anew.")
        options.flag("--stay", &stay, "Keep it running when the last terminal has left, until sandbox stop.")
        options.heading("Options of run: --as-root is for this terminal, the others for when the shell is started")
        run.visit(&options)
    }

    /// Which shell is meant, and what to run in it.
    ///
    /// - Parameter afterDashes: `words` stood after `--`: they are a command, without a name.
    func settings(_ words: [String], afterDashes: Bool) throws(SandboxError) -> (ShellSettings, command: [String]) {
        var settings = ShellSettings()
        settings.stays = stay
        try refuseOptionsOfRun()
        if afterDashes { return (settings, words) }
        guard let name = words.first else { return (settings, []) }
        settings.name = name
        var command = Array(words.dropFirst())
        guard name.utf8.count <= 20 else {
            throw SandboxError(.invalidInput, "\"\(name)\": a shell's name has at most 20 letters")
        }
        if command.first == "--" {
            command.removeFirst()
        } else if let word = command.first {
            throw SandboxError(
                .invalidInput, "unexpected word \"\(word)\"", remedy: "a command goes after --")
        }
        return (settings, command)
    }

    private func refuseOptionsOfRun() throws(SandboxError) {
        let given = [
            ("--name", run.life.name != nil), ("--detach", run.life.detach), ("--tty", run.life.tty),
            ("--rm", run.life.rm),
        ]
        if let (option, _) = given.first(where: { $0.1 }) {
            throw SandboxError(
                .invalidInput, "\(option) is for sandbox run",
                remedy: option == "--detach" ? "--stay keeps a shell running" : "leave it out")
        }
        for (option, isGiven) in [
            ("--rootfs", run.rootfs != nil), ("--image", run.image.image != nil),
            ("--entrypoint", run.image.entrypoint != nil),
        ] where isGiven {
            throw SandboxError(.invalidInput, "\(option): a shell has the host's root", remedy: "leave it out")
        }
    }
}
