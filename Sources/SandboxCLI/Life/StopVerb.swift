import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

struct StopOptions: CommandOptions {
    var time = "10"
    var json = false

    static let usage = "sandbox stop [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--time", short: "-t", &time, "seconds", "How long to wait before the sandbox is killed (default: 10).")
        options.flag("--json", &json, "Print what has been stopped as JSON.")
    }
}

struct KillOptions: CommandOptions {
    var signal = "KILL"
    var json = false

    static let usage = "sandbox kill [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--signal", short: "-s", &signal, "signal", "A name such as TERM, or a number (default: KILL).")
        options.flag("--json", &json, "Print what has been signalled as JSON.")
    }
}

/// `sandbox stop`: SIGTERM, and after a while SIGKILL.
func stopSandboxes(_ options: StopOptions, _ names: [String]) throws(SandboxError) -> CInt {
    guard let seconds = strictNumber(options.time, as: UInt32.self), seconds <= 86400 else {
        throw SandboxError(.invalidInput, "--time \"\(options.time)\": not a number of seconds up to 86400")
    }
    return try forEach(names, json: options.json) { (entry) throws(SandboxError) in
        if entry.isRunning { try entry.stop(within: Int64(seconds) * 1000) }
        return JSON.object([
            JSON.Member("name", .string(entry.record.name)), JSON.Member("wasRunning", .bool(entry.isRunning)),
        ])
    }
}

/// `sandbox kill`.
func killSandboxes(_ options: KillOptions, _ names: [String]) throws(SandboxError) -> CInt {
    let number = try signalNumber(options.signal)
    return try forEach(names, json: options.json) { (entry) throws(SandboxError) in
        guard entry.isRunning else {
            throw SandboxError(.wrongState, "sandbox \"\(entry.record.name)\" does not run", errno: ESRCH)
        }
        try entry.signal(number)
        return JSON.object([
            JSON.Member("name", .string(entry.record.name)), JSON.Member("signal", .integer(number)),
        ])
    }
}

extension RegistryEntry {
    /// Sends a signal to the command, by way of its supervisor.
    func signal(_ number: CInt) throws(SandboxError) {
        switch number {
        case SIGKILL:
            // Process 1 of the sandbox: all that is inside ends with it, and the supervisor sees it and tells.
            guard let initial = record.initial else { return try send(number, to: record.supervisor) }
            try send(number, to: initial)
        // The supervisor must go on; it stops the command.
        case SIGSTOP: try send(SIGTSTP, to: record.supervisor)
        default: try send(number, to: record.supervisor)
        }
    }

    private func send(_ number: CInt, to process: ProcessIdentity) throws(SandboxError) {
        do throws(Errno) {
            let handle = try process.open()
            try sendSignal(number, toProcess: handle.raw)
        } catch {
            // It has ended a moment ago, which is what a signal is mostly for.
            if error != .noSuchProcess {
                throw SandboxError(error, "send signal \(number) to sandbox \(record.name)")
            }
        }
    }

    /// Ends the sandbox and returns when it has ended.
    func stop(within milliseconds: Int64) throws(SandboxError) {
        let supervisor: Descriptor
        do { supervisor = try record.supervisor.open() } catch {
            if error == .noSuchProcess { return }
            throw SandboxError(error, "watch sandbox \(record.name)")
        }
        // A stopped command would not hear of the end.
        try signal(SIGTERM)
        try signal(SIGCONT)
        if try ends(supervisor, within: milliseconds) { return }
        try signal(SIGKILL)
        if try ends(supervisor, within: 5000) { return }
        // The supervisor itself hangs: the kernel ends the sandbox with it.
        do { try sendSignal(SIGKILL, toProcess: supervisor.raw) } catch {}  // gone, as it should
        guard try ends(supervisor, within: 5000) else {
            throw SandboxError(.system, "sandbox \"\(record.name)\" does not die", errno: EBUSY)
        }
    }

    private func ends(_ supervisor: borrowing Descriptor, within milliseconds: Int64) throws(SandboxError) -> Bool {
        let raw = supervisor.raw
        return try attempt("wait for sandbox \(record.name)") { () throws(Errno) in
            var ready = [pollfd(fd: raw, events: Int16(POLLIN), revents: 0)]
            return try waitForEvents(&ready, milliseconds: CInt(clamping: milliseconds)) > 0
        }
    }
}
