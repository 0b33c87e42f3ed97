import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel

/// The last steps before the command: as process 1 itself, or as the child of our reaping init.
func startCommand(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel, _ gate: StartGate,
    _ process: ProcFiles, terminal: CInt?
) throws(SandboxError) -> Never {
    try prepareCommand(command, request, channel, process)
    switch request.plan.supervision {
    case .none:
        // A session of its own in either case: signals of the caller's terminal come by way of the caller, and a
        // checkpoint wants no session that began outside.
        if let terminal { try takeTerminal(terminal, onto: [0, 1, 2]) } else { try beginSession() }
        try becomeCommand(command, request, channel, gate, process, announces: true)
    case .reaper:
        try superviseCommand(command, request, channel, gate, process, terminal: terminal)
    case .holder:
        try holdSandbox(command, request, channel, gate)
    }
}

/// What the command inherits and init may already have: labels, limits, score, scheduling, umask.
private func prepareCommand(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel, _ process: ProcFiles
) throws(SandboxError) {
    try setScheduling(command)
    if let policy = command.memoryPolicy { try setMemoryPolicy(policy) }
    try setLabels(command, process)
    umask(mode_t(command.umask ?? 0o022))
    // Engines expect a missing one to be made; a person who names one that is missing is told so.
    if request.plan.supervision == .none { try makeWorkingDirectory(command.workingDirectory) }
}

/// A missing working directory is made, as engines expect.
private func makeWorkingDirectory(_ path: String) throws(SandboxError) {
    var made = ""
    for part in path.split(separator: "/") {
        made += "/" + part
        do { try makeDirectory(made) } catch {
            switch error {
            case .fileExists: continue
            // Whether the folder serves is told by the chdir that follows; here it was only to be made.
            case .readOnlyFileSystem, .permissionDenied, .notPermitted: continue
            default: throw SandboxError(error, "process.cwd: make \(made)")
            }
        }
    }
}

private func beginSession() throws(SandboxError) {
    try attempt("begin a session") { () throws(Errno) -> Void in try syscallRetrying(Int(SYS_setsid)) }
}

/// Becomes a session leader with the terminal and lays it onto the given descriptors.
func takeTerminal(_ slave: CInt, onto descriptors: [CInt]) throws(SandboxError) {
    try attempt("take the terminal") { () throws(Errno) in
        try becomeSessionLeader(controlling: slave)
        for number in descriptors { try duplicate(slave, onto: number) }
    }
}

/// Gives up everything the command shall not have, waits for the start, and executes it.
///
/// The order is the point: without no_new_privs a filter can only be installed with CAP_SYS_ADMIN, so it goes in before
/// the capabilities go; with it the filter goes in last and covers as little of our own work as possible.
func becomeCommand(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel, _ gate: StartGate,
    _ process: ProcFiles, announces: Bool
) throws(SandboxError) -> Never {
    let capabilities = request.capabilities
    try setLimits(command.limits)
    if !command.noNewPrivileges {
        try applyLandlock(request)
        try installFilter(request, channel)
    }
    // A reaping init has done it for both, unless the filter above wanted rights.
    if announces || !command.noNewPrivileges { try capabilities.dropBounding() }
    // A person who names a folder that the command's user cannot enter is told so.
    var isThere = false
    if request.plan.supervision == .none { isThere = try tryWorkingDirectory(command.workingDirectory) }
    try capabilities.keepOverIdentityChange()
    try becomeUser(command)
    let waiting = request.keepsOpen ? capabilities.guarded : capabilities
    for warning in try waiting.apply() { channel.warn("process.capabilities: " + warning) }
    try stayOpen(request)
    if command.noNewPrivileges {
        try attempt("set no_new_privs") { () throws(Errno) in try setNoNewPrivileges() }
    }
    try enterWorkingDirectory(command.workingDirectory, isThere: isThere)
    var environment = commandEnvironment(command)
    if request.listenDescriptors > 0 { environment.append("LISTEN_PID=\(getpid())") }
    let path = try findCommand(command.arguments[0], environment: environment)
    try attempt("close every other descriptor at execution") { () throws(Errno) in
        try setCloseOnExec(from: 3 + request.preservedDescriptors)
    }
    try attempt("restore the signal mask") { () throws(Errno) in _ = try setSignalMask(request.callerMask) }
    // Somebody has to take a listener, and the parent may be gone after `created`; a supervisor stays.
    let isEarly = announces && request.seccomp?.needsListener ?? false
    if command.noNewPrivileges && isEarly { try installFilter(request, channel) }
    if announces && request.gate.holds {
        try channel.send(.created)
        acceptDeath()
        try gate.wait(channel)
        // Under a filter the calls for it may be refused; then the execution does both.
        if request.keepsOpen && (request.seccomp == nil || command.noNewPrivileges && !isEarly) {
            try attempt("become undumpable") { () throws(Errno) in try setDumpable(false) }
            _ = try capabilities.apply()
        }
    }
    if request.joinsContainer && !announces {
        // Its reaper is not process 1: the kernel would not end the command with it.
        try attempt("die with the caller") { () throws(Errno) in try setParentDeathSignal(SIGKILL) }
    }
    if command.noNewPrivileges {
        try applyLandlock(request)
        if !isEarly { try installFilter(request, channel) }
    }
    // What runs in the container is under its filter, these hooks too.
    if announces {
        try runHooks(
            request.plan.hooks.startContainer, kind: "startContainer", environment: environment,
            state: request.hookState("created", getpid()))
    }
    try executeCommand(
        path, command, environment: environment, tells: request.plan.supervision == .none)
}

/// Process 1 of a pid namespace gets only the signals it handles: so that a container which waits to be started can be
/// ended like any other. Execution takes the handlers away.
private func acceptDeath() {
    for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] { signal(number) { _exit(128 + $0) } }
}

/// What the kernel lacks of it the mounts and namespaces hold alone, as `--explain` tells.
private func applyLandlock(_ request: InitRequest) throws(SandboxError) {
    guard let rules = request.landlock else { return }
    try rules.apply(version: landlockVersion())
}

private func installFilter(_ request: InitRequest, _ channel: InitChannel) throws(SandboxError) {
    guard let seccomp = request.seccomp else { return }
    guard let listener = try within("linux.seccomp", { () throws(SandboxError) in try seccomp.install() }) else {
        return
    }
    try channel.send(.seccompListener, descriptors: [listener.raw], key: seccomp.handoverKey)
}
