import ContainerPlan
import Diagnostics
import LinuxKernel

/// One more process in a running container: it is in the container's namespaces already, and has only to become the
/// command.
func joinContainer(_ request: InitRequest, _ channel: InitChannel) throws(SandboxError) -> Never {
    guard let command = request.plan.process else {
        throw SandboxError(.invalidInput, "process: missing, there is nothing to execute")
    }
    try channel.wait(for: .mapped)
    try setAffinity(command.execAffinity?.final ?? .inherited, "process.execCPUAffinity.final")
    if let score = command.oomScoreAdjustment { try setOutOfMemoryScore(score, channel, isRootless: true) }
    if request.newKeyring { try joinKeyring(request.plan.id, channel) }
    if request.plan.namespaces.makes(.cgroup) {
        // The sandbox's own can be opened by nobody; made in the same cgroup, a new one shows the same.
        try attempt("make a cgroup namespace") { () throws(Errno) in try unshareNamespaces(CLONE_NEWCGROUP) }
    }
    let process = try ProcFiles.open()
    if !request.gate.holds {
        try startCommand(command, request, channel, StartGate(request.gate), process, terminal: nil)
    }
    try channel.send(.rootPrepared)
    try channel.wait(for: .hooksDone)
    let terminal = try openExecTerminal(command, request, channel)
    try startCommand(command, request, channel, StartGate(request.gate), process, terminal: terminal)
}

/// A terminal from the container's devpts; `/dev/console` stays the first process's.
private func openExecTerminal(
    _ command: ProcessPlan, _ request: InitRequest, _ channel: InitChannel
) throws(SandboxError) -> CInt? {
    guard command.hasTerminal else { return nil }
    let root = ContainerRoot(
        descriptor: try attempt("open the container's root") { () throws(Errno) in
            try openPath("/", O_PATH | O_DIRECTORY)
        })
    let terminal = try openTerminal(in: root, size: command.consoleSize ?? request.terminalSize, owner: command.uid)
    try channel.send(.terminal, descriptors: [terminal.master.raw])
    return terminal.takeSlave().release()
}
