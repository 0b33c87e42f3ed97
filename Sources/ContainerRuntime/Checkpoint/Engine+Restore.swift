import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Makes a container again from what `checkpoint` has written; in the foreground waits for its end, deletes it
    /// and returns its exit status.
    package func restore(
        _ id: String, _ options: CheckpointOptions, _ launch: EngineOptions
    ) throws(SandboxError) -> CInt {
        warnOfRootless("restore")
        try requireValidID(id)
        let criu = try CriuProgram(self.criu)
        try attempt("block signals") { () throws(Errno) in _ = try setSignalMask(.all) }
        try becomeSubreaper(launch)
        let bundle = try Bundle(path: launch.bundle, facts: facts)
        try checkTerminal(bundle.spec, launch)
        let plan = try within("\(bundle.path)/config.json") { () throws(SandboxError) in
            try ContainerPlan.plan(bundle.spec, PlanRequest(id: id, bundle: bundle.path), facts)
        }
        let folder = try store.create(id)
        var record = ContainerRecord(
            id: id, ociVersion: bundle.spec.ociVersion, bundle: bundle.path, rootfs: "",
            annotations: bundle.spec.annotations)
        let restored: InitProcess
        do throws(SandboxError) {
            record.rootfs = try bundle.rootfs()
            record.descriptors = standardDescriptorNames(bundle.spec)
            try folder.replace("config.json", bundle.bytes)
            var restoration = Restoration(
                engine: self, bundle: bundle, plan: plan, options: options, launch: launch, criu: criu)
            let process = try restoration.perform(folder, &record)
            do throws(SandboxError) {
                if let path = launch.pidFile { try writePIDFile(path, process.pid) }
            } catch {
                process.destroy()
                throw error
            }
            restored = process
        } catch {
            // The failure itself matters more than leftovers, which the next create of this id takes over.
            do { try folder.remove() } catch {}
            throw error
        }
        if launch.detach { return 0 }
        // Others may read the state and signal the container meanwhile.
        unlock(folder)
        return try supervise(restored, bundle.spec, record, launch)
    }

    /// The names of what is open at 0, 1 and 2, by which a restore finds outer pipes again; none for a terminal.
    func standardDescriptorNames(_ spec: Spec) -> [String] {
        if spec.process?.terminal == true { return [] }
        return (0...2).map { number in
            // One that is closed has no name.
            do { return try readLink("/proc/self/fd/\(number)") } catch { return "" }
        }
    }
}

/// One restore, from the cgroup to the running container.
private struct Restoration {
    let engine: Engine
    let bundle: Bundle
    let plan: Plan
    let options: CheckpointOptions
    let launch: EngineOptions
    let criu: CriuProgram
    private var pid: Int32 = 0
    private var terminal: CInt?

    init(
        engine: Engine, bundle: Bundle, plan: Plan, options: CheckpointOptions, launch: EngineOptions,
        criu: CriuProgram
    ) {
        self.engine = engine
        self.bundle = bundle
        self.plan = plan
        self.options = options
        self.launch = launch
        self.criu = criu
    }

    mutating func perform(
        _ folder: borrowing ContainerFolder, _ record: inout ContainerRecord
    ) throws(SandboxError) -> InitProcess {
        var cgroup = try engine.makeCgroup(bundle.spec, record.id)
        do throws(SandboxError) {
            record.cgroup = cgroup.record.json
            try folder.write(record)
            return try restore(&cgroup, folder, &record)
        } catch {
            if let terminal { close(terminal) }
            if pid > 0 { killRestored() }
            // The failure that led here is what the caller reports.
            do {
                if cgroup.exists {
                    try cgroup.kill()
                    try cgroup.remove()
                }
            } catch {}
            throw error
        }
    }

    private mutating func restore(
        _ cgroup: inout Cgroup, _ folder: borrowing ContainerFolder, _ record: inout ContainerRecord
    ) throws(SandboxError) -> InitProcess {
        let folders = try CheckpointFolders(options, making: false)
        let surroundings = ContainerSurroundings(plan: plan, cgroup: cgroup.record)
        let namespaces = try surroundings.restoredNamespaces()
        defer { for entry in namespaces.open { close(entry.descriptor) } }
        let root = try folder.makeFolder("criu-root")
        defer { folder.removeFolder("criu-root") }
        var request = CriuRequest(
            kind: .restore, options: options, logName: "restore.log", root: root)
        request.configuration = engine.criuConfiguration(bundle.spec)
        request.isUnprivileged = geteuid() != 0
        request.joinedNamespaces = namespaces.joined
        request.inherited = namespaces.open.enumerated().map { ($0.element.key, CInt(4 + $0.offset)) }
        request.inherited += try inheritedPipes(folders)
        request.externalMounts = try externalMounts(surroundings)
        var start = CriuProcess.Start(
            program: criu.path, imagePath: options.imagePath, workPath: options.workPath)
        start.keepsStandardDescriptors = bundle.spec.process?.terminal != true
        start.inherited = namespaces.open.map(\.descriptor)
        start.hasOwnMounts = true
        request.imageFolder = start.imageNumber
        request.workFolder = start.workNumber
        try run(start, &request, &cgroup, folder, &record, log: folders.log("restore.log"))
        return try adopt(cgroup)
    }

    /// Outer pipes at 0, 1 and 2 are replaced by what is there now.
    private func inheritedPipes(_ folders: borrowing CheckpointFolders) throws(SandboxError) -> [(String, CInt)] {
        try folders.descriptors().enumerated().compactMap { index, name in
            name.hasPrefix("pipe:") ? (name, CInt(index)) : nil
        }
    }

    private func externalMounts(_ surroundings: ContainerSurroundings) throws(SandboxError)
        -> [CriuRequest.ExternalMount]
    {
        let rootfs = try bundle.rootfs()
        let root = try attempt("open the root filesystem \(rootfs)") { () throws(Errno) in
            ContainerRoot(descriptor: try openPath(rootfs, O_PATH | O_DIRECTORY))
        }
        return try surroundings.restoredMounts(root, rootfs)
    }

    private mutating func run(
        _ start: CriuProcess.Start, _ request: inout CriuRequest, _ cgroup: inout Cgroup,
        _ folder: borrowing ContainerFolder, _ record: inout ContainerRecord, log: String
    ) throws(SandboxError) {
        let place = RestoreRoot(plan: plan, path: request.root)
        let group = cgroup
        engine.debug { "criu: \(criu.path), restore of \(record.id), log \(log)" }
        var process = try CriuProcess(start) { () throws(SandboxError) in
            if group.exists && !group.startsWithProcess { try group.enterSelf(born: false) }
            try place.prepare()
        }
        do throws(SandboxError) {
            let signals = try attempt("open the signals") { () throws(Errno) in
                try openSignals(SignalSet([SIGHUP, SIGINT, SIGQUIT, SIGTERM]))
            }
            if cgroup.startsWithProcess {
                try cgroup.enter(process.child.pid)
                record.cgroup = cgroup.record.json
            }
            request.cgroupRoots = cgroup.exists ? try cgroupRoots(cgroup) : []
            try process.release()
            try process.ask(request, endedBy: signals.raw) { (name, pid, descriptors) throws(SandboxError) in
                try notified(name, pid, &descriptors, folder, &record)
            }
        } catch {
            _ = process.finish(killing: true)
            if error.errno == CriuProcess.interruption.rawValue { throw error }
            throw criu.explain(error, log: log)
        }
        let end = process.finish(killing: false)
        guard end == .exited(0), pid > 0 else {
            throw criu.explain(SandboxError(.system, "criu failed: \(end?.text ?? "gone")"), log: log)
        }
    }

    /// Where the container's processes belong in each hierarchy, as /proc/PID/cgroup would show it.
    private func cgroupRoots(_ cgroup: Cgroup) throws(SandboxError) -> [(controllers: String, path: String)] {
        let host = try CgroupHost.read()
        return cgroup.record.directories.compactMap { directory in
            let hierarchy = host.hierarchies.first { $0.mountPoint == directory.mountPoint }
            guard let hierarchy, directory.path.hasPrefix(hierarchy.mountPoint + "/") else { return nil }
            let below = String(directory.path.dropFirst(hierarchy.mountPoint.utf8.count))
            let path = hierarchy.root == "/" ? below : hierarchy.root + below
            return (directory.controllers.joined(separator: ","), path)
        }
    }

    /// What criu tells on its way.
    private mutating func notified(
        _ name: String, _ pid: Int32?, _ descriptors: inout [CInt], _ folder: borrowing ContainerFolder,
        _ record: inout ContainerRecord
    ) throws(SandboxError) {
        engine.debug { "criu: \(name)" }
        switch name {
        case "setup-namespaces":
            var state = record.state
            state.status = .creating
            state.pid = pid
            let bytes = state.encoded()
            try runHooks(plan.hooks.prestart, kind: "prestart", state: bytes)
            try runHooks(plan.hooks.createRuntime, kind: "createRuntime", state: bytes)
        case "post-restore":
            guard let pid, let status = processStatus(pid) else {
                throw SandboxError(.system, "criu restored no process")
            }
            self.pid = pid
            record.pid = pid
            record.startTime = status.startTime
            record.status = .running
            try folder.write(record)
            try folder.noteInit(record)
        case "orphan-pts-master": try takeTerminal(&descriptors)
        default: break
        }
    }

    private mutating func takeTerminal(_ descriptors: inout [CInt]) throws(SandboxError) {
        guard let raw = descriptors.first, raw >= 0 else {
            throw SandboxError(.system, "criu sent no terminal")
        }
        if let path = launch.consoleSocket { return try sendTerminal(raw, to: path) }
        if let terminal { close(terminal) }
        terminal = raw
        descriptors[0] = -1
    }

    private func killRestored() {
        // Gone already is what is wanted.
        do {
            try sendSignal(SIGKILL, to: pid)
            _ = try waitForProcess(pid, options: CInt(bitPattern: UInt32(__WALL)))
        } catch {}
    }

    /// The restored init, a child of this process, as one that was started.
    private func adopt(_ cgroup: Cgroup) throws(SandboxError) -> InitProcess {
        let pid = pid
        let handle = try attempt("open process \(pid)") { () throws(Errno) in try openProcess(pid) }
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        var process = InitProcess(
            child: Child(pid: pid, handle: handle), socket: pair.takeFirst(), handshake: Handshake.started())
        process.cgroup = cgroup
        process.terminal = terminal.map { Descriptor(owning: $0) }
        return process
    }
}
