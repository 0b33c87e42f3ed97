import ContainerPlan
import Diagnostics
import LinuxKernel

/// Stays with a sandbox in the background: keeps its journal, passes signals on, shows its terminal to those that
/// attach, and counts those that have joined.
struct BackgroundSupervisor: ~Copyable {
    var process: InitProcess
    private let signals: Descriptor
    let background: Background
    /// What the command writes: its terminal's master, or a pipe; -1 when all of it is read.
    private var source: CInt
    let hasTerminal: Bool
    var clients: [BackgroundClient] = []
    /// Typed keys that the terminal has not taken yet.
    var typed: [UInt8] = []
    private var socketIsOpen = true
    private var isReady = false
    private var failure: SandboxError?
    private var exitStatus: CInt?
    /// The failed command's own network had no way for what it sent.
    private(set) var networkWasMissed = false
    /// Somebody has joined, once.
    var wasJoined = false
    var stays = false
    /// When a sandbox that nobody has joined is given up, or one that was told to end is killed.
    var deadline: Int64?
    var isEnding = false
    private var calls: CallListener
    private let warn: (String) -> Void

    /// Every signal must be blocked by the caller before the sandbox is created.
    init(
        _ process: consuming InitProcess, _ background: Background, answerCall: CallAnswerer?,
        warn: @escaping (String) -> Void
    ) throws(SandboxError) {
        self.process = process
        self.background = background
        self.warn = warn
        calls = CallListener(answerCall)
        let signals = try attempt("open the signals") { () throws(Errno) in try openSignals(.all) }
        let master = self.process.takeTerminal()?.release()
        let source = master ?? background.output
        if source >= 0 {
            try attempt("prepare the command's output") { () throws(Errno) -> Void in
                let flags = master == nil ? O_NONBLOCK : O_NONBLOCK | O_RDWR
                try syscallRetrying(Int(SYS_fcntl), Int(source), Int(F_SETFL), Int(flags))
            }
        }
        self.signals = signals
        self.source = source
        hasTerminal = master != nil
        // Whoever starts a shell joins it at once, or was killed.
        if background.endsWithoutJoined { deadline = monotonicMilliseconds() + 10_000 }
    }

    /// Runs until the sandbox has ended; its exit status in the shell's convention.
    mutating func run() throws(SandboxError) -> CInt {
        while true {
            if let status = try turn() { return status }
        }
    }

    /// One wait for events. Returns the exit status when the sandbox's init has ended.
    private mutating func turn() throws(SandboxError) -> CInt? {
        let fixed = 6
        var ready = [
            pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socketIsOpen ? process.socket.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.child.handle.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: source, events: Int16(POLLIN) | (typed.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
            pollfd(fd: background.listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: calls.raw, events: Int16(POLLIN), revents: 0),
        ]
        ready += clients.map { pollfd(fd: $0.socket, events: $0.events, revents: 0) }
        let wait = deadline.map { CInt(truncatingIfNeeded: max(0, min(60_000, $0 - monotonicMilliseconds()))) } ?? -1
        try attempt("wait for the sandbox") { () throws(Errno) in _ = try waitForEvents(&ready, milliseconds: wait) }
        try calls.take(ready[5].revents)
        if ready[3].revents & Int16(POLLIN | POLLHUP) != 0 { copyOutput() }
        if ready[3].revents & Int16(POLLOUT) != 0 { flushTyped() }
        for (index, entry) in ready[fixed...].enumerated() where entry.revents != 0 {
            if entry.revents & Int16(POLLOUT) != 0 { clients[index].flush() }
            if entry.revents & ~Int16(POLLOUT) != 0 { serve(index) }
        }
        if ready[4].revents != 0 { takeClient() }
        dropClosedClients()
        if ready[1].revents != 0 { try takeMessage() }
        if ready[0].revents != 0 { try takeSignals() }
        if let deadline, monotonicMilliseconds() >= deadline { end() }
        return ready[2].revents != 0 ? try collect() : nil
    }

    /// Init has ended: the last message, the last output, its status.
    private mutating func collect() throws(SandboxError) -> CInt {
        while socketIsOpen { try takeMessage() }
        while source >= 0, copyOutput() {}
        let end = try attempt("reap the sandbox's init") { () throws(Errno) in try waitForProcess(process.pid) }
        process.reapOverlayServer(killing: true)
        let status = exitStatus ?? end?.status.exitCode ?? 255
        // Told to the caller by whoever takes the sandbox's record away, once it is gone.
        if !isReady && failure == nil { failure = SandboxError(.system, "the sandbox ended before its command ran") }
        for index in clients.indices { clients[index].send(.ended(status: status)) }
        if let failure { throw failure }
        return status
    }

    /// Takes one message of init.
    private mutating func takeMessage() throws(SandboxError) {
        let socket = process.socket.raw
        let datagram = try attempt("wait for the sandbox's init") { () throws(Errno) in
            do throws(Errno) { return try receive(socket) } catch {
                // Init died with a message of ours unread.
                if error == .connectionReset { return Datagram() }
                throw error
            }
        }
        var descriptors = datagram.descriptors
        defer { for raw in descriptors { close(raw) } }
        if datagram.bytes.isEmpty {
            socketIsOpen = false
            if let error = process.handshake.endOfFile() { failure = failure ?? error }
            return
        }
        guard let message = InitMessage(bytes: datagram.bytes) else {
            throw SandboxError(.system, "the sandbox's init sent an unknown message")
        }
        switch try process.handshake.receive(message) {
        case .commandExited(let status): exitStatus = status
        case .networkMissed: networkWasMissed = true
        case .commandRunning:
            isReady = true
            background.ready()
        case .warn(let text): warn(text)
        case .fail(let error): failure = failure ?? error
        // Nobody's shell is there to hand a terminal back to: a stopped command stays stopped until SIGCONT.
        case .commandStopped: break
        case .giveInput: try tell(.resume)
        case .takeSeccompListener: if let raw = descriptors.popLast() { calls.listen(raw) }
        case .serveOverlay, .giveSource, .runHooks, .takeTerminal, .containerCreated: break
        }
    }

    private mutating func takeSignals() throws(SandboxError) {
        let raw = signals.raw
        while let next = try attempt("read a signal", { () throws(Errno) in try readSignal(raw) }) {
            let number = CInt(next.ssi_signo)
            switch number {
            case SIGCHLD, SIGPIPE, SIGTTOU, SIGTTIN, SIGWINCH: continue
            case SIGTSTP: try tell(.signal(SIGSTOP))
            case SIGCONT: try tell(hasTerminal ? .resume : .signal(SIGCONT))
            default:
                if background.endsWithoutJoined { isEnding = true }
                try tell(.signal(number))
            }
        }
    }

    /// A sandbox that has just ended needs no message.
    func tell(_ message: ParentMessage) throws(SandboxError) {
        do { try process.tell(message) } catch {
            if error.errno != EPIPE && error.errno != ECONNRESET { throw error }
        }
    }

    /// Tells the sandbox to end, and when it does not, kills it.
    mutating func end() {
        if isEnding {
            // Gone already is what is wanted.
            do { try sendSignal(SIGKILL, toProcess: process.child.handle.raw) } catch {}
            return deadline = nil
        }
        isEnding = true
        deadline = monotonicMilliseconds() + 5000
        do { try tell(.signal(SIGTERM)) } catch { warn("\(error)") }
    }

    // MARK: Output and input

    /// Copies what the command has written; false when nothing is there now.
    @discardableResult
    private mutating func copyOutput() -> Bool {
        var chunk = [UInt8](repeating: 0, count: ServerMessage.longestOutput)
        let raw = source
        let count: Int
        do {
            count = try chunk.withUnsafeMutableBufferPointer { (chunk) throws(Errno) in
                try readBytes(raw, into: UnsafeMutableRawBufferPointer(chunk))
            }
        } catch {
            // EIO: every slave is closed. The reaping init holds one as long as it lives.
            if error != .resourceTemporarilyUnavailable { closeSource() }
            return false
        }
        if count == 0 {
            closeSource()
            return false
        }
        let bytes = Array(chunk[..<count])
        background.journal?.write(bytes)
        for index in clients.indices where clients[index].role == .attached { clients[index].send(.output(bytes)) }
        return true
    }

    private mutating func closeSource() {
        close(source)
        source = -1
    }

    mutating func flushTyped() {
        guard hasTerminal, source >= 0, !typed.isEmpty else { return }
        let written = typed.withUnsafeBufferPointer {
            clinux_syscall(Int(SYS_write), Int(source), address($0.baseAddress), $0.count, 0, 0, 0)
        }
        if written > 0 { typed.removeFirst(written) }
        if written < 0 && written != -Int(EAGAIN) && written != -Int(EINTR) { typed = [] }
    }

    func resize(_ size: TerminalSize) {
        guard hasTerminal, source >= 0, size.rows > 0, size.columns > 0 else { return }
        let size = winsize(ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0)
        // The sandbox's side may be closed already.
        do { try setWindowSize(source, size) } catch {}
    }
}
