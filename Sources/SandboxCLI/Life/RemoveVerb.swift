import ContainerRuntime
import Diagnostics
import LinuxKernel

struct RemoveOptions: CommandOptions {
    var force = false

    static let usage = "sandbox rm [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--force", short: "-f", &force, "Kill a running one first; one that is not there is no error.")
    }
}

struct PruneOptions: CommandOptions {
    static let usage = "sandbox prune [options]"
    mutating func visit(_ options: inout OptionVisitor) {}
}

/// `sandbox rm`.
func removeSandboxes(_ options: RemoveOptions, _ names: [String]) throws(SandboxError) -> CInt {
    let registry = ownRegistry()
    var failure: SandboxError?
    for name in names {
        do throws(SandboxError) {
            let entry = try registry.entry(name)
            if entry.isRunning {
                guard options.force else {
                    throw SandboxError(
                        .wrongState, "sandbox \"\(name)\" is running",
                        remedy: "sandbox stop \(name), or rm --force")
                }
                try entry.signal(SIGKILL)
                try entry.stop(within: 0)
            }
            try registry.forget(registry.entry(name))
        } catch {
            if error.kind == .notFound, options.force { continue }
            if let failure { printError("sandbox: \(printable(failure.description))") }
            failure = error
        }
    }
    if let failure { throw failure }
    return 0
}

/// `sandbox prune`: forgets what has ended, and prints the names.
func pruneSandboxes() throws(SandboxError) -> CInt {
    let registry = ownRegistry()
    for entry in try registry.all() where !entry.isRunning {
        try registry.forget(entry)
        printOut(entry.record.name + "\n")
    }
    return 0
}
