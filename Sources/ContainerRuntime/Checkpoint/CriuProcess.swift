import ContainerPlan
import Diagnostics
import LinuxKernel

/// A criu that was started for one request (`criu swrk`), and the socket to it.
struct CriuProcess: ~Copyable {
    let child: Child
    /// Until `release` the one to criu's process, then the one to criu.
    private(set) var socket: Descriptor

    /// How criu is started.
    struct Start {
        /// The program's path.
        var program: String
        /// Restored processes inherit criu's descriptors 0 to 2; else criu gets none.
        var keepsStandardDescriptors = false
        /// Further descriptors, which criu sees numbered from 4 on.
        var inherited: [CInt] = []
        /// A mount namespace of its own, in which `prepare` may mount.
        var hasOwnMounts = false
        /// Opened by criu's process itself, in whose mounts criu works.
        var imagePath: String
        var workPath: String?

        /// The numbers that criu has for its folders, after those that it inherits.
        var imageNumber: CInt { CInt(4 + inherited.count) }
        var workNumber: CInt? { workPath == nil ? nil : imageNumber + 1 }
    }

    /// Starts criu, held back until `release`; then `prepare` runs in its process first.
    init(_ start: Start, prepare: () throws(SandboxError) -> Void = {}) throws(SandboxError) {
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        let flags = start.hasOwnMounts ? UInt64(CLONE_NEWNS) : 0
        let side: CloneSide
        do { side = try cloneProcess(flags: flags) } catch {
            let remedy = error == .notPermitted ? "checkpoint and restore need root's rights" : nil
            throw SandboxError(error, "clone a process for criu", remedy: remedy)
        }
        switch consume side {
        case .parent(let child):
            self.child = child
            socket = pair.takeFirst()
        case .child:
            let socket = pair.takeSecond().release()
            do {
                try Self.waitForRelease(socket)
                try prepare()
                try Self.becomeCriu(start, Self.passSocket(through: socket))
            } catch {
                // What goes wrong once criu's own socket is made, only the end of that tells.
                do { try send(socket, [0] + InitMessage.failed(error).bytes) } catch {}
                _exit(1)
            }
        }
    }

    /// Lets criu go, when the process is where it shall be.
    mutating func release() throws(SandboxError) {
        try attempt("start criu") { () throws(Errno) in try send(socket.raw, [1]) }
        let answer = try attempt("wait for criu") { () throws(Errno) in try receive(socket.raw) }
        if let raw = answer.descriptors.first {
            socket = Descriptor(owning: raw)
        } else if case .failed(let error)? = InitMessage(bytes: Array(answer.bytes.dropFirst())) {
            throw error
        } else {
            throw SandboxError(.system, "criu's process died before it ran criu")
        }
    }

    /// Makes the socket to criu: criu looks for its folders among the descriptors of whoever made that, so this
    /// process makes it and sends the other end to the parent.
    private static func passSocket(through parent: CInt) throws(SandboxError) -> CInt {
        try attempt("make criu's socket") { () throws(Errno) in
            let pair = try socketPair()
            try send(parent, [1], descriptors: [pair.first.raw])
            return pair.takeSecond().release()
        }
    }

    private static func waitForRelease(_ socket: CInt) throws(SandboxError) {
        let datagram = try attempt("wait for the parent") { () throws(Errno) in try receive(socket) }
        if datagram.bytes.isEmpty { _exit(1) }  // nobody is left to work for
    }

    private static func becomeCriu(_ start: Start, _ socket: CInt) throws(SandboxError) -> Never {
        try attempt("run \(start.program)") { () throws(Errno) -> Never in
            // Out of the way of the numbers they are going to have.
            var list = [socket] + start.inherited
            for path in [start.imagePath] + [start.workPath].compactMap({ $0 }) {
                list.append(try openPath(path, O_RDONLY | O_DIRECTORY).release())
            }
            let high = try list.map { (raw) throws(Errno) in
                CInt(try syscallRetrying(Int(SYS_fcntl), Int(raw), Int(F_DUPFD_CLOEXEC), 512))
            }
            if !start.keepsStandardDescriptors {
                let null = try openPath("/dev/null", O_RDWR).release()
                for number: CInt in 0...2 { try duplicate(null, onto: number) }
            }
            try setCloseOnExec(from: 3)
            for (index, raw) in high.enumerated() { try duplicate(raw, onto: CInt(3 + index)) }
            try setSignalMask(.none)
            try execute(start.program, arguments: ["criu", "swrk", "3"], environment: environment())
        }
    }

    /// Kills what may still run, and reaps it; its exit status.
    consuming func finish(killing: Bool) -> WaitStatus? {
        let pid = child.pid
        // Gone already is as good.
        if killing { do { try sendSignal(SIGKILL, toProcess: child.handle.raw) } catch {} }
        // criu ends when nobody is at the socket's other end.
        close(socket.release())
        do { return try waitForProcess(pid)?.status } catch { return nil }
    }
}

extension CriuProcess {
    /// Asks criu and answers its notifications until it is done.
    ///
    /// A notification that cannot be served makes criu take back what it did; its failure is what is thrown.
    /// - Parameter signals: those that end the wait, where this process has blocked them: criu may itself wait for
    ///   somebody who never comes, as for the pages of a lazy migration.
    /// - Throws: `.system` with criu's own words and error number; `interruption` after one of the signals.
    func ask(
        _ request: CriuRequest, endedBy signals: CInt? = nil,
        notified: (_ name: String, _ pid: Int32?, _ descriptors: inout [CInt]) throws(SandboxError) -> Void
    ) throws(SandboxError) {
        try attempt("ask criu") { () throws(Errno) in try send(socket.raw, request.bytes) }
        var failure: SandboxError?
        while true {
            if let signals { try waitForAnswer(orOneOf: signals) }
            let response = try answer { (response, descriptors) in
                guard response.kind == CriuRequest.Kind.notify.rawValue else { return nil }
                do throws(SandboxError) {
                    try notified(response.notification ?? "", response.notifiedPID, &descriptors)
                    return true
                } catch {
                    failure = failure ?? error
                    return false
                }
            }
            guard let response else { continue }
            if let failure { throw failure }
            guard response.succeeded else {
                let why = response.message ?? response.errno.map { Errno(rawValue: $0).text } ?? "no reason given"
                throw SandboxError(.system, "criu failed: \(why)", errno: response.errno)
            }
            return
        }
    }

    private func waitForAnswer(orOneOf signals: CInt) throws(SandboxError) {
        var ready = [
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        try attempt("wait for criu") { () throws(Errno) in
            try waitForEvents(&ready)
            guard ready[0].revents == 0, try readSignal(signals) != nil else { return }
            throw Self.interruption
        }
    }

    /// What a wait throws that a signal has ended.
    static let interruption = Errno(rawValue: EINTR)

    /// Takes one message; nil for a notification, which `serve` answers.
    private func answer(
        _ serve: (CriuResponse, inout [CInt]) -> Bool?
    ) throws(SandboxError) -> CriuResponse? {
        let datagram = try attempt("wait for criu") { () throws(Errno) in
            do throws(Errno) { return try receive(socket.raw, limit: 1 << 16) } catch {
                // criu died with a message of ours unread.
                if error == .connectionReset { return Datagram() }
                throw error
            }
        }
        var descriptors = datagram.descriptors
        defer { for raw in descriptors where raw >= 0 { close(raw) } }
        if datagram.bytes.isEmpty { throw SandboxError(.system, "criu ended without an answer") }
        guard let response = CriuResponse(datagram.bytes) else {
            throw SandboxError(.system, "criu sent an unknown message")
        }
        guard let served = serve(response, &descriptors) else { return response }
        try attempt("answer criu") { () throws(Errno) in
            try send(socket.raw, CriuRequest.answer(succeeded: served))
        }
        return nil
    }
}
