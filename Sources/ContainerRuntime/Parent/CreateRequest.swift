import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel

/// What a create needs besides the plan.
package struct CreateRequest {
    /// How the command is held back until the start.
    package enum Gate {
        /// The caller stays and calls `start`.
        case message
        /// By nothing: the process goes on to its execution as soon as its namespaces are ready. For one that joins a
        /// container and needs no terminal passed on.
        case open
        /// Another process opens the FIFO at `path`; a failure after that comes back through it.
        case fifo(path: String)
    }

    package var plan: Plan
    package var gate: Gate = .message
    /// One more process in a running container: nothing is mounted, and only the command is prepared.
    package var joinsContainer = false
    /// The cgroup to join, and the process that may have gone to one below it, where this one is to follow.
    package var joinedCgroup: (cgroup: Cgroup, pid: pid_t?)?
    /// A user namespace that may have been made for it before; the caller discards it.
    package var preparedNamespace: PreparedNamespace?
    package var seccomp: SeccompProgram?
    /// The second wall, as far as the kernel has it.
    package var landlock: LandlockRules?
    package var secrets: SecretFiles?
    package var laidFiles: [LaidFile] = []
    /// None by default, as the specification has it.
    package var capabilities = CapabilityPlan()
    package var terminalDescriptors: [CInt] = [0, 1, 2]
    package var terminalSize: TerminalSize?
    package var startsInForeground = true
    package var preservedDescriptors: CInt = 0
    /// How many of them are sockets for sd_listen_fds(3).
    package var listenDescriptors: CInt = 0
    package var newKeyring = true
    /// The namespaces stay open in this process, for others to join by `/proc/PID/fd`: init itself is undumpable.
    package var keepsNamespaces = false
    /// An ordinary user's engine and its hooks may enter the new namespaces by `/proc/PID/ns` before the start, too.
    package var opensToOwner = false
    /// Init tells when the command has been executed.
    package var announcesExecution = false
    /// The signal mask the command starts with; nil: this process's present one.
    package var commandMask: SignalSet?
    /// `state` for hooks, with the container's pid in the hook's own pid namespace.
    package var hookState: @Sendable (_ status: String, _ pid: pid_t) -> [UInt8] = { _, _ in [] }
    /// Serves a FUSE root; runs in a process of its own, inside the container's user namespace, and returns at the end.
    package var serveOverlay: ((consuming OverlayService) throws(SandboxError) -> Void)?
    /// The container's cgroup, made and limited already; nil: the caller's. A create that fails removes it.
    package var cgroup: Cgroup?
    /// Takes the master of the container's terminal; nil when the caller relays it itself.
    package var consoleSocket: String?
    /// Takes the seccomp listener with the container process state.
    package var listenerReady: (_ listener: CInt, _ pid: pid_t) throws(SandboxError) -> Void = {
        _, _ throws(SandboxError) in
        throw SandboxError(.invalidInput, "linux.seccomp.listenerPath: missing, though an action is SCMP_ACT_NOTIFY")
    }
    package var warn: (String) -> Void = { _ in }

    package init(plan: Plan) { self.plan = plan }

    /// Whether init stays open to the owner of its user namespace until the start, and to nobody else.
    ///
    /// In a new namespace there is nobody else, but for what the owner puts there: that is kept off by a capability
    /// that init holds back (`CapabilityPlan.guarded`), so the container must not have it.
    var keepsOpen: Bool {
        opensToOwner && !joinsContainer && plan.supervision == .none && plan.namespaces.makes(.user)
            && !capabilities.permitted.contains(.tracing)
    }

    /// The prepared user namespace, if it is the plan's. A process that is born in a cgroup is cloned from outside.
    var fittingNamespace: PreparedNamespace? {
        guard let preparedNamespace, cgroup == nil, preparedNamespace.fits(plan) else { return nil }
        return preparedNamespace
    }
}
