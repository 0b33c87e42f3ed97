import Confinement
import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

struct JoinOptions: CommandOptions {
    var env: [String] = []
    var workdir: String?
    var asRoot = false

    static let usage = "sandbox exec [options] <name> [--] <command> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.values(
            "--env", short: "-e", &env, "name[=value]", "Set a variable, or pass the caller's; may be repeated.")
        options.value("--workdir", short: "-w", &workdir, "dir", "Start there.")
        options.flag("--as-root", &asRoot, "Be uid 0 inside.")
    }
}

/// `sandbox exec`.
func execute(_ options: JoinOptions, _ words: [String]) throws(SandboxError) -> CInt {
    let entry = try ownRegistry().entry(words[0])
    var command = Array(words.dropFirst())
    if command.first == "--" { command.removeFirst() }
    guard !command.isEmpty else {
        throw SandboxError(.invalidInput, "no command given", remedy: "sandbox exec \(words[0]) -- sh")
    }
    let end = try entry.execute(command, options, terminals: (0...2).map { isTerminal($0) })
    for line in end.lines { printError("sandbox: \(printable(line))") }
    return end.status
}

/// How a command that joined has ended, and what there is to say about it.
struct JoinedEnd {
    var status: CInt
    var lines: [String]
}

extension RegistryEntry {
    /// Runs one more command inside, with the rights of the first one or, where the sandbox has a root of its own, its.
    func execute(_ command: [String], _ options: JoinOptions, terminals: [Bool]) throws(SandboxError) -> JoinedEnd {
        guard let folder else {
            throw SandboxError(.wrongState, "sandbox \"\(record.name)\" does not run", errno: ESRCH)
        }
        let spec = try spec(in: folder)
        guard var process = spec.process else {
            throw SandboxError(.system, "the specification of sandbox \"\(record.name)\" has no process")
        }
        let program = try filter(folder)
        var hint = hint(for: program, process.capabilities)
        process.args = command
        process.terminal = terminals.contains(true)
        if let folder = options.workdir { process.cwd = folder }
        if options.asRoot { try becomeRoot(&process, spec.linux) }
        process.env = try environment(process.env ?? [], options.env, folder: process.cwd)
        var run = SandboxExec(
            record: record, process: process, linux: spec.linux ?? Spec.Linux(), seccomp: program,
            landlock: LandlockRules(try wall(folder).wall(isRoot: process.user.uid == 0)), terminals: terminals,
            warn: { printError("sandbox: \(printable($0))") })
        if hint?.isWatched == true { run.answerCall = { call, _ in hint?.answer(call) ?? .fail(errno: EPERM) } }
        let status = try run.run()
        return JoinedEnd(status: status, lines: hint?.lines(status) ?? [])
    }

    /// Who watches what the sandbox's filter refuses; nobody where its profile is not there any more, or another.
    private func hint(for program: SeccompProgram?, _ capabilities: Spec.Process.Capabilities?) -> RunHint? {
        let store = profileStore()
        do throws(SandboxError) {
            let chosen = try ChosenProfile(record.profile, in: store)
            guard try chosen.filter(capabilities) == program else { return nil }
            var hint = RunHint(chosen, store, capabilities)
            _ = try hint.watches(program) { () throws(SandboxError) in
                try chosen.policy(of: chosen.whole(), capabilities)
            }
            return hint
        } catch { return nil }
    }

    private func becomeRoot(_ process: inout Spec.Process, _ linux: Spec.Linux?) throws(SandboxError) {
        guard linux?.uidMappings?.contains(where: { $0.containerID == 0 }) == true else {
            throw SandboxError(
                .refused, "--as-root: there is no uid 0 in sandbox \"\(record.name)\"",
                remedy: "sandbox doctor says how to get subordinate ids")
        }
        let names = LaunchMaker.rootCapabilities
        process.user = Spec.Process.User(uid: 0, gid: 0, additionalGids: [])
        process.capabilities = Spec.Process.Capabilities(
            bounding: names, effective: names, inheritable: [], permitted: names, ambient: [])
        let home = ["HOME=/root", "USER=root", "LOGNAME=root"]
        process.env = (process.env ?? []).filter { entry in !home.contains { $0.sameName(as: entry) } } + home
    }

    private func wall(_ folder: String) throws(SandboxError) -> StoredWall {
        let path = folder + "/wall.json"
        let bytes = try attempt("read \(path)") { () throws(Errno) in try readFile(path, limit: 1 << 20) }
        return try within(path) { () throws(SandboxError) in try StoredWall(decoding: bytes) }
    }

    /// The sandbox's own filter, as it was compiled for its command.
    private func filter(_ folder: String) throws(SandboxError) -> SeccompProgram? {
        let path = folder + "/filter"
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: 1 << 20) } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw SandboxError(error, "read \(path)")
        }
        guard let program = SeccompProgram(fileBytes: bytes) else {
            throw SandboxError(.system, "\(path) is no filter")
        }
        return program
    }

    /// The sandbox's, with what tells about the caller's terminal, and the options' last.
    private func environment(
        _ base: [String], _ given: [String], folder: String
    ) throws(SandboxError) -> [String] {
        var all = base
        func set(_ entry: String) {
            all.removeAll { $0.sameName(as: entry) }
            all.append(entry)
        }
        for name in ["TERM", "COLORTERM", "COLUMNS", "LINES"] {
            if let value = environmentValue(name) { set("\(name)=\(value)") }
        }
        set("PWD=\(folder)")
        for entry in given {
            if entry.isEmpty || entry.hasPrefix("=") {
                throw SandboxError(
                    .invalidInput, "--env \"\(entry)\": not a variable's name",
                    remedy: "--env NAME=VALUE or --env NAME")
            }
            if entry.utf8.contains(UInt8(ascii: "=")) {
                set(entry)
            } else if let value = environmentValue(entry) {
                set("\(entry)=\(value)")
            }
        }
        return all
    }
}

extension String {
    /// Whether two `NAME=VALUE` are of one name.
    fileprivate func sameName(as other: String) -> Bool {
        utf8.prefix { $0 != UInt8(ascii: "=") }.elementsEqual(other.utf8.prefix { $0 != UInt8(ascii: "=") })
    }
}
