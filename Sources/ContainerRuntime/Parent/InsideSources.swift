import ContainerPlan
import Diagnostics
import LinuxKernel

/// Gives init a copy of a source that it cannot make itself: one that lies inside the container's root, as earlier
/// mounts have left it, to be shown with its owners mapped, or one in a folder that no id of the container may pass.
///
/// Only the mount namespace of init has the first, and only a copy made there keeps what the host has covered below it:
/// so a process of this one's rights enters that namespace, makes the copy and hands it over.
func giveSource(
    _ step: Int32, _ process: inout InitProcess, _ request: CreateRequest
) throws(SandboxError) {
    let steps = request.plan.steps
    guard steps.indices.contains(Int(step)), case .bind(let bind) = steps[Int(step)] else {
        throw SandboxError(.system, "the container's init wants a source that the plan does not have")
    }
    let pid = process.pid
    let source = try within(bind.origin) { () throws(SandboxError) in
        // An ordinary user's rights are no more than those init has tried with.
        guard bind.isIDMapped || geteuid() == 0 else {
            throw SandboxError(Errno.permissionDenied, "bind \(bind.source) to \(bind.destination)")
        }
        let mounts = try attempt("open the container's mount namespace") { () throws(Errno) in
            try openPath("/proc/\(pid)/ns/mnt", O_RDONLY)
        }
        guard bind.isIDMapped else {
            return try copyInside(mounts) { () throws(SandboxError) in try Mounting.openSource(bind) }
        }
        let owners = try ownersNamespace(bind, request.plan)
        return try copyInside(mounts) { () throws(SandboxError) in try mapOwners(of: bind, owners) }
    }
    let socket = process.socket.raw
    try attempt("hand a source over") { () throws(Errno) in
        try send(socket, ParentMessage.source.bytes, descriptors: [source.raw])
    }
}

private func copyInside(
    _ mounts: borrowing Descriptor, _ copy: () throws(SandboxError) -> Descriptor
) throws(SandboxError) -> Descriptor {
    let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
    let side = try attempt("clone a process for the copy") { () throws(Errno) in try cloneProcess(flags: 0) }
    switch consume side {
    case .child:
        do {
            let namespace = mounts.raw
            try attempt("enter the container's mount namespace") { () throws(Errno) in
                try enterNamespace(namespace, kinds: CLONE_NEWNS)
            }
            try sendCopy(copy(), through: pair.second)
            _exit(0)
        } catch {
            do { try send(pair.second.raw, InitMessage.failed(error).bytes) } catch {}  // the parent is gone
            _exit(1)
        }
    case .parent(let child):
        let socket = pair.takeFirst()
        let answer = try attempt("wait for the copy") { () throws(Errno) in try receive(socket.raw) }
        _ = try attempt("reap the copying process") { () throws(Errno) in try waitForProcess(child.pid) }
        if let raw = answer.descriptors.first { return Descriptor(owning: raw) }
        if case .failed(let error)? = InitMessage(bytes: answer.bytes) { throw error }
        throw SandboxError(.system, "the copying process died")
    }
}

private func sendCopy(
    _ copy: borrowing Descriptor, through socket: borrowing Descriptor
) throws(SandboxError) {
    do { try send(socket.raw, [0], descriptors: [copy.raw]) } catch {
        throw SandboxError(error, "pass the copy on")
    }
}

extension InitChannel {
    /// Asks the parent for the source of a step; the descriptor belongs to the caller.
    func askForSource(step: Int) throws(SandboxError) -> CInt {
        try send(.sourceWanted(step: Int32(step)))
        let socket = socket
        let datagram = try attempt("wait for a source") { () throws(Errno) in try LinuxKernel.receive(socket) }
        if datagram.bytes.isEmpty { _exit(1) }  // nobody is left to report to
        guard ParentMessage(bytes: datagram.bytes) == .source, let raw = datagram.descriptors.first else {
            throw SandboxError(.system, "the parent sent something else than a source")
        }
        return raw
    }
}
