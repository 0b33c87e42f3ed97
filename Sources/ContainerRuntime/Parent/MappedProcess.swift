import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Runs `body` in a child of this process that is the same user, in a user namespace where the mapped ids exist: files
/// that a sandbox gave to other ids can be read and removed there. Returns the child's exit status.
///
/// The child has the rights over those ids and no others; what it makes belongs to the caller. It dies with this process:
/// nothing goes on that nobody waits for.
package func runMapped(
    users: [Spec.Linux.IDMapping], groups: [Spec.Linux.IDMapping], body: () -> CInt
) throws(SandboxError) -> CInt {
    let gate = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
    let caller = getpid()
    let side: CloneSide
    do { side = try cloneProcess(flags: UInt64(CLONE_NEWUSER)) } catch {
        throw SandboxError(
            error, "clone into a user namespace", remedy: remedyForClone(error, UInt64(CLONE_NEWUSER)))
    }
    switch consume side {
    case .child:
        do throws(Errno) { try setParentDeathSignal(SIGKILL) } catch { exit(125) }
        // The signal comes from now on; who has died before gives none.
        if getppid() != caller { exit(125) }
        var ready: UInt8 = 0
        let reading = gate.takeReading()
        let count = clinux_syscall(
            Int(SYS_read), Int(reading.raw), withUnsafeMutablePointer(to: &ready) { Int(bitPattern: $0) }, 1, 0, 0, 0)
        // Without a byte the parent has failed, and says so itself.
        exit(count == 1 ? body() : 125)
    case .parent(let child):
        let pid = child.pid
        let writing = gate.takeWriting()
        var failure: SandboxError?
        do throws(SandboxError) {
            try writeIDMaps(IDMaps(uids: users, gids: groups), pid: pid)
            try attempt("start the mapped process") { () throws(Errno) in try writeAll(writing.raw, [1]) }
        } catch { failure = error }
        _ = consume writing
        let end = try attempt("wait for the mapped process") { () throws(Errno) in try waitForProcess(pid) }
        if let failure { throw failure }
        return end?.status.exitCode ?? 125
    }
}
