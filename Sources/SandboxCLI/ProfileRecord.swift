import Confinement
import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// The options of `sandbox profile record`: its own, and those of `sandbox run`.
struct RecordCommand: CommandOptions {
    var file: String?
    var merge: String?
    var run = RunCommand()

    static let usage = "sandbox profile record [options] [--] <command> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--output", short: "-o", &file, "file",
            "Write the profile there, instead of to standard output when the command has ended.")
        options.value(
            "--merge", &merge, "file",
            "Add what is seen to this recorded profile, and write it back unless -o is given.")
        options.heading("Options of sandbox run")
        run.visit(&options)
    }
}

/// `sandbox profile record`: runs a command under a profile, and writes the smallest profile that covers what it did.
struct ProfileRecord {
    private let command: RecordCommand
    private let store: ProfileStore
    private var output = StandardOutput()

    init(_ command: RecordCommand, _ store: ProfileStore) {
        self.command = command
        self.store = store
    }

    /// The command's exit status.
    mutating func run() throws(SandboxError) -> Int32 {
        if command.run.explain {
            throw SandboxError(.invalidInput, "--explain runs nothing to record", remedy: "sandbox run --explain")
        }
        if command.run.life.detach {
            throw SandboxError(
                .invalidInput, "--detach: a recording is written when the command has ended, which nobody waits for",
                remedy: "leave it out; stop a server with Ctrl-C, and what it did is written")
        }
        if command.run.command.isEmpty && command.run.image.image == nil {
            throw SandboxError(.invalidInput, "no command given", remedy: "sandbox profile record -o make.json -- make")
        }
        // Before the command runs, not after.
        if let file = command.file ?? command.merge { try Self.checkPlace(file) }
        let before = try command.merge.map { (file) throws(SandboxError) in try merged(file) }
        let store = store
        var network = LaunchSpec.Network.none
        var chosen: ChosenProfile?
        var made: Profile?
        var summary = ""
        var verb = RunVerb(
            output: output,
            profile: { (name) throws(SandboxError) in
                let profile = try ChosenProfile(name, in: store)
                chosen = profile
                return profile.launch
            },
            engine: { (launch, _) throws(SandboxError) in
                guard let chosen else { throw SandboxError(.system, "no profile has been chosen") }
                let base = try chosen.whole()
                var observer = try Self.observer(chosen, base, launch)
                let key = try attempt("take a random number") { () throws(Errno) in try randomNumber() }
                let status = try runLaunch(
                    launch, seccomp: .notifyingAll(key: key), answerCall: { observer.answer($0, listener: $1) })
                made = observer.recording.profile(
                    of: launch.spec.process?.args ?? [], under: base, at: RecordedPlace(launch, network))
                summary = observer.recording.summary(under: chosen.launch.name)
                return status
            })
        let status = try verb.launch(command.run, adjusting: { network = $0.network })
        guard var profile = made else { return status }
        if let before {
            profile = try within(command.merge ?? "") { () throws(SandboxError) in try profile.merged(with: before) }
        }
        try write(profile)
        if !command.run.quiet { output.error("sandbox: \(printable(summary))\n") }
        return status
    }

    private func merged(_ file: String) throws(SandboxError) -> Profile {
        let profile = try store.load(file: Self.path(file), name: file).profile
        _ = try within(file) { () throws(SandboxError) in try profile.merged(with: profile) }
        return profile
    }

    private static func observer(
        _ chosen: ChosenProfile, _ base: Profile, _ launch: Launch
    ) throws(SandboxError) -> CallObserver {
        let sets = launch.spec.process?.capabilities
        return CallObserver(
            try chosen.policy(of: base, sets), mayHaveCapabilities: !(sets?.permitted ?? []).isEmpty)
    }

    /// A plain name is a file of this folder.
    private static func path(_ file: String) -> String {
        file.utf8.contains(UInt8(ascii: "/")) ? file : "./" + file
    }

    /// Whether a profile can be put there: in a folder one may write to, over nothing but a plain file.
    private static func checkPlace(_ file: String) throws(SandboxError) {
        let path = Self.path(file)
        try attempt("write \(file)") { () throws(Errno) in
            let temporary = "\(path).\(getpid())"
            _ = try openPath(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try remove(temporary)
        }
        let present: stat
        do throws(Errno) { present = try fileStatus(path, follow: false) } catch {
            if error == .noSuchFileOrDirectory { return }
            throw SandboxError(error, "write \(file)")
        }
        guard present.isRegular else {
            throw SandboxError(.invalidInput, "write \(file): something else than a plain file is there")
        }
    }

    private mutating func write(_ profile: Profile) throws(SandboxError) {
        let bytes = profile.json.encodedPretty()
        guard let file = command.file ?? command.merge else {
            return output.out(String(decoding: bytes, as: UTF8.self))
        }
        // In one step, so that a run that is cut off leaves the old one.
        let path = Self.path(file)
        let temporary = "\(path).\(getpid())"
        do throws(Errno) {
            let new = try openPath(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try writeAll(new.raw, bytes)
            try rename(temporary, to: nil, path)
        } catch {
            do { try remove(temporary) } catch {}  // It may not have been made.
            // What was learned is not lost with its place.
            output.out(String(decoding: bytes, as: UTF8.self))
            throw SandboxError(error, "write \(file)", remedy: "the profile is on standard output")
        }
    }
}

extension RecordedPlace {
    fileprivate init(_ launch: Launch, _ network: LaunchSpec.Network) {
        let home = launch.spec.process?.env?.first { $0.hasPrefix("HOME=") }.map { String($0.dropFirst(5)) }
        self.init(home: home ?? "/", project: launch.projectFolder)
        switch network {
        case .none: self.network = .none
        case .host: self.network = .host
        // No profile names another's network; that of a program in user mode is the nearest.
        case .user, .join: self.network = .user
        }
    }
}

extension Recording {
    /// `recorded 57 system calls, 12 paths read, 3 written; refused by profile "default": keyctl (2)`.
    fileprivate func summary(under name: String) -> String {
        var text = "recorded \(calls.count) system calls, \(read.count) paths read, \(written.count) written"
        if !hosts.isEmpty { text += ", \(hosts.count == 1 ? "1 address" : "\(hosts.count) addresses")" }
        if !capabilities.isEmpty { text += ", \(capabilities)" }
        let refused = refusals.filter { $0.value.errno == 1 }.sorted { $0.key < $1.key }
        if !refused.isEmpty {
            let calls = refused.map { "\($0.key) (\($0.value.count))" }.joined(separator: ", ")
            text += "; refused by profile \"\(name)\": \(calls)"
        }
        for (convention, names) in foreign.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text += "; refused calls of \(convention.text): \(names.sorted().joined(separator: ", "))"
            text += " (\"architectures\": [\"\(convention.rawValue)\"] in a profile's seccomp lets them in)"
        }
        return text
    }
}

/// Runs `sandbox profile record` with the words after it.
func runProfileRecord(_ words: [String]) -> CInt {
    do throws(SandboxError) {
        var command = RecordCommand()
        let parsed = try command.parse(words)
        if parsed.wantsHelp {
            printOut(command.helpText)
            return 0
        }
        command.run.command = parsed.rest
        if !command.run.noConfig, let configuration = try ProjectConfiguration.load() {
            command = try configuration.record(words, command: command)
        } else if let name = ProjectConfiguration.commandName(command.run.command) {
            throw ProjectConfiguration.missing(name)
        }
        var record = ProfileRecord(command, profileStore())
        return try record.run()
    } catch {
        printError("sandbox: \(printable(error.within("profile record").description))")
        return error.runStatus
    }
}
