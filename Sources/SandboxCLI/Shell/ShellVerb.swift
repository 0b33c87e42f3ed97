import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// Runs `sandbox shell`.
func runShellVerb(_ words: [String]) -> CInt {
    var options = ShellOptions()
    do throws(SandboxError) {
        let parsed = try options.parse(words)
        if parsed.wantsHelp {
            printOut(options.helpText)
            return 0
        }
        let before = words.count - parsed.rest.count - 1
        let afterDashes = before >= 0 && words[before] == "--"
        let (settings, command) = try options.settings(parsed.rest, afterDashes: afterDashes)
        if !options.run.noConfig, let configuration = try ProjectConfiguration.load() {
            // The file's options first, so that the words win over them.
            options = ShellOptions()
            options.run = try configuration.shell(settings.name, words: words)
            _ = try options.parse(words)
            _ = try options.settings(parsed.rest, afterDashes: afterDashes)
        }
        let verb = ShellVerb(options: options, settings: settings, command: command)
        return try options.run.locating { () throws(SandboxError) in try verb.run() }
    } catch {
        printError("sandbox: \(printable(error.within("shell").description))")
        return error.runStatus
    }
}

/// `sandbox shell`: a terminal in the project's own persistent sandbox, which the first one starts and the last one ends.
struct ShellVerb {
    let options: ShellOptions
    let settings: ShellSettings
    let command: [String]

    func run() throws(SandboxError) -> CInt {
        var caller = LaunchHost.Caller.current()
        if !options.run.noProject { try caller.requireNamedFolder() }
        let terminals = caller.terminals
        // The sandbox itself has no terminal; each that joins has its own.
        caller.terminals = [false, false, false]
        var request = try request(caller)
        let files = KernelFiles()
        let profile = try ChosenProfile(request.profile, in: profileStore())
        if options.run.net == nil { chooseNetwork(&request, profile) }
        if case .join(let name) = request.network { request.joinedNetwork = try joinedNetwork(name) }
        request.limits = request.limits.merged(over: profile.launch.limits)
        request.share(
            profile.launch.desktop, environment: caller.environment, home: caller.environment["HOME"] ?? "/",
            files: files)
        let host = try LaunchHost.read(for: request, caller: caller, files: files, forExplanation: options.run.explain)
        let folder = shellFolder(host)
        request.shell = folder
        request.life = LaunchSpec.Life(name: folder.key, keeper: .background(terminal: false), isKept: false)
        var launch = try makeSpec(request, host: host, profile: profile.launch)
        if options.run.explain {
            let explanation = Explanatory(launch, host)
            printOut(options.run.json ? explanation.json : explanation.text)
            return 0
        }
        let registry = registry(state: host.stateFolder)
        if options.reset { try reset(folder, launch, registry) }
        launch.secrets = try request.readSecrets()
        let start = ShellStart(folder: folder, launch: launch, profile: profile, isQuiet: options.run.quiet)
        let joined = try start.join(registry, stays: settings.stays)
        try provision(joined.entry, folder)
        if !options.run.quiet { try tellDifference(joined.entry, launch, folder) }
        return try enter(joined, host, folder, terminals)
    }

    /// A shell is where packages are installed: it gets a private network with a way out where there can be one, unless
    /// a profile of the user's own says otherwise.
    private func chooseNetwork(_ request: inout LaunchSpec, _ profile: ChosenProfile) {
        request.network = profile.launch.network
        guard profile.isBuiltin, request.network == .none else { return }
        let facts = NetworkFacts.read(path: environmentValue("PATH"), files: KernelFiles())
        guard let program = facts.program else { return }
        (request.network, request.networkIsOptional) = (.user(program), true)
    }

    private func request(_ caller: LaunchHost.Caller) throws(SandboxError) -> LaunchSpec {
        var run = options.run
        // Root and user share the sandbox: who one is, is chosen terminal by terminal.
        run.asRoot = false
        run.command = ["shell"]
        return try run.launchSpec(current: caller.currentFolder ?? "/", home: caller.environment["HOME"] ?? "/")
    }

    private func shellFolder(_ host: LaunchHost) -> ShellFolder {
        let project =
            switch host.project {
            case .found(let project): project.folder
            case .none: host.currentFolder ?? "/"
            }
        return ShellFolder(shell: settings.name, project: project, stateFolder: host.stateFolder)
    }

    /// Runs this terminal's program inside; the connection stands until it has ended.
    private func enter(
        _ joined: consuming JoinedShell, _ host: LaunchHost, _ folder: ShellFolder, _ terminals: [Bool]
    ) throws(SandboxError) -> CInt {
        var join = JoinOptions()
        join.env = ["SANDBOX_SHELL=\(folder.name)"] + options.run.env
        join.asRoot = options.run.asRoot && host.identity.uid != 0
        let home = join.asRoot ? "/root" : nil
        if let home { join.env.append("ENV=\(home)/.shrc") }
        var program = command
        if program.isEmpty { program = settings.program }
        if program.isEmpty { program = [host.shell.isEmpty ? "/bin/sh" : host.shell] }
        let end: JoinedEnd
        do { end = try joined.entry.execute(program, join, terminals: terminals) } catch {
            throw explained(error, join, host)
        }
        if !options.run.quiet {
            for line in end.lines { printError("sandbox: \(printable(line))") }
        }
        joined.leave()
        return end.status
    }

    /// Why there is no uid 0 inside, and what mends that.
    private func explained(_ error: SandboxError, _ join: JoinOptions, _ host: LaunchHost) -> SandboxError {
        guard join.asRoot, error.message.hasPrefix("--as-root: there is no uid 0"),
            let shortage = IDMaps.choose(host.identity, asRoot: false).shortage
        else { return error }
        return SandboxError(
            .refused, "--as-root: there is no uid 0 in this shell: \(shortage.description)",
            remedy: shortage.remedy(on: host.distribution, firstFree: host.firstFreeID))
    }

    /// A shell that another terminal has started runs by that one's options.
    private func tellDifference(_ entry: RegistryEntry, _ launch: Launch, _ folder: ShellFolder) throws(SandboxError) {
        guard let path = entry.folder else { return }
        var (running, asked) = (try entry.spec(in: path), launch.spec)
        (running.process, asked.process) = (nil, nil)
        // Where the caller may not write (a disk that is read-only) the start has none of them.
        let held = Set(launch.placeholders.map(\.path))
        func isHeld(_ mount: Spec.Mount) -> Bool { mount.source.map(held.contains) ?? false }
        running.mounts?.removeAll(where: isHeld)
        asked.mounts?.removeAll(where: isHeld)
        guard running != asked else { return }
        printError(
            "sandbox: shell \(printable(folder.name)) runs already, by other options than these "
                + "(hint: they hold when its last terminal has left, or after: sandbox stop \(folder.key))")
    }

    /// What only the host's root may read is not there, and installing packages needs some of it: accounts without
    /// passwords, and a home that is root's own. Done as root inside, once.
    private func provision(_ entry: RegistryEntry, _ folder: ShellFolder) throws(SandboxError) {
        guard !fileExists(folder.stamp) else { return }
        let maps = try entry.folder.map { (path) throws(SandboxError) in try entry.spec(in: path).linux?.uidMappings }
        if maps??.contains(where: { $0.containerID == 0 }) == true {
            let process = try attempt("clone a process") { () throws(Errno) in
                try inChildProcess {
                    do throws(SandboxError) {
                        var options = JoinOptions()
                        options.asRoot = true
                        options.workdir = "/"
                        let script = ["/bin/sh", "-c", ShellVerb.provisioning]
                        return UInt8(truncatingIfNeeded: try entry.execute(script, options, terminals: []).status)
                    } catch { return 1 }
                }
            }
            if process != 0, !options.run.quiet {
                printError("sandbox: the shell has no /etc/shadow, since /bin/sh and sed could not write one")
            }
        }
        try attempt("write \(folder.stamp)") { () throws(Errno) in
            let file = try openPath(folder.stamp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try writeAll(file.raw, folder.name + "\n")
        }
    }

    private static let provisioning = """
        umask 077
        for name in shadow gshadow; do
            [ -e /etc/$name ] && continue
            case $name in
            shadow) sed 's/^\\([^:]*\\):.*/\\1:*:19000:0:99999:7:::/' /etc/passwd >/etc/$name ;;
            gshadow) sed 's/^\\([^:]*\\):[^:]*:[^:]*:\\(.*\\)/\\1:*::\\2/' /etc/group >/etc/$name ;;
            esac || exit 1
            chgrp shadow /etc/$name 2>/dev/null && chmod 640 /etc/$name
        done
        chown -R 0:0 /root
        """

    private func isRunning(_ folder: ShellFolder, _ registry: Registry) throws(SandboxError) -> Bool {
        try registry.running().contains { $0.record.name == folder.key }
    }

    /// Removes the shell's folder. Files of subordinate ids are in it, so that is done among those ids.
    private func reset(_ folder: ShellFolder, _ launch: Launch, _ registry: Registry) throws(SandboxError) {
        // One whose last terminal has just left is gone in a moment.
        let end = monotonicMilliseconds() + 2000
        while try isRunning(folder, registry), monotonicMilliseconds() < end { usleep(20_000) }
        if try isRunning(folder, registry) {
            throw SandboxError(
                .wrongState, "--reset: shell \(folder.name) is running",
                remedy: "leave its terminals, or sandbox stop \(folder.key)")
        }
        guard fileExists(folder.path) else { return }
        let linux = launch.spec.linux
        let status = try runMapped(users: linux?.uidMappings ?? [], groups: linux?.gidMappings ?? []) {
            do throws(Errno) { try removeTree(folder.path) } catch {
                printError("sandbox: shell: forget \(folder.path): \(error.text)")
                return 1
            }
            return 0
        }
        guard status == 0 else {
            throw SandboxError(.system, "--reset: not all of \(folder.path) could be removed")
        }
    }
}
