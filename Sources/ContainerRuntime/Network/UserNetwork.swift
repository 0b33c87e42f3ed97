import ContainerPlan
import Diagnostics
import LinuxKernel

/// The program that connects a sandbox's network, with the process that keeps it; both end with this process.
///
/// ```
/// this process ──line──▶ keeper, in the sandbox's user and network namespaces ──▶ pasta or slirp4netns
/// ```
/// The keeper's namespaces are what the program is pointed at: init is undumpable, so its own in `/proc` are root's. And
/// the program changes its credentials, which undoes a parent death signal (prctl(2)): the keeper sees the line close,
/// however this process ends, and kills it.
struct UserNetwork: ~Copyable {
    let connection: NetworkConnection
    private let keeper: Child
    private let line: Descriptor
    /// What the program has said; nobody reads it unless it fails, and a full pipe does not stop it.
    private let output: Descriptor

    private init(_ connection: NetworkConnection, keeper: consuming Child, _ pipes: KeeperPipes) {
        self.connection = connection
        self.keeper = keeper
        line = Descriptor(owning: pipes.line.writing)
        output = Descriptor(owning: pipes.output.reading)
    }

    /// Connects the network of a sandbox that waits to be started.
    static func connect(
        _ connection: NetworkConnection, _ process: borrowing InitProcess
    ) throws(SandboxError) -> UserNetwork {
        guard let network = process.namespaces["net"] else {
            throw SandboxError(.system, "the sandbox has no network namespace to connect")
        }
        let control = try ControlSocket(for: connection)
        let pipes = try KeeperPipes()
        let user = process.namespaces["user"]
        let setting = NetworkConnection.Setting(
            keeper: 0, hasUsers: user != nil, isRoot: geteuid() == 0, control: control.path)
        let side = try attempt("clone the network's keeper") { () throws(Errno) in try cloneProcess(flags: 0) }
        switch consume side {
        case .child:
            NetworkKeeper(
                connection: connection, setting: setting, user: user, network: network, line: pipes.line.reading,
                ready: pipes.ready.writing, output: pipes.output.writing
            ).run()
        case .parent(let child):
            for raw in [pipes.line.reading, pipes.ready.writing, pipes.output.writing] { close(raw) }
            let made = UserNetwork(connection, keeper: child, pipes)
            let ready = Descriptor(owning: pipes.ready.reading)
            try made.awaitReady(ready.raw)
            return made
        }
    }

    /// The program, for messages.
    private var name: String { connection.program.rawValue }

    private func awaitReady(_ ready: CInt) throws(SandboxError) {
        var wanted = [pollfd(fd: ready, events: Int16(POLLIN), revents: 0)]
        let count = try attempt("wait for \(name)") { () throws(Errno) in
            try waitForEvents(&wanted, milliseconds: 10_000)
        }
        if count == 0 { throw SandboxError(.system, "\(name) was not ready after ten seconds\(said)") }
        var byte: [UInt8] = [0]
        let got = try attempt("wait for \(name)") { () throws(Errno) in
            try byte.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(ready, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        guard got == 0 else { return }
        // Its output is whole when the keeper has ended.
        do { _ = try waitForProcess(keeper.pid) } catch {}  // nobody else waits for it
        let text = said
        let isTaken = text.contains("bind any port") || text.contains("cannot listen")
        throw SandboxError(
            .system, "\(name) could not connect the network\(text)",
            remedy: isTaken ? NetworkConnection.remedyForPorts(connection.ports, isRoot: geteuid() == 0) : nil)
    }

    /// What the program has written, as the end of a message.
    private var said: String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let raw = output.raw
        let count: Int
        do {
            count = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(Errno) in
                try readBytes(raw, into: UnsafeMutableRawBufferPointer(bytes))
            }
        } catch { return "" }
        let noise = [
            "Failed to send", "WARNING:", "sent tapfd", "received tapfd", "Couldn't get any nameserver", "apifd event",
            "api_handler:",
        ]
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
            .filter { line in !noise.contains { line.hasPrefix($0) } }.map { trimmed(String($0)) }
        return lines.isEmpty ? "" : ": " + lines.suffix(3).joined(separator: "; ")
    }

    /// Ends the program; tells when it had ended before.
    consuming func finish(warn: (String) -> Void) {
        let text = said
        let name = name
        let keeper = disconnect()
        // Whoever cannot be waited for has ended.
        let end: WaitStatus?
        do { end = try waitForProcess(keeper)?.status } catch { end = nil }
        if let end, end != .exited(0) { warn("\(name) ended before the sandbox, which had no network then\(text)") }
    }

    /// Closes the line.
    private consuming func disconnect() -> pid_t { keeper.pid }
}

/// The pipes between this process, the keeper and the program.
private struct KeeperPipes {
    struct Ends {
        let reading: CInt
        let writing: CInt

        init() throws(Errno) { (reading, writing) = try Pipe().release() }
    }

    let line: Ends
    let ready: Ends
    let output: Ends

    init() throws(SandboxError) {
        (line, ready, output) = try attempt("make the network's pipes") { () throws(Errno) in
            let all = (try Ends(), try Ends(), try Ends())
            for end in [all.2.reading, all.2.writing] {
                try syscallRetrying(Int(SYS_fcntl), Int(end), Int(F_SETFL), Int(O_NONBLOCK))
            }
            return all
        }
    }
}
