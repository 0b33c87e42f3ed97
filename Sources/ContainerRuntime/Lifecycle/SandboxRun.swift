import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Decides a call that a command's filter hands over; `listener` is for looking at the waiting thread.
package typealias CallAnswerer = (_ call: CallNotification, _ listener: CInt) -> CallAnswer

/// A supervised run of one command, for people: nothing of it is recorded, and nothing of it outlives this process.
package struct SandboxRun {
    package var spec: Spec
    package var root: RootSource
    /// Which of the descriptors 0 to 2 are terminals of the caller.
    package var terminals: [Bool]
    package var seccomp: SeccompProgram?
    package var landlock: LandlockRules?
    /// What the filter refuses is left to `answerCall`. Those who join have the filter itself: nobody watches them.
    package var watchesRefusals = false
    /// For a filter with a listener.
    package var answerCall: CallAnswerer?
    package var warn: (String) -> Void
    package var serveOverlay: (consuming OverlayService) throws(SandboxError) -> Void
    /// A user namespace that was made while this run was being decided.
    package var preparedNamespace: PreparedNamespace?
    /// Told of the sandbox before its command starts; others can then join it.
    package var register: ((StartedSandbox) throws(SandboxError) -> Void)?
    package var secrets: SecretFiles?
    package var laidFiles: [LaidFile] = []
    /// Connects the sandbox's own network to the outside.
    package var connection: NetworkConnection?
    /// Called when the command has failed and its own network had no way for what it sent.
    package var networkMissed: (() -> Void)?
    /// Nobody's terminal is there: this process stays in the background with the sandbox.
    package var background: Background?
    /// Nothing is run: processes join.
    package var hasCommand = true

    package init(
        spec: Spec, root: RootSource, terminals: [Bool], seccomp: SeccompProgram?, landlock: LandlockRules? = nil,
        warn: @escaping (String) -> Void,
        serveOverlay: @escaping (consuming OverlayService) throws(SandboxError) -> Void
    ) {
        self.spec = spec
        self.root = root
        self.terminals = terminals
        self.seccomp = seccomp
        self.landlock = landlock
        self.warn = warn
        self.serveOverlay = serveOverlay
    }

    /// Creates the sandbox, runs the command in it and returns its exit status (128 + N after signal N).
    package func run() throws(SandboxError) -> CInt {
        try validate(spec)
        guard let limits = try SandboxLimits.make(spec) else { return try run(in: nil) }
        let status: CInt
        do { status = try run(in: limits.cgroup) } catch {
            throw limits.discard(after: error)
        }
        limits.finish(warn: warn)
        return status
    }

    private func run(in cgroup: Cgroup?) throws(SandboxError) -> CInt {
        let mask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
        let facts = try HostFacts.read()
        let plan = try plan(
            spec,
            PlanRequest(id: "sandbox", bundle: "/", rootSource: root, supervision: hasCommand ? .reaper : .holder),
            facts)
        var request = CreateRequest(plan: plan)
        request.cgroup = cgroup
        request.preparedNamespace = preparedNamespace
        request.seccomp = watchesRefusals ? seccomp?.notifyingRefusals : seccomp
        request.landlock = landlock
        request.secrets = secrets
        request.laidFiles = laidFiles
        if let capabilities = spec.process?.capabilities {
            request.capabilities = CapabilityPlan.parse(capabilities).plan
        }
        request.commandMask = mask
        request.warn = warn
        request.serveOverlay = serveOverlay
        let descriptors = terminals.enumerated().filter(\.element).map { CInt($0.offset) }
        request.terminalDescriptors = descriptors
        // In a pipeline another program may be reading the terminal: the command gets it when it asks for it.
        // So it is in the background of a shell.
        request.startsInForeground = terminals.count > 1 && terminals[0] && terminals[1] && isInForeground(0)
        let terminal = descriptors.first.flatMap(terminalSize)
        request.terminalSize = terminal
        request.keepsNamespaces = register != nil || connection != nil
        request.announcesExecution = background != nil
        if let background { request.terminalSize = background.terminalSize }
        var process = try createContainer(request)
        var network: UserNetwork?
        do throws(SandboxError) {
            if let connection { network = try connect(connection, process) }
            if let register { try register(StartedSandbox(process)) }
            try process.start()
        } catch {
            process.destroy()
            throw error
        }
        let status: CInt
        let networkWasMissed: Bool
        if let background {
            var supervisor = try BackgroundSupervisor(process, background, answerCall: answerCall, warn: warn)
            status = try supervisor.run()
            networkWasMissed = supervisor.networkWasMissed
        } else {
            var supervisor = try Supervisor(
                process, hasReaper: true, terminalDescriptor: descriptors.first,
                startsInForeground: request.startsInForeground, warn: warn, answerCall: answerCall)
            status = try supervisor.run()
            networkWasMissed = supervisor.networkWasMissed
        }
        network.take()?.finish(warn: warn)
        if networkWasMissed { networkMissed?() }
        return status
    }

    /// Nil where the sandbox may do without.
    private func connect(
        _ connection: NetworkConnection, _ process: borrowing InitProcess
    ) throws(SandboxError) -> UserNetwork? {
        do { return try UserNetwork.connect(connection, process) } catch {
            if connection.isRequired { throw error.within("--net user") }
            warn("the network stays off: \(error)")
            return nil
        }
    }
}

/// What others need to know of a sandbox to join it.
package struct StartedSandbox {
    /// Process 1 inside.
    package let initial: ProcessIdentity?
    package let namespaces: [String: CInt]
    package let cgroup: JSON?

    init(_ process: borrowing InitProcess) {
        initial = ProcessIdentity(running: process.pid)
        namespaces = process.namespaces
        cgroup = process.cgroup?.record.json
    }
}

/// Whether this process is in its terminal's foreground; a terminal that is not its controlling one asks nobody.
func isInForeground(_ terminal: CInt) -> Bool {
    do { return try foregroundGroup(terminal) == getpgrp() } catch { return true }
}
