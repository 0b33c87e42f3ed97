import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A supervised run of one command, for people: nothing of it is recorded, and nothing of it outlives this process.
package struct SandboxRun {
    package var spec: Spec
    package var root: RootSource
    /// Which of the descriptors 0 to 2 are terminals of the caller.
    package var terminals: [Bool]
    package var seccomp: SeccompProgram?
    package var landlock: LandlockRules?
    package var warn: (String) -> Void
    package var serveOverlay: (consuming OverlayService) throws(SandboxError) -> Void

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
        guard let limits = try SandboxLimits.make(spec, warn: warn) else { return try run(in: nil) }
        let status: CInt
        do { status = try run(in: limits.cgroup) } catch {
            limits.discard()
            throw error
        }
        limits.finish(warn: warn)
        return status
    }

    private func run(in cgroup: Cgroup?) throws(SandboxError) -> CInt {
        let mask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
        let facts = try HostFacts.read()
        let plan = try plan(
            spec, PlanRequest(id: "sandbox", bundle: "/", rootSource: root, supervision: .reaper), facts)
        var request = CreateRequest(plan: plan)
        request.cgroup = cgroup
        request.seccomp = seccomp
        request.landlock = landlock
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
        var process = try createContainer(request)
        do throws(SandboxError) {
            try process.start()
        } catch {
            process.destroy()
            throw error
        }
        var supervisor = try Supervisor(
            process, hasReaper: true, terminalDescriptor: descriptors.first,
            startsInForeground: request.startsInForeground, warn: warn)
        return try supervisor.run()
    }
}

/// Whether this process is in its terminal's foreground; a terminal that is not its controlling one asks nobody.
private func isInForeground(_ terminal: CInt) -> Bool {
    do { return try foregroundGroup(terminal) == getpgrp() } catch { return true }
}
