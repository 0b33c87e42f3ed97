import Diagnostics
import LinuxKernel

/// Passes on what a container tells its service manager (sd_notify(3)): the container has a socket of its own, since
/// the manager knows only processes of its unit, and a container's numbers of processes mean nothing outside.
package struct NotifyProxy: ~Copyable {
    /// Readable when the container has something to say.
    let socket: Descriptor
    /// The manager's socket.
    private let host: String

    static let folder = "notify"
    static let name = "notify.sock"
    /// Where the container finds the folder.
    static let placeInside = "/run/notify"

    /// Binds the container's socket in the folder at `path`.
    init(_ path: String, host: String) throws(SandboxError) {
        let file = "\(path)/\(Self.name)"
        self.host = host
        socket = try attempt("make the socket \(file)") { () throws(Errno) in
            do throws(Errno) { try remove(file) } catch {
                if error != .noSuchFileOrDirectory { throw error }
            }
            let socket = try bindUnixSocket(file, kind: .datagram)
            // Any user of the container may be the service.
            try setMode(file, 0o777)
            try syscallRetrying(Int(SYS_fcntl), Int(socket.raw), Int(F_SETFL), Int(O_NONBLOCK | O_RDWR))
            return socket
        }
    }

    /// Passes one message on; whether it says that the service is ready.
    ///
    /// - Parameter mainPID: the process that the manager shall take for the service.
    func pass(mainPID: pid_t) throws(SandboxError) -> Bool {
        let datagram = try attempt("read the container's notification") { () throws(Errno) in
            do throws(Errno) { return try receive(socket.raw, limit: 1 << 16) } catch {
                if error == .wouldBlock { return Datagram() }
                throw error
            }
        }
        // The end of a barrier is that its descriptor closes; others cannot be kept for the container.
        for raw in datagram.descriptors { close(raw) }
        var lines = String(decoding: datagram.bytes, as: UTF8.self).split(separator: "\n").filter(Self.isPassedOn)
        let isReady = lines.contains("READY=1")
        if isReady { lines.append("MAINPID=\(mainPID)") }
        if lines.isEmpty { return false }
        try tell(lines.joined(separator: "\n") + "\n")
        return isReady
    }

    /// Numbers of processes and what is about descriptors mean nothing outside.
    private static func isPassedOn(_ line: Substring) -> Bool {
        !["MAINPID=", "MAINPIDFDID=", "FDSTORE=", "FDSTOREREMOVE=", "FDNAME=", "FDPOLL=", "BARRIER="].contains {
            line.hasPrefix($0)
        }
    }

    private func tell(_ text: String, descriptors: [CInt] = []) throws(SandboxError) {
        try attempt("notify \(host)") { () throws(Errno) in
            let manager = try connectUnixSocket(host, kind: .datagram)
            try send(manager.raw, Array(text.utf8), descriptors: descriptors)
        }
    }

    /// Waits until the container is ready or has ended, and until the manager knows: this process may end then.
    func waitUntilReady(_ process: borrowing Descriptor, _ pid: pid_t) throws(SandboxError) {
        while true {
            var ready = [
                pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0),
            ]
            try attempt("wait for the container's notification") { () throws(Errno) in _ = try waitForEvents(&ready) }
            if ready[0].revents != 0, try pass(mainPID: pid) { return try waitForManager() }
            if ready[0].revents == 0 && ready[1].revents != 0 { return }
        }
    }

    /// sd_notify_barrier(3): the manager closes the descriptor when it has read everything before.
    private func waitForManager() throws(SandboxError) {
        let pipe = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        try tell("BARRIER=1", descriptors: [pipe.writing.raw])
        let reading = pipe.takeReading()
        var closed = [pollfd(fd: reading.raw, events: 0, revents: 0)]
        try attempt("wait for the service manager") { () throws(Errno) -> Void in
            try waitForEvents(&closed, milliseconds: 30_000)
        }
    }
}
