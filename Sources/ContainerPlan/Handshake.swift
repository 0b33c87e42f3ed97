import Diagnostics

/// The parent's side of the create handshake, as a pure state machine.
///
/// ```
///            overlayMounted, sourceWanted,        terminal, seccompListener,
///            terminal, warning                    warning
///              ┌──┐                                 ┌──┐
///   mapping ──▶ preparing ──rootPrepared──▶ hooks ──▶ finishing ──created──▶ created ──▶ started
///      │            │                         │          │                      │           │
///      └────────────┴───────── failed or end of file ────┴──────────────────────┴──▶ failed │
///                                       running, seccompListener, stopped, wantsInput, networkMissed, exited
/// ```
/// The parent leaves `mapping` by writing the id maps (`mappingDone`), `hooks` by running the hooks (`hooksDone`) and
/// `created` by starting the container (`start`); every other step is a message of init. A process that nothing holds
/// back goes from `mapping` to `started`.
package struct Handshake: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case mapping, preparing, hooks, finishing, created, started, ended, failed
    }

    /// What the parent has to do after a message.
    package enum Action: Equatable, Sendable {
        case serveOverlay
        case giveSource(step: Int32)
        case runHooks
        case takeTerminal
        case takeSeccompListener
        case containerCreated
        case commandRunning
        case warn(String)
        case commandStopped(signal: Int32)
        case giveInput
        case commandExited(status: Int32)
        case networkMissed
        case fail(SandboxError)
    }

    package private(set) var state: State = .mapping
    /// Messages that may come once and have. A set's type would be put together at run time for these few.
    private var seen: [String] = []

    package init() {}

    /// That of an init which nobody has to prepare: it runs its command already.
    package static func started() -> Handshake {
        var handshake = Handshake()
        handshake.state = .started
        return handshake
    }

    /// The id maps are written: init may go on.
    ///
    /// - Parameter starts: init asks for nothing more, up to the end.
    package mutating func mappingDone(starts: Bool = false) throws(SandboxError) -> ParentMessage {
        try leave(.mapping, for: starts ? .started : .preparing)
        return .mapped
    }

    /// The hooks have run.
    package mutating func hooksDone() throws(SandboxError) -> ParentMessage {
        try leave(.hooks, for: .finishing)
        return .hooksDone
    }

    /// The container is to be started.
    package mutating func start() throws(SandboxError) -> ParentMessage {
        try leave(.created, for: .started)
        return .start
    }

    private mutating func leave(_ from: State, for next: State) throws(SandboxError) {
        guard state == from else {
            throw SandboxError(.system, "the create handshake is in state \(state.rawValue), not \(from.rawValue)")
        }
        state = next
    }

    /// Takes one message of init; a message that is out of order or repeated fails the create.
    package mutating func receive(_ message: InitMessage) throws(SandboxError) -> Action {
        switch (state, message) {
        case (.failed, _), (.ended, _): throw outOfOrder(message)
        // The command's own failure: the reaping init goes on to tell how it ended.
        case (.started, .failed(let error)): return .fail(error)
        case (_, .failed(let error)):
            state = .failed
            return .fail(error)
        case (_, .warning(let text)): return .warn(text)
        case (.preparing, .overlayMounted): return try once("overlay", message, .serveOverlay)
        case (.preparing, .sourceWanted(let step)): return .giveSource(step: step)
        case (.preparing, .rootPrepared):
            state = .hooks
            return .runHooks
        case (.finishing, .terminal), (.preparing, .terminal): return try once("terminal", message, .takeTerminal)
        // A supervised command installs its filter as its last step, after the start.
        case (.finishing, .seccompListener), (.started, .seccompListener):
            return try once("listener", message, .takeSeccompListener)
        case (.finishing, .created):
            state = .created
            return .containerCreated
        case (.started, .running): return try once("running", message, .commandRunning)
        case (.started, .stopped(let signal)): return .commandStopped(signal: signal)
        case (.started, .wantsInput): return .giveInput
        case (.started, .networkMissed): return try once("network", message, .networkMissed)
        case (.started, .exited(let status)):
            state = .ended
            return .commandExited(status: status)
        case (.mapping, _), (.preparing, _), (.hooks, _), (.finishing, _), (.created, _), (.started, _):
            throw outOfOrder(message)
        }
    }

    private mutating func once(
        _ key: String, _ message: InitMessage, _ action: Action
    ) throws(SandboxError) -> Action {
        guard !seen.contains(key) else { throw outOfOrder(message) }
        seen.append(key)
        return action
    }

    private mutating func outOfOrder(_ message: InitMessage) -> SandboxError {
        let was = state
        state = .failed
        return SandboxError(.system, "init sent \(message) while the create handshake was in state \(was.rawValue)")
    }

    /// What it means that init's end of the socket has closed: nil when that is the proper end.
    ///
    /// After `start` an init without a reaper of ours closes the socket by executing the command.
    package mutating func endOfFile() -> SandboxError? {
        switch state {
        case .started, .ended: return nil
        case .failed: return nil
        case .mapping, .preparing, .hooks, .finishing, .created:
            let was = state
            state = .failed
            return SandboxError(
                .system, "the container's init died while the create handshake was in state \(was.rawValue)")
        }
    }
}
