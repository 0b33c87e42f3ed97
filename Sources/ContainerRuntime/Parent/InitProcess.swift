import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel

/// A container's init from the parent's side: created, not yet started.
package struct InitProcess: ~Copyable {
    package let child: Child
    /// The parent's end of the handshake socket.
    package let socket: Descriptor
    package internal(set) var handshake: Handshake
    /// The container's cgroup, as later verbs find it.
    package internal(set) var cgroup: Cgroup?
    /// The master of the container's terminal, when the caller relays it.
    package internal(set) var terminal: Descriptor?
    /// Descriptors of its namespaces by their names in `/proc/PID/ns`, open as long as this process lives.
    package internal(set) var namespaces: [String: CInt] = [:]
    /// The process that serves a FUSE root.
    package internal(set) var overlayServer: pid_t?
    var awaitedOverlay = AwaitedOverlay.none
    /// Whether that process has nothing to finish when the command has ended.
    var overlayIsForgotten = false
    var overlayServerIsDismissed = false
    /// How it died before it was dismissed.
    var overlayServerDeath: String?

    /// The host's network devices that the container has, until it is sure to live.
    var network: NetworkMove?
    /// The container's place in the resctrl file system.
    package internal(set) var resctrl: ResctrlPlace?

    package var pid: pid_t { child.pid }

    /// Starts the command (gate `message`).
    package mutating func start() throws(SandboxError) {
        let message = try handshake.start()
        try attempt("start the command") { () throws(Errno) in try send(socket.raw, message.bytes) }
    }

    /// Waits until the command has been executed, which closes init's end of the socket.
    ///
    /// - Throws: what init reports when it cannot execute it.
    package mutating func waitForExecution(warn: (String) -> Void) throws(SandboxError) {
        while true {
            let datagram = try attempt("wait for the command") { () throws(Errno) in try receive(socket.raw) }
            for raw in datagram.descriptors { close(raw) }
            guard let message = InitMessage(bytes: datagram.bytes) else { return }
            let action = try handshake.receive(message)
            if case .fail(let error) = action { throw error }
            if case .warn(let text) = action { warn(text) }
        }
    }

    /// Sends a message to a running reaper.
    package func tell(_ message: ParentMessage) throws(SandboxError) {
        try attempt("tell the container's init") { () throws(Errno) in try send(socket.raw, message.bytes) }
    }

    /// The terminal's master, once.
    package mutating func takeTerminal() -> Descriptor? { terminal.take() }

    /// Kills what there is, reaps it and removes its cgroup; safe at any moment.
    package func destroy() {
        network?.giveBack()
        defer {
            removeCgroup()
            // The failure that led here is what the caller reports.
            do { try resctrl?.leave() } catch {}
        }
        // Either may be gone already, which is what is wanted.
        do { try sendSignal(SIGKILL, toProcess: child.handle.raw) } catch {}
        do { _ = try waitForProcess(child.pid, options: Int32(bitPattern: UInt32(__WALL))) } catch {}
        reapOverlayServer(killing: true)
    }

    /// Why an init that is destroyed had ended by itself. The parent finds that out by failing to prepare a dead
    /// process, whose files in `/proc` belong to root, for one: init's reason is the one to tell.
    func ownFailure(warn: (String) -> Void) -> SandboxError? {
        // Later on the parent reads every message as it comes.
        guard [.mapping, .preparing, .started].contains(handshake.state) else { return nil }
        while true {
            let datagram: Datagram
            do { datagram = try receive(socket.raw) } catch { return nil }
            for raw in datagram.descriptors { close(raw) }
            // The end of the file is no message.
            guard let message = InitMessage(bytes: datagram.bytes) else { return nil }
            if case .failed(let error) = message { return error }
            if case .warning(let text) = message { warn(text) }
        }
    }

    private func removeCgroup() {
        guard let cgroup, cgroup.exists else { return }
        // The failure that led here is what the caller reports.
        do {
            try cgroup.kill()
            try cgroup.remove()
        } catch {}
    }

    /// How the server of the root died before its time; nil when it serves or has ended in order. Reaps a dead one.
    package mutating func takeOverlayServerDeath() -> String? {
        if overlayServerIsDismissed { return overlayServerDeath.take() }
        guard let server = overlayServer else { return nil }
        let ended: (pid: pid_t, status: WaitStatus)?
        // No such child any more is no death to tell of.
        do { ended = try waitForProcess(server, options: CInt(WNOHANG)) } catch { return nil }
        guard let ended else { return nil }
        overlayServer = nil
        switch ended.status {
        case .exited(0), .stopped: return nil
        case .exited(let code): return "exit status \(code)"
        case .signaled(let number): return "signal \(number)"
        }
    }

    /// The command has ended: a server that has nothing to finish ends beside init, instead of after it.
    mutating func dismissOverlayServer() {
        guard overlayIsForgotten, !overlayServerIsDismissed else { return }
        overlayServerDeath = takeOverlayServerDeath()
        overlayServerIsDismissed = true
        guard let overlayServer else { return }
        do { try sendSignal(SIGKILL, to: overlayServer) } catch {}  // gone already is as good
    }

    /// Waits for the server of the root, which ends when the container's mounts are gone.
    package func reapOverlayServer(killing: Bool) {
        guard let overlayServer else { return }
        // Gone already is as good.
        if killing { do { try sendSignal(SIGKILL, to: overlayServer) } catch {} }
        do { _ = try waitForProcess(overlayServer) } catch {}
    }
}
