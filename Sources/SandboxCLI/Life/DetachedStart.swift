import ContainerPlan
import Diagnostics
import LinuxKernel

/// The way from the process that stays in the background to the one that was called, which waits for the start.
package final class StartReport {
    private var socket: Descriptor?

    init(socket: consuming Descriptor) { self.socket = consume socket }

    /// nil: the command runs. The first word counts, for the caller waits for no other.
    func tell(_ error: SandboxError?) {
        guard let raw = socket?.raw else { return }
        let message = error.map { InitMessage.failed($0) } ?? .running
        do { try send(raw, message.bytes) } catch {}  // the caller has gone away, and the sandbox stays
        socket = nil
    }
}

/// Runs `body` in a process of its own, without the caller's terminal, session and descriptors, and returns when that
/// reports the start or its failure.
///
/// Legal only while this process has one thread. In the new process nothing returns.
func startDetached(_ body: (StartReport) throws(SandboxError) -> Void) throws(SandboxError) {
    let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
    let side = try attempt("clone a process for the background") { () throws(Errno) in try cloneProcess(flags: 0) }
    switch consume side {
    case .child:
        let report = StartReport(socket: pair.takeSecond())
        do throws(SandboxError) {
            try leaveCaller()
            try body(report)
            _exit(0)
        } catch {
            report.tell(error)
            _exit(125)
        }
    case .parent:
        let socket = pair.takeFirst()
        let answer = try attempt("wait for the sandbox") { () throws(Errno) in try receive(socket.raw) }
        for raw in answer.descriptors { close(raw) }
        switch InitMessage(bytes: answer.bytes) {
        case .running: return
        case .failed(let error): throw error
        default: throw SandboxError(.system, "the process in the background has died")
        }
    }
}

/// Gives up the caller's terminal, session and descriptors: what this program has opened itself is close-on-exec.
private func leaveCaller() throws(SandboxError) {
    try attempt("leave the caller's session") { () throws(Errno) in
        try syscallRetrying(Int(SYS_setsid))
        for number in try openDescriptors() where number > 2 {
            if fcntl(number, F_GETFD) & FD_CLOEXEC == 0 { close(number) }
        }
        let null = try openPath("/dev/null", O_RDWR)
        for number: CInt in 0...2 { try duplicate(null.raw, onto: number) }
    }
}
