import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel

/// Process 1 of a supervised sandbox: starts the command, reaps orphans, forwards signals, and ends everything when the
/// command or the supervisor ends.
func superviseCommand(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel, _ gate: StartGate,
    _ process: ProcFiles, terminal: CInt?
) throws(SandboxError) -> Never {
    if let terminal {
        // Process 1 leads the session and the command gets a group of its own in it: an orphaned group could not be
        // stopped by Ctrl-Z (setpgid(2), credentials(7)).
        try takeTerminal(terminal, onto: request.terminalDescriptors)
    }
    try attempt("block signals") { () throws(Errno) in _ = try setSignalMask(.all) }
    if command.noNewPrivileges { try request.capabilities.dropBounding() }
    try channel.send(.created)
    try gate.wait(channel)
    try runHooks(
        request.plan.hooks.startContainer, kind: "startContainer", state: request.hookState("created", getpid()))

    // Closed without a byte by the execution of the command.
    var execution: (reading: CInt, writing: CInt)?
    if request.announcesExecution {
        execution = try attempt("make a pipe") { () throws(Errno) in try Pipe().release() }
    }
    let side = try attempt("clone the command") { () throws(Errno) in try cloneProcess(flags: 0) }
    switch consume side {
    case .child:
        do {
            if let terminal {
                try attempt("enter a process group") { () throws(Errno) in
                    try setProcessGroup(0, 0)
                    if request.startsInForeground { try setForegroundGroup(terminal, getpid()) }
                }
            } else {
                try attempt("start a session") { () throws(Errno) -> Void in try syscallRetrying(Int(SYS_setsid)) }
            }
            try becomeCommand(command, request, channel, gate, process, announces: false)
        } catch {
            do { try channel.send(.failed(error)) } catch {}  // the supervisor is gone, and the sandbox with it
            if let execution { do { try writeAll(execution.writing, [1]) } catch {} }  // init is gone
            _exit(error.kind == .commandNotFound ? 127 : 126)
        }
    case .parent(let child):
        try shedPrivileges(command)
        if let execution, try executes(execution) { try channel.send(.running) }
        let ownsNetwork = request.plan.namespaces.makes(.network)
        Reaper(channel: channel, command: child.pid, terminal: terminal, hasOwnNetwork: ownsNetwork).run()
    }
}

/// Waits until the command has been executed; false when it could not be.
private func executes(_ execution: (reading: CInt, writing: CInt)) throws(SandboxError) -> Bool {
    close(execution.writing)
    defer { close(execution.reading) }
    return try attempt("wait for the command") { () throws(Errno) in
        try readAll(execution.reading, limit: 16).isEmpty
    }
}

/// Process 1 of a sandbox that others join: no command of its own, and no end of its own.
func holdSandbox(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel, _ gate: StartGate
) throws(SandboxError) -> Never {
    try attempt("start a session") { () throws(Errno) -> Void in try syscallRetrying(Int(SYS_setsid)) }
    try attempt("block signals") { () throws(Errno) in _ = try setSignalMask(.all) }
    if command.noNewPrivileges { try request.capabilities.dropBounding() }
    try channel.send(.created)
    try gate.wait(channel)
    try shedPrivileges(command)
    try channel.send(.running)
    Reaper(channel: channel, command: nil, terminal: nil, hasOwnNetwork: false).run()
}

/// Process 1 keeps nothing but the right to signal processes of other users inside.
private func shedPrivileges(_ command: ProcessPlan) throws(SandboxError) {
    let kill = try CapabilitySet(names: ["CAP_KILL"], at: "init")
    let capabilities = CapabilityPlan(effective: kill, permitted: kill)
    try capabilities.keepOverIdentityChange()
    try becomeUser(command)
    _ = try capabilities.apply()  // no more than init has
    try attempt("make init unreachable and mortal") { () throws(Errno) in
        try setNoNewPrivileges()
        try setDumpable(false)
        try setParentDeathSignal(SIGKILL)
    }
}

/// The loop of process 1.
private struct Reaper {
    let channel: InitChannel
    /// Nil: processes join, and nobody's end is the sandbox's.
    let command: pid_t?
    let terminal: CInt?
    let hasOwnNetwork: Bool

    func run() -> Never {
        do { try loop() } catch {
            do { try channel.send(.failed(error)) } catch {}  // the supervisor is gone
            _exit(125)
        }
    }

    private func loop() throws(SandboxError) -> Never {
        let signals = try attempt("open the signals") { () throws(Errno) in try openSignals(.all) }
        while true {
            try reapAll()
            var ready = [
                pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: channel.socket, events: Int16(POLLIN), revents: 0),
            ]
            try attempt("wait for events") { () throws(Errno) in _ = try waitForEvents(&ready) }
            if ready[1].revents != 0 { try obey() }
            if ready[0].revents != 0 { try forward(signals.raw) }
        }
    }

    /// A message of the supervisor; its death ends the sandbox, for the kernel kills everything with process 1.
    private func obey() throws(SandboxError) {
        switch try channel.receive() {
        case .signal(let number):
            guard command != nil else { try endAll() }
            pass(number)
        case .resume:
            if let terminal {
                let group = commandGroup()
                // The group may have ended meanwhile; the next wait tells.
                do { try setForegroundGroup(terminal, group) } catch {}
            }
            pass(SIGCONT)
        case .resumeInBackground:
            // Process 1's own group in front: the command is stopped when it reads (SIGTTIN), as a shell expects.
            if let terminal { do { try setForegroundGroup(terminal, getpgrp()) } catch {} }  // a hung-up terminal
            pass(SIGCONT)
        case .mapped, .source, .hooksDone, .recorded, .start:
            throw SandboxError(.system, "the parent sent a message of the create handshake to a running container")
        }
    }

    /// A sandbox without a command ends with all that is in it: two seconds after it has been asked to at the latest.
    private func endAll() throws(SandboxError) -> Never {
        // ESRCH: nobody is left.
        for number in [SIGTERM, SIGHUP, SIGCONT] { do { try sendSignal(number, to: -1) } catch {} }
        for _ in 0..<200 {
            try reapAll()
            do { try sendSignal(0, to: -1) } catch { _exit(0) }
            usleep(10_000)
        }
        _exit(0)
    }

    private func commandGroup() -> pid_t {
        guard let command else { return getpgrp() }
        let group = getpgid(command)
        return group > 0 ? group : command
    }

    /// Signals sent to process 1 from outside go on to the command.
    private func forward(_ signals: CInt) throws(SandboxError) {
        while true {
            let next = try attempt("read a signal") { () throws(Errno) in try readSignal(signals) }
            guard let next else { return }
            let number = CInt(next.ssi_signo)
            switch number {
            case SIGCHLD, SIGTTOU, SIGTTIN, SIGTSTP, SIGPIPE, SIGWINCH: continue
            default:
                guard command != nil else { try endAll() }
                pass(number)
            }
        }
    }

    private func pass(_ number: CInt) {
        guard let command else { return }
        // The command's group: what a shell would signal. It may have ended; the next wait tells.
        do { try sendSignal(number, to: terminal == nil ? command : -commandGroup()) } catch {}
    }

    private func reapAll() throws(SandboxError) {
        while true {
            let next: (pid: pid_t, status: WaitStatus)?
            do { next = try waitForProcess(-1, options: WNOHANG | WUNTRACED) } catch {
                guard error == .noChildProcess else { throw SandboxError(error, "wait for children") }
                if command == nil { return }
                _exit(125)
            }
            guard let next else { return }
            guard next.pid == command else { continue }
            switch next.status {
            case .stopped(let number): try stopped(number)
            case .exited, .signaled:
                if hasOwnNetwork, next.status != .exited(0), NetworkCounters.read().tellOfMisses {
                    try channel.send(.networkMissed)
                }
                try channel.send(.exited(status: next.status.exitCode))
                _exit(next.status.exitCode)
            }
        }
    }

    private func stopped(_ number: CInt) throws(SandboxError) {
        guard let terminal else { return }
        if number == SIGTTIN || number == SIGTTOU {
            do { if try foregroundGroup(terminal) == commandGroup() { return } } catch {}  // a hung-up terminal
            return try channel.send(.wantsInput)
        }
        try channel.send(.stopped(signal: number))
    }
}
