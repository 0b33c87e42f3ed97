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
        let deadline = timeoutMilliseconds.map { monotonicMilliseconds() + $0 }
        if let child = try spawn(input: input.raw, output: output.writing.raw) {
            return Running(child: child, output: output.takeReading(), deadline: deadline)
        }
        // What keeps it from being executed is told by a process of our own, where its output is expected.
        let side = try attempt("clone a process for \(path)") { () throws(Errno) in try cloneProcess(flags: 0) }
        switch consume side {
        case .child:
            becomeProgram(input: input.release(), output: output.takeWriting().release())
        case .parent(let child):
            return Running(child: child, output: output.takeReading(), deadline: deadline)
        }
    }

    /// Starts it by posix_spawn(3), which copies nothing of this process's memory: two clones of it, and the pages that
    /// are copied afterwards when either side writes, cost a start of `sandbox run` half a millisecond.
    ///
    /// - Returns: nil when it cannot be executed, a text with a zero byte in it among the reasons.
    private func spawn(input: CInt, output: CInt) throws(SandboxError) -> Child? {
        for text in [path] + arguments + environment where text.utf8.contains(0) { return nil }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        sigemptyset(&none)
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        guard posix_spawn_file_actions_adddup2(&actions, input, 0) == 0,
            posix_spawn_file_actions_adddup2(&actions, output, 1) == 0,
            posix_spawn_file_actions_adddup2(&actions, output, 2) == 0,
            posix_spawn_file_actions_addclosefrom_np(&actions, 3) == 0,
            posix_spawnattr_setsigmask(&attributes, &none) == 0,
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK)) == 0
        else { return nil }
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, path, &actions, &attributes, &words, &variables) == 0 else { return nil }
        do { return Child(pid: pid, handle: try openProcess(pid)) } catch {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw SandboxError(error, "open a handle of \(path)")
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
