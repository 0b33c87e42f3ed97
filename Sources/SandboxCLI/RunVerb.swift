import Diagnostics
import Launcher
import LinuxKernel

/// Carries out a decided launch and returns the command's exit status (128 + N after signal N).
///
/// A command that is not there is thrown as `.commandNotFound`, one that cannot be executed as `.notExecutable`.
package typealias LaunchEngine = (Launch, StartReport?) throws(SandboxError) -> Int32

/// `sandbox run`: words to options, options to a decided launch, the launch to the engine.
package struct RunVerb<Output: CommandOutput> {
    package var output: Output
    /// The profiles a launch can name, by name.
    package var profile: (String) throws(SandboxError) -> LaunchProfile
    /// The images a launch can name.
    package var image: (String) throws(SandboxError) -> LaunchImage
    /// The network of a running sandbox, by its name.
    package var joined: (String) throws(SandboxError) -> JoinedNetwork = joinedNetwork
    package var engine: LaunchEngine
    /// Told of the id maps of a sandbox that this process will stay with, while the rest is still being decided.
    package var mapped: (_ maps: IDMaps, _ ownsNetwork: Bool) -> Void
    /// What there is to say about a command that ended with this status.
    package var closing: (Int32) -> [String]

    package init(
        output: Output, profile: @escaping (String) throws(SandboxError) -> LaunchProfile = builtInProfile,
        image: @escaping (String) throws(SandboxError) -> LaunchImage = launchImage,
        engine: @escaping LaunchEngine, mapped: @escaping (_ maps: IDMaps, _ ownsNetwork: Bool) -> Void = { _, _ in },
        closing: @escaping (Int32) -> [String] = { _ in [] }
    ) {
        self.output = output
        self.profile = profile
        self.image = image
        self.engine = engine
        self.mapped = mapped
        self.closing = closing
    }

    /// Runs the words after `sandbox run` and returns the exit status.
    package mutating func run(_ words: [String]) -> Int32 {
        do throws(SandboxError) {
            guard var command = try RunCommand.parse(words) else {
                output.out(RunCommand().helpText)
                return 0
            }
            if !command.noConfig, let configuration = try ProjectConfiguration.load() {
                command = try configuration.run(words, command: command)
            } else if let name = ProjectConfiguration.commandName(command.command) {
                throw ProjectConfiguration.missing(name)
            }
            return try launch(command)
        } catch {
            output.error("sandbox: \(printable(error.within("run").description))\n")
            return error.runStatus
        }
    }

    /// Decides what the options ask for and carries it out; other verbs that start a sandbox change the request first.
    mutating func launch(
        _ command: RunCommand, adjusting adjust: (inout LaunchSpec) -> Void = { _ in }
    ) throws(SandboxError) -> Int32 {
        do { return try decide(command, adjusting: adjust) } catch { throw command.located(error) }
    }

    private mutating func decide(
        _ command: RunCommand, adjusting adjust: (inout LaunchSpec) -> Void
    ) throws(SandboxError) -> Int32 {
        if command.json && !command.explain {
            throw SandboxError(.invalidInput, "--json belongs to --explain", remedy: "sandbox run --explain --json …")
        }
        let files = KernelFiles()
        var caller = LaunchHost.Caller.current()
        if !command.noProject { try caller.requireNamedFolder() }
        var request = try command.launchSpec(
            current: caller.currentFolder ?? "/", home: caller.environment["HOME"] ?? "/")
        try command.image.apply(to: &request, find: image)
        let profile = try profile(request.profile)
        if command.net == nil { request.network = profile.network }
        request.limits = request.limits.merged(over: profile.limits)
        request.share(
            profile.desktop, environment: caller.environment, home: caller.environment["HOME"] ?? "/", files: files)
        adjust(&request)
        if case .join(let name) = request.network { request.joinedNetwork = try joined(name) }
        if case .background(let terminal)? = request.life?.keeper {
            caller.terminals = [terminal, terminal, terminal]
        }
        // In a cgroup of its own a sandbox's first process is born, and in the background it gets another parent.
        // With another's network it is in the other's user namespace.
        var isPlain = !command.explain && request.limits.isEmpty && request.joinedNetwork == nil
        if case .background? = request.life?.keeper { isPlain = false }
        let host = try LaunchHost.read(
            for: request, caller: caller, files: files, forExplanation: command.explain
        ) { [mapped, isPlain, asRoot = request.asRoot, ownsNetwork = request.network != .host] identity in
            if isPlain { mapped(IDMaps.choose(identity, asRoot: asRoot), ownsNetwork) }
        }
        var launch = try makeSpec(request, host: host, profile: profile)
        if command.explain {
            output.out(command.json ? Explanatory(launch, host).json : Explanatory(launch, host).text)
            return 0
        }
        if !command.quiet { for note in launch.notes { output.error("sandbox: \(printable(note))\n") } }
        launch.secrets = try request.readSecrets()
        guard case .background? = request.life?.keeper, let name = request.life?.name else {
            let status = try carryOut(launch, request, host, report: nil)
            if !command.quiet { for line in closing(status) { output.error("sandbox: \(printable(line))\n") } }
            return status
        }
        try startDetached { (report) throws(SandboxError) in
            _ = try carryOut(launch, request, host, report: report)
        }
        output.out(name + "\n")
        return 0
    }

    private mutating func carryOut(
        _ launch: Launch, _ request: LaunchSpec, _ host: LaunchHost, report: StartReport?
    ) throws(SandboxError) -> Int32 {
        var launch = launch
        let files = KernelFiles()
        try launch.prepareHost()
        if launch.kept != nil { try KeptOverlay.note(launch) }
        let places = try launch.holdPlaces()
        defer { places.release() }
        do throws(SandboxError) {
            let status = try engine(launch, report)
            self.report(launch.appeared(files: files))
            return status
        } catch {
            guard error.kind == .commandNotFound, request.image == nil, let name = request.command.first else {
                throw error
            }
            throw error.hinting(hintForMissingCommand(name, host: host, files: files))
        }
    }

    /// Not silenced by --quiet: it is about what the caller does next.
    private mutating func report(_ paths: [String]) {
        for path in paths {
            output.error(
                "sandbox: the command made \(printable(path)), which programs of the host may act on: look at it first\n"
            )
        }
    }
}

/// The one profile this layer knows by itself.
package func builtInProfile(_ name: String) throws(SandboxError) -> LaunchProfile {
    guard name == LaunchProfile.kernelPaths.name else {
        throw SandboxError(.notFound, "--profile \"\(name)\": no such profile", remedy: "--profile default")
    }
    return .kernelPaths
}
