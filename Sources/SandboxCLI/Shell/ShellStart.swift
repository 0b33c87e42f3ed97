import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel

/// A running shell and this terminal's connection to it: without any the shell ends.
struct JoinedShell: ~Copyable {
    let entry: RegistryEntry
    private let connection: Descriptor

    init(entry: RegistryEntry, connection: consuming Descriptor) {
        self.entry = entry
        self.connection = connection
    }

    consuming func leave() {}
}

/// Finds a project's shell running, or starts it.
struct ShellStart {
    let folder: ShellFolder
    let launch: Launch
    let profile: ChosenProfile
    let isQuiet: Bool

    /// Joins the shell. Of two terminals that start it at once one does, and one that is about to end is waited for.
    func join(_ registry: Registry, stays: Bool) throws(SandboxError) -> JoinedShell {
        let end = monotonicMilliseconds() + 15_000
        while true {
            if let joined = try tryJoin(registry, stays: stays) { return joined }
            do throws(SandboxError) {
                if try !isListed(registry) {
                    try start()
                    continue
                }
            } catch {
                // Another terminal was first, or the one before is not quite gone.
                guard error.kind == .alreadyExists || error.kind == .wrongState else { throw error }
            }
            if monotonicMilliseconds() > end {
                throw SandboxError(
                    .system, "shell \(folder.name) neither runs nor ends", remedy: "sandbox kill \(folder.key)")
            }
            usleep(10_000)
        }
    }

    private func isListed(_ registry: Registry) throws(SandboxError) -> Bool { try find(registry) != nil }

    private func find(_ registry: Registry) throws(SandboxError) -> RegistryEntry? {
        do throws(SandboxError) {
            let entry = try registry.entry(folder.key)
            return entry.isRunning ? entry : nil
        } catch {
            if error.kind == .notFound { return nil }
            throw error
        }
    }

    private func tryJoin(_ registry: Registry, stays: Bool) throws(SandboxError) -> JoinedShell? {
        guard let socket = try find(registry)?.connect() else { return nil }
        do throws(Errno) {
            try send(socket.raw, ClientMessage.join(stay: stays).bytes)
            guard case .welcome? = ServerMessage(bytes: try receive(socket.raw).bytes) else { return nil }
        } catch {
            // It has just ended.
            return nil
        }
        // Read again: what it has registered since it started.
        guard let entry = try find(registry) else { return nil }
        return JoinedShell(entry: entry, connection: socket)
    }

    /// For a shell that is to be made.
    private var movedFrom: String? {
        guard !fileExists(folder.stamp), let state = launch.registration?.stateFolder else { return nil }
        return movedHint(folder.project, .shell, state)
    }

    /// Starts it in the background; returns when it can be joined.
    private func start() throws(SandboxError) {
        if !isQuiet {
            for note in launch.notes { printError("sandbox: \(printable(note))") }
            if let hint = movedFrom { printError("sandbox: \(printable(hint))") }
        }
        guard let registration = launch.registration else { return }
        try launch.prepareHost()
        try ProjectOrigin.note(folder.project, in: folder.path)
        let isNew = !fileExists(folder.stamp)
        if isNew { try furnish() }
        try startDetached { (report) throws(SandboxError) in
            var launch = launch
            let places = try launch.holdPlaces()
            defer { places.release() }
            var run = try sandboxRun(launch, seccomp: profile.filter(launch.spec.process?.capabilities))
            run.hasCommand = false
            var registered = RegisteredRun(registration: registration, run: run, wall: launch.secondWall)
            registered.report = report
            registered.kind = .shell
            _ = try registered.start()
        }
    }

    /// What a new home begins with.
    private func furnish() throws(SandboxError) {
        for home in [folder.home, folder.rootHome] {
            for (path, text) in ShellFolder.homeFiles {
                try attempt("make \(home)/\(path)") { () throws(Errno) in try write(text, home, path) }
            }
        }
    }

    /// A start that was cut off may have made it, and given root's home to root inside: both are as they should be.
    private func write(_ text: String, _ home: String, _ path: String) throws(Errno) {
        if home == folder.rootHome, try fileStatus(at: nil, home).st_uid != geteuid() { return }
        var parent = home
        for name in Paths.components(path).dropLast() {
            parent += "/" + name
            do throws(Errno) { try makeDirectory(parent, mode: 0o755) } catch .fileExists {}
        }
        do throws(Errno) {
            let file = try openPath("\(home)/\(path)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try writeAll(file.raw, text)
        } catch .fileExists {}
    }
}
