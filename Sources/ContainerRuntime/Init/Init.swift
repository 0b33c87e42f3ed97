import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel

/// The container's first process, from its clone to the execution of the command: the table of contents of a start.
///
/// It runs in the new namespaces, with the caller's identity until `becomeRootInside`. Whatever fails is told to the
/// parent, and init ends.
///
/// - Parameter isBornInCgroup: whether the clone has placed it in its version 2 cgroup.
func runInit(_ request: InitRequest, isBornInCgroup: Bool) -> Never {
    let channel = InitChannel(socket: request.socket)
    do {
        // The parent's other descriptors, its lock on the container's state among them, are none of init's business.
        try attempt("close the parent's descriptors") { () throws(Errno) in
            try closeDescriptors(
                from: 3 + request.preservedDescriptors, except: [request.socket] + request.sources.descriptors)
        }
        if let cgroup = request.cgroup, cgroup.entersItself || (cgroup.takesNewborn && !isBornInCgroup) {
            try cgroup.enterSelf(born: isBornInCgroup)
        }
        if request.joinsContainer { try joinContainer(request, channel) }
        try initialize(request, channel)
    } catch {
        do { try channel.send(.failed(error)) } catch {}  // the parent is gone: nobody is left to tell
        reportAfterStart(error)
        _exit(1)
    }
}

private func initialize(_ request: InitRequest, _ channel: InitChannel) throws(SandboxError) -> Never {
    let plan = request.plan

    // 1. With the caller's identity, while the parent writes the id maps: what must be opened by the caller's rights on
    // the host. Sources that lie in the folders of other mapped ids are open to it from the maps on.
    let gate = try StartGate(request.gate)
    var sources = try Mounting.openSources(plan, prepared: request.sources)
    let null = try openNullDevice()
    if request.newKeyring { try joinKeyring(plan.id, channel) }
    // An undumpable process's id maps can only be written by root: the parent writes them first (proc(5)).
    try channel.wait(for: .mapped)
    sources = try Mounting.openSources(plan, prepared: sources, parent: channel)
    // A caller that was held to some processors does not hold the container to them; a person's command it does.
    if plan.supervision == .none { try setAffinity(.all, "") }
    // Its own files in /proc belong to root as long as it is undumpable: the score is set before.
    if let score = plan.process?.oomScoreAdjustment {
        try setOutOfMemoryScore(score, channel, isRootless: plan.idMaps != nil || geteuid() != 0)
    }
    try makeTimeNamespace(plan.namespaces)
    if !request.keepsOpen { try attempt("become undumpable") { () throws(Errno) in try setDumpable(false) } }

    // 2. As root of the user namespace: the namespaces that need the cgroup or the maps to be there.
    if plan.namespaces.has(.user) { try becomeRootInside(plan.idMaps) }
    try stayOpen(request)
    // It shows the cgroup that its maker is in, so it is made once the parent has placed this process.
    if plan.namespaces.makes(.cgroup) {
        try attempt("make a cgroup namespace") { () throws(Errno) in try unshareNamespaces(CLONE_NEWCGROUP) }
    }
    if plan.namespaces.makes(.network) { try raiseLoopback() }
    let process = try ProcFiles.open()

    // 3. The root filesystem.
    // Without one of its own the container's mounts are the host's, or those of the namespace that it joins.
    let ownsMounts = plan.namespaces.makes(.mount)
    if ownsMounts { try setInitialPropagation(plan.root) }
    // Mounts that are used and never seen: they leave with the host's.
    var passing: [CInt] = []
    let root = try attachRoot(plan, channel, &sources, passing: &passing)
    var mounting = Mounting(
        root: root, rootPlan: plan.root, sources: sources,
        bindsKernelFiles: plan.supervision != .none, cgroupView: CgroupView(request), channel: channel)
    for (index, step) in plan.steps.enumerated() {
        try mounting.perform(step, index: index, process: process)
    }
    if let secrets = request.secrets, let command = plan.process {
        try placeSecrets(secrets, root: mounting.root, owner: (command.uid, command.gid))
    }

    for file in request.laidFiles {
        do { try layFile(file, root: mounting.root) } catch {
            // A root that cannot be changed and has no such file.
            guard error.errno == EROFS else { throw error }
            try channel.send(.warning("\(file.path) is not there, and the root is read-only: it stays missing"))
        }
    }

    // 4. Hooks and the terminal, while the host's paths are still there.
    try channel.send(.rootPrepared)
    try channel.wait(for: .hooksDone)
    // These hooks find the container's root in their working directory.
    if !(plan.hooks.createContainer ?? []).isEmpty {
        let root = mounting.root.descriptor.raw
        try attempt("go to the root filesystem") { () throws(Errno) in try changeDirectory(root) }
    }
    try runHooks(plan.hooks.createContainer, kind: "createContainer", state: request.hookState("creating", getpid()))
    let terminal = try openTerminal(request, mounting.root, channel)

    // 5. What is covered is covered by the host's null device, so it happens before the host goes out of sight.
    try setNames(plan)
    try setSysctls(plan.sysctls, process)
    try makeReadOnly(plan.readOnlyPaths, root: mounting.root)
    try maskPaths(plan.maskedPaths, root: mounting.root, nullDevice: null)
    close(null)
    try mounting.finish()
    if ownsMounts {
        try enterRoot(
            mounting.root, plan.root, dropping: process.isDetached ? passing + [process.root] : passing)
    } else {
        try changeToRoot(mounting.root)
    }
    for raw in passing { close(raw) }
    try finishRoot(mounting.root, plan.root)

    if plan.supervision == .none { try reopenNullDevices() }

    // 6. The command.
    guard let command = plan.process else { try waitForNothing(channel, gate) }
    try startCommand(command, request, channel, gate, process, terminal: terminal)
}

private func attachRoot(
    _ plan: Plan, _ channel: InitChannel, _ sources: inout StepSources, passing: inout [CInt]
) throws(SandboxError) -> ContainerRoot {
    let root = plan.root
    switch root.source {
    case .directory: return try attachDirectoryRoot(root)
    case .overlay(let overlay):
        switch overlay.driver {
        case .fuse: break
        case .kernel: return try attachKernelOverlayRoot(overlay)
        case .kernelOrFuse:
            // Whatever the kernel's reason is, ours can do the same.
            do {
                return try attachKernelOverlayRoot(overlay)
            } catch {
                if error.kind == .wrongState { throw error }
            }
        }
        let mounted = try attachOverlayRoot(overlay)
        let devices = mounted.devices.all
        try channel.send(.overlayMounted, descriptors: devices)
        for raw in devices where raw != mounted.devices.upper { close(raw) }
        if let upper = mounted.devices.upper { passing.append(upper) }
        for (folder, mount) in zip(overlay.served, mounted.served) {
            if let index = plan.steps.firstIndex(where: { root.isStep($0, of: folder) }) { sources[index] = mount }
        }
        // A trace tells of what the command does. Whatever fails here fails again where it is needed, and is told there.
        if overlay.rules.trace == nil { do { try mounted.root.prefetch() } catch {} }
        return mounted.root
    }
}

/// Opens this process to the owner of its user namespace again: a change of ids has closed it (prctl(2)
/// PR_SET_DUMPABLE).
func stayOpen(_ request: InitRequest) throws(SandboxError) {
    guard request.keepsOpen else { return }
    try attempt("stay open to the owner") { () throws(Errno) in try setDumpable(true) }
}

/// A time namespace takes its offsets before anyone enters it (time_namespaces(7)), which the command does by its
/// execve. The file of an undumpable process could be written by the host's root only.
private func makeTimeNamespace(_ namespaces: NamespacePlan) throws(SandboxError) {
    guard namespaces.makes(.time) else { return }
    try attempt("make a time namespace") { () throws(Errno) in
        try unshareNamespaces(CInt(CLINUX_CLONE_NEWTIME))
        if !namespaces.timeOffsets.isEmpty {
            try writeFile("/proc/self/timens_offsets", namespaces.timeOffsets.joined(separator: "\n") + "\n")
        }
    }
}

/// Keys of the caller's session stay out of reach. Kernels and filters without keyrings have nothing to hide.
func joinKeyring(_ id: String, _ channel: InitChannel) throws(SandboxError) {
    do {
        let serial = try joinSessionKeyring("_ses.\(id)")
        try allowKeyringSearch(serial)
    } catch {
        switch error {
        case .noFunction, .notPermitted, .permissionDenied: return
        case Errno(rawValue: EDQUOT):
            channel.warn("no session keyring: this user's quota of keys is used up")
        default: throw SandboxError(error, "join a new session keyring", remedy: "use --no-new-keyring")
        }
    }
}

private func setNames(_ plan: Plan) throws(SandboxError) {
    if let name = plan.hostname {
        try attempt("hostname: set \(name)") { () throws(Errno) in try setHostName(name) }
    }
    if let name = plan.domainname {
        try attempt("domainname: set \(name)") { () throws(Errno) in try setDomainName(name) }
    }
}

private func setSysctls(_ sysctls: [Sysctl], _ process: ProcFiles) throws(SandboxError) {
    for sysctl in sysctls {
        do { try process.write("sys/" + sysctl.path, sysctl.value) } catch {
            throw SandboxError(error, "linux.sysctl: write \(sysctl.value) to \(sysctl.key)")
        }
    }
}

/// The slave of the container's terminal, which stays open until the command is executed.
private func openTerminal(
    _ request: InitRequest, _ root: borrowing ContainerRoot, _ channel: InitChannel
) throws(SandboxError) -> CInt? {
    guard let process = request.plan.process, process.hasTerminal else { return nil }
    let terminal = try makeConsole(root: root, size: process.consoleSize ?? request.terminalSize, owner: process.uid)
    try channel.send(.terminal, descriptors: [terminal.master.raw])
    return terminal.takeSlave().release()
}

/// Ends a descriptor's life where it is said, for in a function that never returns it would live on.
private func close(_ descriptor: consuming Descriptor) {}

/// A container without a process: it exists, and ends when it is started or killed.
private func waitForNothing(_ channel: InitChannel, _ gate: StartGate) throws(SandboxError) -> Never {
    try channel.send(.created)
    try gate.wait(channel)
    throw SandboxError(.invalidInput, "process: missing, there is nothing to start")
}
