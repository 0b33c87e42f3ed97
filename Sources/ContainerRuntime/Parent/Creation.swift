import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel

/// Creates a container: clone, id maps, cgroup, hooks; returns when init waits to be started.
///
/// Whatever fails kills and reaps what was made; cgroup and state belong to the caller.
package func createContainer(_ request: CreateRequest) throws(SandboxError) -> InitProcess {
    try requireSecurityModules(request.plan)
    let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
    // The mask is the command's business; until it is restored, nothing may interrupt init's setup.
    let mask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
    defer { do { try setSignalMask(mask) } catch {} }  // rt_sigprocmask with a mask it gave us cannot fail
    let parentEnd = pair.first.raw
    let sources = try openIDMappedSources(request.plan)
    defer { for raw in sources.descriptors { close(raw) } }
    let initRequest = makeInitRequest(request, socket: pair.second.raw, mask: mask, sources: sources)
    // With the namespace there already, the server of the root does not wait for init's clone.
    var server: OverlayServerProcess?
    if let prepared = request.fittingNamespace, case .overlay(let overlay) = request.plan.root.source,
        overlay.driver == .fuse, let serve = request.serveOverlay
    {
        server = try OverlayServerProcess.start(overlay, in: try prepared.open(), serve: serve)
    }
    let child: Child
    do {
        child = try clone(request, initRequest, parentEnd: parentEnd)
    } catch {
        if let server = server.take() { server.discard() }
        // The failure to clone is what the caller reports.
        if let cgroup = request.cgroup, cgroup.exists { do { try cgroup.remove() } catch {} }
        throw error
    }
    var process = InitProcess(child: child, socket: pair.takeFirst(), handshake: Handshake())
    process.cgroup = request.cgroup
    if let server = server.take() { process.take(over: server) }
    do {
        try complete(&process, request)
    } catch {
        let starved = error.kind == .system ? process.cgroup.flatMap(starvation) : nil
        process.destroy()
        throw process.ownFailure(warn: request.warn) ?? starved ?? error
    }
    return process
}

/// Why init died, when it was for want of memory.
private func starvation(_ cgroup: Cgroup) -> SandboxError? {
    let found = cgroup.exhaustion()
    guard found.outOfMemoryKills > 0 else { return nil }
    let limit = found.memoryLimitBytes.map { ": the limit is \(sizeText($0))" } ?? ""
    return SandboxError(
        .invalidInput, "container init was OOM-killed (memory limit too low?)\(limit)",
        remedy: "give it 16 MiB or more, of which init itself takes a few")
}

/// Clones init, into its version 2 cgroup at once where there is one.
private func clone(
    _ request: CreateRequest, _ initRequest: InitRequest, parentEnd: CInt
) throws(SandboxError) -> Child {
    var directory: CInt?
    if let cgroup = request.cgroup, cgroup.takesNewborn { directory = try cgroup.directoryDescriptor().release() }
    defer { if let directory { close(directory) } }
    let joined = request.joinedCgroup?.cgroup
    let beforeJoining = { () throws(SandboxError) in
        let initial = request.plan.process?.execAffinity?.initial ?? .inherited
        try setAffinity(initial, "process.execCPUAffinity.initial")
        // A process that enters a version 1 cgroup by itself is spared the kernel's global lock.
        guard let joined, !joined.record.isUnified else { return }
        try within("adding pid \(getpid()) to cgroups") { () throws(SandboxError) in
            try joined.enterSelf(born: false)
        }
    }
    if request.joinsContainer && request.plan.supervision == .none {
        return try cloneIntoContainer(request.plan.namespaces.joined, socket: initRequest.socket) {
            () throws(SandboxError) in
            close(parentEnd)
            try beforeJoining()
        } body: {
            runInit(initRequest, isBornInCgroup: false)
        }
    }
    if let prepared = request.fittingNamespace {
        return try prepared.clone(flags: cloneFlags(request.plan.namespaces) & ~UInt64(CLONE_NEWUSER)) {
            close(parentEnd)
            runInit(initRequest, isBornInCgroup: false)
        }
    }
    return try cloneIntoNamespaces(
        request.plan.namespaces, cgroup: directory,
        // Nobody inside sees a process of a person's sandbox before it is undumpable: its pids are its own.
        joinerIsOpen: request.keepsNamespaces,
        beforeJoining: beforeJoining
    ) { born in
        close(parentEnd)
        runInit(initRequest, isBornInCgroup: born)
    }
}

private func makeInitRequest(
    _ request: CreateRequest, socket: CInt, mask: SignalSet, sources: StepSources
) -> InitRequest {
    let gate: InitRequest.Gate =
        switch request.gate {
        case .message: .message
        case .open: .open
        case .fifo(let path): .fifo(path: path)
        }
    return InitRequest(
        plan: request.plan, socket: socket, joinsContainer: request.joinsContainer, cgroup: request.cgroup, gate: gate,
        sources: sources,
        seccomp: request.seccomp, landlock: request.landlock, secrets: request.secrets,
        laidFiles: request.laidFiles,
        capabilities: request.capabilities,
        terminalDescriptors: request.terminalDescriptors, terminalSize: request.terminalSize,
        startsInForeground: request.startsInForeground, preservedDescriptors: request.preservedDescriptors,
        listenDescriptors: request.listenDescriptors,
        newKeyring: request.newKeyring, keepsOpen: request.keepsOpen,
        announcesExecution: request.announcesExecution,
        callerMask: request.commandMask ?? mask, hookState: request.hookState)
}

private func complete(_ process: inout InitProcess, _ request: CreateRequest) throws(SandboxError) {
    let plan = request.plan
    if let maps = plan.idMaps, request.fittingNamespace == nil {
        try within("linux.uidMappings") { () throws(SandboxError) in try writeIDMaps(maps, pid: process.pid) }
    }
    let overlay = try awaitedOverlay(plan, process)
    if request.keepsNamespaces { try keepNamespaces(&process, plan.namespaces) }
    try raiseLimits(plan, process.pid)
    if let rdt = plan.intelRdt { process.resctrl = try ResctrlPlace.enter(rdt, id: plan.id, pid: process.pid) }
    if var cgroup = process.cgroup, cgroup.startsWithProcess {
        try cgroup.enter(process.pid)
        process.cgroup = cgroup
    }
    if let joined = request.joinedCgroup, joined.cgroup.record.isUnified {
        try within("adding pid \(process.pid) to cgroups") { () throws(SandboxError) in
            try joined.cgroup.join(process.pid, alongside: joined.pid)
        }
    }
    for note in process.cgroup?.notes ?? [] { request.warn(note) }
    if case .open = request.gate { return try process.tell(process.handshake.mappingDone(starts: true)) }
    try process.tell(process.handshake.mappingDone())
    try process.expect(overlay, serve: request.serveOverlay)
    while process.handshake.state != .created {
        try step(&process, request)
    }
}

/// A FUSE root that init is going to mount, or may, and that nobody serves yet. Its server's user namespace is opened
/// before init becomes undumpable, after which only root could.
private func awaitedOverlay(
    _ plan: Plan, _ process: borrowing InitProcess
) throws(SandboxError) -> AwaitedOverlay {
    guard process.overlayServer == nil, case .overlay(let overlay) = plan.root.source, overlay.driver != .kernel else {
        return .none
    }
    return .possible(overlay, in: try openUserNamespace(plan, process.pid))
}

/// Nil without a namespace to enter.
private func openUserNamespace(_ plan: Plan, _ pid: pid_t) throws(SandboxError) -> Descriptor? {
    guard plan.namespaces.has(.user) else { return nil }
    let joined = plan.namespaces.joined.first { $0.kind == .user }
    let path = joined?.path ?? "/proc/\(pid)/ns/user"
    return try attempt("open the container's user namespace") { () throws(Errno) in try openPath(path, O_RDONLY) }
}

/// Opens the new namespaces before init becomes undumpable. Its cgroup and time namespaces are not made yet.
private func keepNamespaces(_ process: inout InitProcess, _ namespaces: NamespacePlan) throws(SandboxError) {
    for kind in namespaces.new + namespaces.joined.map(\.kind) where kind != .cgroup && kind != .time {
        let path = "/proc/\(process.pid)/ns/\(kind.fileName)"
        process.namespaces[kind.fileName] = try attempt("open \(path)") { () throws(Errno) in
            try openPath(path, O_RDONLY).release()
        }
    }
}

/// Takes one message of init and does what it asks.
private func step(_ process: inout InitProcess, _ request: CreateRequest) throws(SandboxError) {
    let datagram = try attempt("wait for the container's init") { () throws(Errno) in
        try receive(process.socket.raw)
    }
    // What is taken over becomes -1.
    var descriptors = datagram.descriptors
    defer { for raw in descriptors where raw >= 0 { close(raw) } }
    if datagram.bytes.isEmpty {
        throw process.handshake.endOfFile() ?? SandboxError(.system, "the container's init ended early")
    }
    guard let message = InitMessage(bytes: datagram.bytes) else {
        throw SandboxError(.system, "the container's init sent an unknown message")
    }
    switch try process.handshake.receive(message) {
    case .serveOverlay: try process.giveDevices(descriptors, serve: request.serveOverlay)
    case .giveSource(let step): try giveSource(step, &process, request)
    case .runHooks:
        // As late as the hooks allow, which may look for them: no mount that fails takes a device along.
        if !request.plan.networkDevices.isEmpty {
            process.network = try NetworkMove.moving(request.plan.networkDevices, pid: process.pid)
        }
        let hooks = request.plan.hooks
        try runHooks(hooks.prestart, kind: "prestart", state: request.hookState("creating", process.pid))
        try runHooks(hooks.createRuntime, kind: "createRuntime", state: request.hookState("creating", process.pid))
        try process.tell(process.handshake.hooksDone())
    case .takeTerminal: try takeTerminal(&process, &descriptors, request)
    case .takeSeccompListener:
        guard let raw = descriptors.first else {
            throw SandboxError(.system, "the container's init sent no seccomp listener")
        }
        try request.listenerReady(raw, process.pid)
    case .containerCreated: break
    case .warn(let text): request.warn(text)
    case .fail(let error): throw error
    case .commandRunning, .commandStopped, .giveInput, .networkMissed, .commandExited:
        throw SandboxError(.system, "the container's init ran the command before its start")
    }
}

private func takeTerminal(
    _ process: inout InitProcess, _ descriptors: inout [CInt], _ request: CreateRequest
) throws(SandboxError) {
    guard let raw = descriptors.first else {
        throw SandboxError(.system, "the container's init sent no terminal")
    }
    guard let path = request.consoleSocket else {
        // All that an engine's command writes is its terminal's: a file or pipe behind it gets the lines as they were
        // written, and a terminal ends them itself.
        if request.plan.supervision == .none { try leaveLinesAlone(raw) }
        descriptors[0] = -1
        process.terminal = Descriptor(owning: raw)
        return
    }
    try sendTerminal(raw, to: path)
}

/// Sends a terminal's master over a unix socket.
func sendTerminal(_ master: CInt, to path: String) throws(SandboxError) {
    try attempt("send the terminal to the console socket \(path)") { () throws(Errno) in
        let socket = try connectUnixSocket(path)
        // Receivers read the name for people; runc sends the master's path.
        try send(socket.raw, Array("/dev/ptmx".utf8), descriptors: [master])
    }
}

/// Hard limits can be raised with rights of the host only, which init gave up with its user namespace; the soft ones
/// stay until init sets them.
private func raiseLimits(_ plan: Plan, _ pid: pid_t) throws(SandboxError) {
    for (index, limit) in (plan.process?.limits ?? []).enumerated() {
        try attempt("process.rlimits[\(index)]: raise \(limit.kind.rawValue) to \(limit.hard)") { () throws(Errno) in
            let present = try resourceLimit(limit.kind.number)
            guard limit.hard > present.hard else { return }
            try setResourceLimit(limit.kind.number, soft: present.soft, hard: limit.hard, of: pid)
        }
    }
}

private func leaveLinesAlone(_ master: CInt) throws(SandboxError) {
    try attempt("set up the container's terminal") { () throws(Errno) in
        var settings = try terminalSettings(master)
        settings.c_oflag &= ~tcflag_t(ONLCR)
        try setTerminalSettings(master, settings)
    }
}
