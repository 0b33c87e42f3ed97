import ContainerPlan
import Diagnostics
import LinuxKernel

/// The process between the supervisor and the program that connects a network: it starts the program, goes into the
/// sandbox's namespaces for it to find, and kills it when its line to the supervisor closes.
struct NetworkKeeper {
    let connection: NetworkConnection
    var setting: NetworkConnection.Setting
    /// Descriptors of the sandbox's namespaces.
    let user: CInt?
    let network: CInt
    let line: CInt
    let ready: CInt
    let output: CInt

    /// Ends with 0 when it was told to, 1 when the program ended by itself.
    func run() -> Never {
        do { _exit(try keep()) } catch {
            do { try writeAll(output, "\(error)\n") } catch {}  // the supervisor is gone
            _exit(1)
        }
    }

    private func keep() throws(SandboxError) -> CInt {
        var setting = setting
        setting.keeper = getpid()
        let null = try prepare()
        let gate = try attempt("make a pipe") { () throws(Errno) in try Pipe().release() }
        let own = try attempt("make a pipe") { () throws(Errno) in try Pipe().release() }
        let side = try attempt("clone a process for \(connection.path)") { () throws(Errno) in
            try cloneProcess(flags: 0)
        }
        switch consume side {
        case .child:
            close(gate.writing)
            becomeProgram(connection.arguments(setting), ready: own.writing, gate: gate.reading, null: null)
        case .parent(let program):
            for raw in [gate.reading, own.writing] { close(raw) }
            do {
                if let user {
                    try attempt("enter the sandbox's user namespace") { () throws(Errno) in
                        try enterNamespace(user, kinds: CInt(CLONE_NEWUSER))
                    }
                }
                try attempt("enter the sandbox's network") { () throws(Errno) in
                    try enterNamespace(network, kinds: CInt(CLONE_NEWNET))
                }
                close(gate.writing)
                if try isReady(own.reading) {
                    if let path = setting.control { try ControlSocket.publish(connection.ports, at: path) }
                    try attempt("tell that the network is there") { () throws(Errno) in try writeAll(ready, [1]) }
                }
            } catch {
                end(program)
                throw error
            }
            for raw in [own.reading, ready, output] { close(raw) }
            return try watch(program)
        }
    }

    /// Nothing of the supervisor's stays open here: its locks would outlive it.
    private func prepare() throws(SandboxError) -> CInt {
        try attempt("prepare the network's keeper") { () throws(Errno) in
            try syscallRetrying(Int(SYS_setsid))
            let null = try openPath("/dev/null", O_RDWR).release()
            for number: CInt in 0...2 { try duplicate(null, onto: number) }
            let kept = [user ?? -1, network, line, ready, output, null]
            for number in try openDescriptors() where number > 2 && !kept.contains(number) { close(number) }
            return null
        }
    }

    /// False when the program has ended first.
    private func isReady(_ own: CInt) throws(SandboxError) -> Bool {
        var byte: [UInt8] = [0]
        return try attempt("wait for \(connection.path)") { () throws(Errno) in
            try byte.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(own, into: UnsafeMutableRawBufferPointer(buffer)) > 0
            }
        }
    }

    private func watch(_ program: borrowing Child) throws(SandboxError) -> CInt {
        var ready = [
            pollfd(fd: line, events: Int16(POLLIN), revents: 0),
            pollfd(fd: program.handle.raw, events: Int16(POLLIN), revents: 0),
        ]
        try attempt("wait for the sandbox's end") { () throws(Errno) in _ = try waitForEvents(&ready) }
        if ready[0].revents == 0 { return 1 }
        end(program)
        return 0
    }

    private func end(_ program: borrowing Child) {
        // Gone already is as good.
        do { try sendSignal(SIGKILL, toProcess: program.handle.raw) } catch {}
        do { _ = try waitForProcess(program.pid) } catch {}
    }

    private func becomeProgram(_ arguments: [String], ready: CInt, gate: CInt, null: CInt) -> Never {
        do {
            try setParentDeathSignal(SIGKILL)
            // Closed when the keeper is where the program will look for it.
            _ = try readAll(gate, limit: 1)
            let isPasta = connection.program == .pasta
            try duplicate(isPasta ? ready : output, onto: 1)
            try duplicate(output, onto: 2)
            try duplicate(isPasta ? null : ready, onto: 3)
            try setCloseOnExec(from: isPasta ? 3 : 4)
            try setSignalMask(.none)
            try execute(connection.path, arguments: arguments, environment: environment())
        } catch {
            // Standard error is the pipe that the supervisor reads.
            do { try writeAll(2, "\(connection.path): \(error.text)\n") } catch {}
            _exit(127)
        }
    }
}
