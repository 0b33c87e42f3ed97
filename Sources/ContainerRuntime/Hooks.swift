import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Runs hooks one after the other with the container's state on their standard input (runtime-spec `config.md`,
/// POSIX-platform Hooks).
///
/// - Throws: at the first hook that cannot be run, ends with another status than 0, or takes longer than its timeout.
func runHooks(_ hooks: [Spec.Hook]?, kind: String, state: @autoclosure () -> [UInt8]) throws(SandboxError) {
    guard let hooks, !hooks.isEmpty else { return }
    let state = state()
    for (index, hook) in hooks.enumerated() {
        try within("hooks.\(kind)[\(index)]") { () throws(SandboxError) in try run(hook, state) }
    }
}

private func run(_ hook: Spec.Hook, _ state: [UInt8]) throws(SandboxError) {
    let program = ProgramRun(
        path: hook.path, arguments: hook.args.flatMap { $0.isEmpty ? nil : $0 } ?? [hook.path],
        environment: hook.env ?? [], input: state, timeoutMilliseconds: hook.timeout.map { $0 * 1000 })
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
        case .signaled(let signal): "killed by signal \(signal)"
        case .stopped(let signal): "stopped by signal \(signal)"
        }
    }
}
