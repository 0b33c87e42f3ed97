import ContainerPlan
import Diagnostics
import LinuxKernel

/// The caller's terminal while it shows that of a sandbox in the background.
package struct AttachedTerminal: ~Copyable {
    private let socket: Descriptor
    private let signals: Descriptor
    private var terminal: HostTerminal
    private var detaching = DetachKeys()
    private var exitStatus: CInt?
    private var isOver = false

    package init(socket: consuming Descriptor, descriptor: CInt) throws(SandboxError) {
        let terminal = try HostTerminal(descriptor: descriptor)
        self.signals = try attempt("open the signals") { () throws(Errno) in
            try setSignalMask(.all)
            return try openSignals(.all)
        }
        self.socket = socket
        self.terminal = terminal
    }

    /// Relays until the command has ended, which gives its exit status, or the caller leaves, which gives 0.
    package mutating func run() throws(SandboxError) -> CInt? {
        try tell(.attach(size))
        guard case .welcome? = try receive() else {
            throw SandboxError(.wrongState, "the sandbox has just ended")
        }
        terminal.makeRaw()
        defer { terminal.restore() }
        while !isOver { try turn() }
        return exitStatus
    }

    private var size: TerminalSize {
        terminal.size.map { TerminalSize(rows: $0.ws_row, columns: $0.ws_col) } ?? TerminalSize(rows: 24, columns: 80)
    }

    private func tell(_ message: ClientMessage) throws(SandboxError) {
        do { try send(socket.raw, message.bytes) } catch {
            // It has ended: the next reading tells how.
            if error != .brokenPipe && error != .connectionReset { throw SandboxError(error, "tell the sandbox") }
        }
    }

    /// Nil when the sandbox's supervisor is gone.
    private func receive() throws(SandboxError) -> ServerMessage? {
        let raw = socket.raw
        do {
            let datagram = try LinuxKernel.receive(raw, limit: ServerMessage.longestOutput + 64)
            for raw in datagram.descriptors { close(raw) }
            return ServerMessage(bytes: datagram.bytes)
        } catch {
            if error == .connectionReset { return nil }
            throw SandboxError(error, "hear from the sandbox")
        }
    }

    private mutating func turn() throws(SandboxError) {
        var ready = [
            pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: terminal.isRaw ? terminal.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        try attempt("wait for the sandbox") { () throws(Errno) in _ = try waitForEvents(&ready) }
        if ready[2].revents != 0 { try readKeys() }
        if ready[1].revents != 0 { try hear() }
        if ready[0].revents != 0 { try takeSignals() }
    }

    private mutating func hear() throws(SandboxError) {
        switch try receive() {
        case .output(let bytes)?:
            // A terminal that has gone away takes no output; its hangup comes as a signal.
            do { try writeAll(terminal.descriptor, bytes) } catch {}
        case .ended(let status)?:
            exitStatus = status
            isOver = true
        case .refusal(let reason)?: throw SandboxError(.wrongState, reason)
        case .welcome?: break
        case nil: isOver = true
        }
    }

    private mutating func readKeys() throws(SandboxError) {
        var chunk = [UInt8](repeating: 0, count: ClientMessage.longestInput)
        let descriptor = terminal.descriptor
        let count: Int
        do {
            count = try chunk.withUnsafeMutableBufferPointer { (chunk) throws(Errno) in
                try readBytes(descriptor, into: UnsafeMutableRawBufferPointer(chunk))
            }
        } catch {
            return leave()
        }
        if count == 0 { return leave() }
        let keys = detaching.pass(Array(chunk[..<count]), now: monotonicMilliseconds())
        if !keys.isEmpty { try tell(.input(keys)) }
        if detaching.isComplete { leave() }
    }

    private mutating func leave() {
        isOver = true
        exitStatus = 0
    }

    private mutating func takeSignals() throws(SandboxError) {
        let raw = signals.raw
        while let next = try attempt("read a signal", { () throws(Errno) in try readSignal(raw) }) {
            switch CInt(next.ssi_signo) {
            case SIGWINCH: try tell(.resize(size))
            // The terminal is gone, or somebody ends this process: the sandbox goes on.
            case SIGHUP, SIGTERM, SIGINT, SIGQUIT: leave()
            case SIGCONT:
                terminal.makeRaw()
                try tell(.resize(size))
            default: continue
            }
        }
    }
}

/// Ctrl-] three times within a second leaves the terminal, as in systemd-nspawn(1): no program needs that.
struct DetachKeys: Equatable {
    private static let key: UInt8 = 0x1D
    private var count = 0
    private var first: Int64 = 0

    var isComplete: Bool { count == 3 }

    /// The keys that go on to the sandbox: all until the last of the three.
    mutating func pass(_ keys: [UInt8], now: Int64) -> [UInt8] {
        var passed: [UInt8] = []
        for key in keys where !isComplete {
            if key == Self.key {
                if count == 0 || now - first > 1000 {
                    count = 0
                    first = now
                }
                count += 1
                if isComplete { break }
            } else {
                count = 0
            }
            passed.append(key)
        }
        return passed
    }
}
