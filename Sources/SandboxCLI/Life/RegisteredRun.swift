import Confinement
import ContainerPlan
import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// A sandbox with a name: its entry in the registry stands as long as it runs.
struct RegisteredRun {
    let registration: Launch.Registration
    var run: SandboxRun
    let wall: SecondWall
    /// Nil: the caller stays with the sandbox.
    var report: StartReport?
    var kind: SandboxRecord.Kind = .foreground
    var terminalSize: TerminalSize?
    /// What the journal ends with, by the exit status.
    var closing: (CInt) -> [String] = { _ in [] }

    /// Runs to the end and returns the exit status.
    func start() throws(SandboxError) -> CInt {
        let registry = registry(state: registration.stateFolder)
        let folder = try registry.claim(registration.life.name)
        do throws(SandboxError) {
            let status = try carryOut(registry, folder)
            try folder.remove()
            return status
        } catch {
            // The failure itself matters more than leftovers, which the next look at the registry sweeps.
            do { try folder.remove() } catch {}
            throw error
        }
    }

    private func carryOut(_ registry: Registry, _ folder: borrowing RegistryFolder) throws(SandboxError) -> CInt {
        let record = firstRecord()
        try folder.replace("exit", [])
        try folder.replace("config.json", run.spec.encoded())
        let hasOwnNetwork = run.spec.linux?.namespaces?.contains { $0.kind == .network } ?? false
        try folder.replace("wall.json", StoredWall(wall, hasOwnNetwork: hasOwnNetwork).encoded())
        for file in run.laidFiles { try folder.replace(JoinedNetwork.file(of: file.path), Array(file.text.utf8)) }
        if let seccomp = run.seccomp { try folder.replace("filter", seccomp.fileBytes) }
        try folder.write(record)
        guard let report else { return try carryOut(run, record, folder, archive: nil) }
        let archive = kind == .detached ? try registry.makeArchive(record.name) : nil
        do throws(SandboxError) {
            var run = run
            let background = try prepareBackground(report, folder, archive: archive)
            run.background = background
            run.networkMissed = {
                let text = "the network was off, and the command looked for it or for a name"
                background.journal?.write(Array("sandbox: \(text)\n".utf8))
            }
            run.warn = { text in background.journal?.write(Array("sandbox: \(printable(text))\n".utf8)) }
            let status = try carryOut(run, record, folder, archive: archive)
            if !registration.life.isKept { try forget(archive, record, registry) }
            return status
        } catch {
            // A sandbox that never ran leaves no journal.
            try forget(archive, record, registry)
            throw error
        }
    }

    private func carryOut(
        _ run: SandboxRun, _ record: SandboxRecord, _ folder: borrowing RegistryFolder, archive: String?
    ) throws(SandboxError) -> CInt {
        var run = run
        var record = record
        let places = [folder.path, archive].compactMap { $0 }
        let isInBackground = report != nil
        run.register = { (started) throws(SandboxError) in
            record.initial = started.initial
            record.namespaces = started.namespaces
            record.cgroup = started.cgroup
            for place in places { try record.write(in: place) }
            if isInBackground { try leaveOutput() }
        }
        let status = try run.run()
        if let journal = run.background?.journal {
            for line in closing(status) { journal.write(Array("sandbox: \(printable(line))\n".utf8)) }
        }
        record.exitStatus = status
        record.finished = currentTimestamp()
        if let archive { try record.write(in: archive) }
        folder.tellEnd(status)
        return status
    }

    private func firstRecord() -> SandboxRecord {
        var record = SandboxRecord(
            name: registration.life.name, kind: kind, command: run.spec.process?.args ?? [],
            project: registration.project, profile: registration.profile)
        record.supervisor = ProcessIdentity(running: getpid()) ?? .blank
        record.hasTerminal = kind == .detached && run.spec.process?.terminal == true
        return record
    }

    private func forget(_ archive: String?, _ record: SandboxRecord, _ registry: Registry) throws(SandboxError) {
        guard let archive else { return }
        try registry.forget(RegistryEntry(record: record, folder: nil, archive: archive))
    }

    /// The journal, the socket for terminals, and the pipe that the command's output comes through.
    private func prepareBackground(
        _ report: StartReport, _ folder: borrowing RegistryFolder, archive: String?
    ) throws(SandboxError) -> Background {
        let journal = try archive.map { (path) throws(SandboxError) in try Journal(folder: path) }
        let listener = try folder.listen()
        var output: CInt = -1
        if archive != nil, run.spec.process?.terminal != true {
            output = try attempt("make the journal's pipe") { () throws(Errno) in
                let pipe = try Pipe().release()
                for number: CInt in [1, 2] { try duplicate(pipe.writing, onto: number) }
                close(pipe.writing)
                return pipe.reading
            }
        }
        var background = Background(listener: listener.release(), output: output, journal: journal) {
            report.tell(nil)
        }
        background.terminalSize = terminalSize
        background.endsWithoutJoined = kind == .shell
        return background
    }
}

/// The sandbox has its own: the pipe's end is seen when it alone has none any more.
private func leaveOutput() throws(SandboxError) {
    try attempt("leave the command's output") { () throws(Errno) in
        let null = try openPath("/dev/null", O_RDWR)
        for number: CInt in 0...2 { try duplicate(null.raw, onto: number) }
    }
}

/// This user's registry.
func registry(state: String) -> Registry { Registry.standard(state: state, environment: environmentValue) }

extension SeccompProgram {
    /// The flags in eight bytes, then the instructions.
    var fileBytes: [UInt8] {
        withUnsafeBytes(of: UInt64(flags.rawValue)) { Array($0) } + bytes
    }

    /// The reverse of `fileBytes`; nil when it is none.
    init?(fileBytes: [UInt8]) {
        guard fileBytes.count > 8 else { return nil }
        let found = fileBytes.withUnsafeBytes { raw in
            (
                raw.loadUnaligned(as: UInt64.self),
                SeccompProgram.instructions(UnsafeRawBufferPointer(rebasing: raw[8...]))
            )
        }
        guard let instructions = found.1 else { return nil }
        self.init(instructions: instructions, flags: FilterFlags(rawValue: .init(found.0)))
    }
}
