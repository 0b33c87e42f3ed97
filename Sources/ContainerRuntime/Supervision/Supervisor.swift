import ContainerPlan
import Diagnostics
import LinuxKernel

/// Stays with a running container in the foreground: passes signals, relays its terminal, follows it into the
/// background and back, and returns its exit status.
struct Supervisor: ~Copyable {
    private var process: InitProcess
    private let hasReaper: Bool
    private let signals: Descriptor
    private var terminal: HostTerminal?
    /// Whether keys come from standard input and output goes to standard output, whatever they are.
    private let usesStandardStreams: Bool
    /// The master of the container's terminal, closed with this value.
    private let master: CInt?
    /// Typed keys that the container's terminal has not taken yet.
    private var typed: [UInt8] = []
    private var readsInput: Bool
    private var failure: SandboxError?
    private var socketIsOpen = true
    /// False once every slave is closed and all output is read.
    private var masterIsOpen: Bool
    private var exitStatus: CInt?
    /// The failed command's own network had no way for what it sent.
    private(set) var networkWasMissed = false
    private let warn: (String) -> Void
    private let notify: NotifyProxy?
    private var calls: CallListener

    /// Every signal must be blocked by the caller before the container is created.
    ///
    /// - Parameter usesStandardStreams: all three of the command's streams are its terminal, so what it writes is wanted
    ///   on standard output, be that a pipe; only settings and size belong to the caller's terminal.
    init(
        _ process: consuming InitProcess, hasReaper: Bool, terminalDescriptor: CInt?, startsInForeground: Bool,
        usesStandardStreams: Bool = false, warn: @escaping (String) -> Void,
        notify: consuming NotifyProxy? = nil, answerCall: CallAnswerer? = nil
    ) throws(SandboxError) {
        self.process = process
        self.usesStandardStreams = usesStandardStreams
        self.hasReaper = hasReaper
        self.warn = warn
        calls = CallListener(answerCall)
        let signals = try attempt("open the signals") { () throws(Errno) in try openSignals(.all) }
        let terminal = try terminalDescriptor.map { (raw) throws(SandboxError) in
            try HostTerminal(descriptor: raw, processesOutput: usesStandardStreams)
        }
        let master = self.process.takeTerminal()?.release()
        if let master {
            try attempt("prepare the container's terminal") { () throws(Errno) -> Void in
                try syscallRetrying(Int(SYS_fcntl), Int(master), Int(F_SETFL), Int(O_NONBLOCK | O_RDWR))
            }
        }
        self.signals = signals
        self.terminal = terminal
        self.master = master
        readsInput = startsInForeground
        masterIsOpen = master != nil
        self.notify = notify
    }

    deinit { if let master { close(master) } }

    /// Runs until the container has ended; its exit status in the shell's convention.
    mutating func run() throws(SandboxError) -> CInt {
        resize()
        if readsInput { terminal?.makeRaw() }
        defer { terminal?.restore() }
        while true {
            if let status = try turn() { return status }
        }
    }

    /// To be called after the end of a command that others may outlive.
    mutating func leaveCalls() throws(SandboxError) { try calls.leave() }

    /// One wait for events. Returns the exit status when the container's init has ended.
    private mutating func turn() throws(SandboxError) -> CInt? {
        var ready = [
            pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socketIsOpen ? process.socket.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.child.handle.raw, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: masterIsOpen ? master ?? -1 : -1, events: Int16(POLLIN) | (typed.isEmpty ? 0 : Int16(POLLOUT)),
                revents: 0),
            pollfd(fd: inputDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: notifyDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: calls.raw, events: Int16(POLLIN), revents: 0),
        ]
        try attempt("wait for the container") { () throws(Errno) in _ = try waitForEvents(&ready) }
        try calls.take(ready[6].revents)
        if ready[3].revents & Int16(POLLIN | POLLHUP) != 0 { copyOutput() }
        if ready[3].revents & Int16(POLLOUT) != 0 { flushTyped() }
        if ready[4].revents != 0 { readKeys() }
        if ready[5].revents != 0 { passNotification() }
        if ready[1].revents != 0 { try takeMessage() }
        if ready[0].revents != 0 { try takeSignals() }
        return ready[2].revents != 0 ? try collect() : nil
    }

    private var notifyDescriptor: CInt {
        switch notify {
        case .some(let proxy): proxy.socket.raw
        case .none: -1
        }
    }

    /// This process stands for the container, whose end it waits for. A manager that is gone is no failure of that.
    private func passNotification() {
        switch notify {
        case .some(let proxy): do { _ = try proxy.pass(mainPID: getpid()) } catch { warn("\(error)") }
        case .none: break
        }
    }

    private var inputDescriptor: CInt {
        guard readsInput, typed.count < 4096 else { return -1 }
        if usesStandardStreams && !isTerminal(0) { return masterIsOpen ? 0 : -1 }
        guard let terminal, terminal.isRaw else { return -1 }
        return usesStandardStreams ? 0 : terminal.descriptor
    }

    private var outputDescriptor: CInt? { usesStandardStreams ? 1 : terminal?.descriptor }

    /// Init has ended: the last message, the last output, its status.
    private mutating func collect() throws(SandboxError) -> CInt {
        while socketIsOpen { try takeMessage() }
        while masterIsOpen, copyOutput() {}
        let end = try attempt("reap the container's init") { () throws(Errno) in try waitForProcess(process.pid) }
        if let death = process.takeOverlayServerDeath() {
            warn("the root's overlay server died (\(death)): the command could not use its files after that")
        }
        process.reapOverlayServer(killing: true)
        if let failure { throw failure }
        return exitStatus ?? end?.status.exitCode ?? 255
    }

    /// Takes one message of init.
    private mutating func takeMessage() throws(SandboxError) {
        let socket = process.socket.raw
        let datagram = try attempt("wait for the container's init") { () throws(Errno) in try receive(socket) }
        var descriptors = datagram.descriptors
        defer { for raw in descriptors { close(raw) } }
        if datagram.bytes.isEmpty {
            socketIsOpen = false
            if let error = process.handshake.endOfFile() { failure = failure ?? error }
            return
        }
        guard let message = InitMessage(bytes: datagram.bytes) else {
            throw SandboxError(.system, "the container's init sent an unknown message")
        }
        switch try process.handshake.receive(message) {
        case .commandExited(let status):
            exitStatus = status
            process.dismissOverlayServer()
        case .networkMissed: networkWasMissed = true
        case .commandStopped(let signal): try suspend(signal)
        case .giveInput: try giveInput()
        case .warn(let text): warn(text)
        case .fail(let error): failure = failure ?? error
        case .takeSeccompListener: if let raw = descriptors.popLast() { calls.listen(raw) }
        case .commandRunning, .serveOverlay, .giveSource, .runHooks, .takeTerminal, .containerCreated: break
        }
    }

    // MARK: Signals

    private mutating func takeSignals() throws(SandboxError) {
        let raw = signals.raw
        while let next = try attempt("read a signal", { () throws(Errno) in try readSignal(raw) }) {
            let number = CInt(next.ssi_signo)
            switch number {
            case SIGCHLD, SIGPIPE, SIGTTOU, SIGTTIN: continue
            case SIGWINCH: resize()
            case SIGCONT: try resume()
            case SIGTSTP:
                try pass(SIGSTOP)
                if !(hasReaper && master != nil) { try suspend(SIGTSTP) }
            default: try pass(number)
            }
        }
    }

    /// Hands a signal to the command; a container that has just ended needs none.
    private func pass(_ number: CInt) throws(SandboxError) {
        if hasReaper {
            do { try process.tell(.signal(number)) } catch {
                if error.errno != EPIPE && error.errno != ECONNRESET { throw error }
            }
        } else {
            do { try sendSignal(number, toProcess: process.child.handle.raw) } catch {
                if error != .noSuchProcess { throw SandboxError(error, "send signal \(number) to the container") }
            }
        }
    }

    /// Stops this process, with its whole group as a terminal would, because the command has stopped. It goes on here
    /// when the shell continues it.
    private mutating func suspend(_ number: CInt) throws(SandboxError) {
        terminal?.restore()
        try attempt("stop") { () throws(Errno) in
            let mask = try setSignalMask(SignalSet(bits: ~SignalSet([SIGTSTP, SIGTTIN, SIGSTOP]).bits))
            try sendSignal(number == SIGSTOP || number == SIGTTIN ? number : SIGTSTP, to: 0)
            try setSignalMask(mask)
        }
        try resume()
    }

    private mutating func resume() throws(SandboxError) {
        if readsInput { terminal?.makeRaw() }
        resize()
        if hasReaper, master != nil, let terminal, !terminal.isForeground {
            readsInput = false
            do { try process.tell(.resumeInBackground) } catch {
                if error.errno != EPIPE && error.errno != ECONNRESET { throw error }
            }
            return
        }
        guard hasReaper, master != nil, readsInput else { return try pass(SIGCONT) }
        do { try process.tell(.resume) } catch {
            if error.errno != EPIPE && error.errno != ECONNRESET { throw error }
        }
    }

    /// The command reads from its terminal: from now on keys are passed to it. In the background this process stops as
    /// the command would have.
    private mutating func giveInput() throws(SandboxError) {
        readsInput = true
        if let terminal, !terminal.isForeground { return try suspend(SIGTTIN) }
        try resume()
    }

    // MARK: Terminal

    private func resize() {
        guard let master, let size = terminal?.size else { return }
        // The container's side may be closed already.
        do { try setWindowSize(master, size) } catch {}
    }

    /// Copies what the container has written; false when nothing is there now.
    @discardableResult
    private mutating func copyOutput() -> Bool {
        guard let master, let output = outputDescriptor else { return false }
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count: Int
        do {
            count = try chunk.withUnsafeMutableBufferPointer { (chunk) throws(Errno) in
                try readBytes(master, into: UnsafeMutableRawBufferPointer(chunk))
            }
        } catch {
            // EIO: every slave is closed. The reaping init holds one as long as it lives.
            if error != .resourceTemporarilyUnavailable { masterIsOpen = false }
            return false
        }
        if count == 0 { return false }
        // A terminal that has gone away takes no output; its hangup comes as a signal.
        do { try writeAll(output, Array(chunk[..<count])) } catch {}
        return true
    }

    private mutating func readKeys() {
        let input = inputDescriptor
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count: Int
        do {
            count = try chunk.withUnsafeMutableBufferPointer { (chunk) throws(Errno) in
                try readBytes(input, into: UnsafeMutableRawBufferPointer(chunk))
            }
        } catch {
            readsInput = false
            return
        }
        if count == 0 { readsInput = false }
        typed += chunk[..<count]
        flushTyped()
    }

    private mutating func flushTyped() {
        guard let master, !typed.isEmpty else { return }
        let bytes = typed
        let written = bytes.withUnsafeBufferPointer {
            clinux_syscall(Int(SYS_write), Int(master), address($0.baseAddress), $0.count, 0, 0, 0)
        }
        if written > 0 { typed.removeFirst(written) }
        if written < 0 && written != -Int(EAGAIN) && written != -Int(EINTR) { typed = [] }
    }
}
