import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

struct RemoveOptions: CommandOptions {
    var force = false
    var json = false

    static let usage = "sandbox rm [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--force", short: "-f", &force, "Kill a running one first; one that is not there is no error.")
        options.flag("--json", &json, "Print what was forgotten as JSON.")
    }
}

/// `sandbox rm`.
func removeSandboxes(_ options: RemoveOptions, _ names: [String]) throws(SandboxError) -> CInt {
    let registry = ownRegistry()
    var failure: SandboxError?
    var forgotten: [String] = []
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
            forgotten.append(name)
        } catch {
            if error.kind == .notFound, options.force { continue }
            if let failure { printError("sandbox: \(printable(failure.description))") }
            failure = error
        }
    }
    if options.json { printJSON(.object([JSON.Member("forgotten", forgotten.json)])) }
    if let failure { throw failure }
    return 0
}
