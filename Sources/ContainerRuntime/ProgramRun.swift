import Diagnostics
import LinuxKernel

/// A program that runs to its end: hooks, `newuidmap`, `criu`.
struct ProgramRun {
    var path: String
    /// With argument zero.
    var arguments: [String]
    var environment: [String]
    var input: [UInt8] = []
    /// Nil: waits without end.
    var timeoutMilliseconds: Int64?

    struct Outcome {
        var status: WaitStatus
        /// What it wrote to standard error and standard output, at most 64 KiB, without trailing white space.
        var output: String
        var timedOut: Bool
    }

    /// A started program; `finish` collects it.
    struct Running: ~Copyable {
        let child: Child
        let output: Descriptor
        let deadline: Int64?
    }

    /// Starts the program with `input` on its standard input and its output caught.
    func start() throws(SandboxError) -> Running {
        let output = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let input = try attempt("make an input for \(path)") { () throws(Errno) in try inputFile() }
        let side = try attempt("clone a process for \(path)") { () throws(Errno) in try cloneProcess(flags: 0) }
        switch consume side {
        case .child:
            becomeProgram(input: input.release(), output: output.takeWriting().release())
        case .parent(let child):
            return Running(
                child: child, output: output.takeReading(),
                deadline: timeoutMilliseconds.map { monotonicMilliseconds() + $0 })
        }
    }

    /// Starts the program and waits for its end; at the timeout it is killed.
    func run() throws(SandboxError) -> Outcome {
        let running = try start()
        return try finish(running)
    }

    /// Reads the output to its end and waits for the program.
    func finish(_ running: borrowing Running) throws(SandboxError) -> Outcome {
        var output: [UInt8] = []
        var timedOut = false
        var isOutputOpen = true
        while true {
            var ready = [pollfd(fd: running.child.handle.raw, events: Int16(POLLIN), revents: 0)]
            if isOutputOpen { ready.append(pollfd(fd: running.output.raw, events: Int16(POLLIN), revents: 0)) }
            let left = running.deadline.map { CInt(clamping: max(0, $0 - monotonicMilliseconds())) } ?? -1
            let count = try attempt("wait for \(path)") { () throws(Errno) in
                try waitForEvents(&ready, milliseconds: timedOut ? -1 : left)
            }
            if count == 0 {
                timedOut = true
                try attempt("kill \(path)") { () throws(Errno) in
                    try sendSignal(SIGKILL, toProcess: running.child.handle.raw)
                }
                continue
            }
            if isOutputOpen && ready[1].revents != 0 {
                isOutputOpen = try drain(running.output.raw, &output)
                continue
            }
            if ready[0].revents != 0 { break }
        }
        let end = try attempt("wait for \(path)") { () throws(Errno) in try waitForProcess(running.child.pid) }
        let text = String(decoding: output, as: UTF8.self)
        return Outcome(
            status: end?.status ?? .exited(255), output: trimmed(text), timedOut: timedOut)
    }

    private func drain(_ descriptor: CInt, _ output: inout [UInt8]) throws(SandboxError) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = try attempt("read the output of \(path)") { () throws(Errno) in
            try chunk.withUnsafeMutableBufferPointer { (chunk) throws(Errno) in
                try readBytes(descriptor, into: UnsafeMutableRawBufferPointer(chunk))
            }
        }
        if output.count < 65536 { output += chunk[..<count] }
        return count > 0
    }

    /// The input as an open file: empty input is /dev/null, anything else a memory file, so that no pipe can fill up.
    private func inputFile() throws(Errno) -> Descriptor {
        if input.isEmpty { return try openPath("/dev/null", O_RDONLY) }
        let file = try "input".withKernelPath { (name) throws(Errno) in
            try syscallRetrying(Int(SYS_memfd_create), name, 1)
        }
        let descriptor = Descriptor(owning: CInt(file))
        try writeAll(descriptor.raw, input)
        try syscallRetrying(Int(SYS_lseek), Int(descriptor.raw), 0, Int(SEEK_SET))
        return descriptor
    }

    private func becomeProgram(input: CInt, output: CInt) -> Never {
        do {
            try duplicate(input, onto: 0)
            try duplicate(output, onto: 1)
            try duplicate(output, onto: 2)
            try setCloseOnExec(from: 3)
            try setSignalMask(.none)
            try execute(path, arguments: arguments, environment: environment)
        } catch {
            // Standard error is the pipe that the parent reads.
            do { try writeAll(2, "\(path): \(error.text)\n") } catch {}
            _exit(127)
        }
    }
}

/// `text` without white space at its end.
func trimmed(_ text: String) -> String {
    var text = text[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
}
