import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A namespace that is to be entered, open.
struct OpenNamespace {
    let joined: NamespacePlan.Joined
    let descriptor: CInt

    /// Opens all of them; they belong to the caller.
    static func open(_ joined: [NamespacePlan.Joined]) throws(SandboxError) -> [OpenNamespace] {
        var opened: [OpenNamespace] = []
        do throws(SandboxError) {
            for entry in joined {
                let descriptor = try attempt("linux.namespaces: open \(entry.path)") { () throws(Errno) in
                    try openPath(entry.path, O_RDONLY)
                }
                opened.append(OpenNamespace(joined: entry, descriptor: descriptor.release()))
            }
        } catch {
            for entry in opened { close(entry.descriptor) }
            throw error
        }
        return opened
    }

    func enter() throws(Errno) {
        try enterNamespace(descriptor, kinds: CInt(truncatingIfNeeded: joined.kind.cloneFlag))
    }
}

/// Clones one more process of a container and runs `body` in it, with no process in between.
///
/// A pid namespace is entered by children only, so this process sets its own for them. An ordinary user's rights to
/// that come from the container's user namespace: this process then stays there. It has the host's mounts and pids
/// still, and is undumpable, so nobody in the container can look into it. All other namespaces the child enters itself.
///
/// - Parameter socket: the child's end of the handshake socket, by which it tells its failures.
func cloneIntoContainer(
    _ joined: [NamespacePlan.Joined], socket: CInt, beforeJoining: () throws(SandboxError) -> Void, body: () -> Never
) throws(SandboxError) -> Child {
    var namespaces = try OpenNamespace.open(joined)
    defer { for entry in namespaces { close(entry.descriptor) } }
    try attempt("become undumpable") { () throws(Errno) in try setDumpable(false) }
    try enterForChildren(&namespaces)
    switch try cloneChild() {
    case .parent(let child): return child
    case .child:
        do {
            try beforeJoining()
            try enter(namespaces)
        } catch {
            do { try InitChannel(socket: socket).send(.failed(error)) } catch {}  // the parent is gone
            _exit(1)
        }
        body()
    }
}

private func cloneChild() throws(SandboxError) -> CloneSide {
    try attempt("clone a process for the container") { () throws(Errno) in try cloneProcess(flags: 0) }
}

/// Enters the pid namespace for this process's children, and the user namespace first where only that allows it; what
/// has been entered for good is closed and taken out.
private func enterForChildren(_ namespaces: inout [OpenNamespace]) throws(SandboxError) {
    guard let pid = namespaces.first(where: { $0.joined.kind == .pid }) else { return }
    do { try pid.enter() } catch {
        guard error == .notPermitted, let user = namespaces.first(where: { $0.joined.kind == .user }) else {
            throw SandboxError(error, "linux.namespaces: enter \(pid.joined.path)")
        }
        for entry in [user, pid] {
            try attempt("linux.namespaces: enter \(entry.joined.path)") { () throws(Errno) in try entry.enter() }
        }
        take(.user, from: &namespaces)
    }
    take(.pid, from: &namespaces)
}

private func take(_ kind: Spec.Linux.Namespace.Kind, from namespaces: inout [OpenNamespace]) {
    for entry in namespaces where entry.joined.kind == kind { close(entry.descriptor) }
    namespaces.removeAll { $0.joined.kind == kind }
}
