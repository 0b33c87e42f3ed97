import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Runs hooks one after the other with the container's state on their standard input (runtime-spec `config.md`,
/// POSIX-platform Hooks).
///
/// - Throws: at the first hook that cannot be run, ends with another status than 0, or takes longer than its timeout.
///
/// - Parameter environment: for hooks that say nothing about theirs.
func runHooks(
    _ hooks: [Spec.Hook]?, kind: String, environment: [String] = [], state: @autoclosure () -> [UInt8]
) throws(SandboxError) {
    guard let hooks, !hooks.isEmpty else { return }
    let state = state()
    for (index, hook) in hooks.enumerated() {
        try within("error running \(kind) hook #\(index)") { () throws(SandboxError) in
            try run(hook, environment, state)
        }
    }
}

private func run(_ hook: Spec.Hook, _ environment: [String], _ state: [UInt8]) throws(SandboxError) {
    let program = ProgramRun(
        path: hook.path, arguments: hook.args.flatMap { $0.isEmpty ? nil : $0 } ?? [hook.path],
        environment: hook.env ?? environment, input: state, timeoutMilliseconds: hook.timeout.map { $0 * 1000 })
    let outcome = try program.run()
    if outcome.timedOut {
        throw SandboxError(.system, "\(hook.path): killed after its timeout of \(hook.timeout ?? 0) s")
    }
    guard outcome.status != .exited(0) else { return }
    let output = outcome.output.isEmpty ? "" : ": " + outcome.output
    throw SandboxError(.system, "\(hook.path): \(outcome.status.text)\(output)")
}

extension WaitStatus {
    /// `exit status 3` or `killed by signal 9`.
    package var text: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "killed by signal \(signal), \(signalText(signal))"
        case .stopped(let signal): "stopped by signal \(signal)"
        }
    }
}

/// What a signal means, in lower case: `bad system call`.
private func signalText(_ number: CInt) -> String {
    guard let text = strsignal(number) else { return "an unknown one" }
    return String(cString: text).lowercased()
}
