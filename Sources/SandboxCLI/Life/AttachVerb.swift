import ContainerPlan
import ContainerRuntime
import Diagnostics
import LinuxKernel

struct AttachOptions: CommandOptions {
    static let usage = "sandbox attach [options] <name>"
    mutating func visit(_ options: inout OptionVisitor) {}
}

/// `sandbox attach`: the command's terminal, or what it writes from now on; its exit status when it ends meanwhile.
func attachTerminal(_ options: AttachOptions, _ words: [String]) throws(SandboxError) -> CInt {
    let name = try onlyName(words)
    let entry = try ownRegistry().entry(name)
    guard entry.isRunning else {
        throw SandboxError(
            .wrongState, "sandbox \"\(name)\" has ended", remedy: "sandbox logs \(name) shows what it wrote")
    }
    guard entry.record.kind == .detached, let archive = entry.archive else {
        throw SandboxError(
            .wrongState, "sandbox \"\(name)\" has its own terminal: it is not detached",
            remedy: "sandbox exec \(name) -- sh joins it")
    }
    if entry.record.hasTerminal {
        guard let descriptor = callerTerminal(), isTerminal(0) else {
            throw SandboxError(
                .invalidInput, "standard input is no terminal", remedy: "sandbox logs -f \(name) follows the output")
        }
        guard let socket = try entry.connect() else {
            throw SandboxError(.wrongState, "sandbox \"\(name)\" has just ended")
        }
        var session = try AttachedTerminal(socket: socket, descriptor: descriptor)
        if let status = try session.run() { return status }
        return try entry.wait() ?? 255
    }
    var reader = JournalReader(folder: archive)
    try reader.skipPast()
    try follow(entry, &reader)
    return try ownRegistry().entry(name).wait() ?? 255
}
