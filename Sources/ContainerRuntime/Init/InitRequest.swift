import Cgroups
import Confinement
import ContainerPlan
import LinuxKernel

/// What init is told before it is cloned; it shares the parent's memory up to then.
struct InitRequest {
    /// How init learns that the command is to be executed.
    enum Gate {
        /// A `start` message on the socket: foreground runs.
        case message
        /// It does not wait.
        case open
        /// A byte in the FIFO at `path`; what fails after it goes back through the FIFO.
        case fifo(path: String)

        var holds: Bool {
            switch self {
            case .message, .fifo: true
            case .open: false
            }
        }
    }

    var plan: Plan
    /// Init's end of the handshake socket.
    var socket: CInt
    /// One more process in a running container.
    var joinsContainer: Bool
    /// The container's cgroup; init enters its version 1 directories by itself.
    var cgroup: Cgroup?
    var gate: Gate
    /// Detached copies of bind sources that the parent has made, by step index.
    var sources: StepSources
    var seccomp: SeccompProgram?
    var landlock: LandlockRules?
    var secrets: SecretFiles?
    var laidFiles: [LaidFile]
    var capabilities: CapabilityPlan
    /// Which of the descriptors 0 to 2 become the container's terminal.
    var terminalDescriptors: [CInt]
    /// The terminal's first size, when it is known.
    var terminalSize: TerminalSize?
    /// False: the command waits in the background of its terminal until it reads from it (a pipeline's other end may
    /// be using the terminal).
    var startsInForeground: Bool
    /// Descriptors from 3 on that the command inherits.
    var preservedDescriptors: CInt
    /// How many of them are sockets for sd_listen_fds(3).
    var listenDescriptors: CInt
    /// A session keyring of its own.
    var newKeyring: Bool
    /// Whether this process may be looked into by the owner of its user namespace until the start.
    var keepsOpen: Bool
    /// The parent is told when the command has been executed.
    var announcesExecution: Bool
    /// Signal mask and environment of the caller are restored for the command.
    var callerMask: SignalSet
    /// `state` on a hook's standard input, for the hooks that run inside.
    var hookState: @Sendable (_ status: String, _ pid: pid_t) -> [UInt8]
}
