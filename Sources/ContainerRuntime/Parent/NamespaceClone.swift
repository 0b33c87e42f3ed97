import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Spec.Linux.Namespace.Kind {
    /// The `CLONE_NEW*` bit (namespaces(7)).
    package var cloneFlag: UInt64 {
        switch self {
        case .pid: UInt64(CLONE_NEWPID)
        case .network: UInt64(CLONE_NEWNET)
        case .mount: UInt64(CLONE_NEWNS)
        case .ipc: UInt64(CLONE_NEWIPC)
        case .uts: UInt64(CLONE_NEWUTS)
        case .user: UInt64(CLONE_NEWUSER)
        case .cgroup: UInt64(CLONE_NEWCGROUP)
        case .time: UInt64(CLINUX_CLONE_NEWTIME)
        }
    }
}

extension Spec.Linux.Namespace.Kind {
    /// The name in `/proc/PID/ns`.
    package var fileName: String {
        switch self {
        case .pid: "pid"
        case .network: "net"
        case .mount: "mnt"
        case .ipc: "ipc"
        case .uts: "uts"
        case .user: "user"
        case .cgroup: "cgroup"
        case .time: "time"
        }
    }
}

/// Clones a process into a plan's namespaces and runs `body` in it; nothing of `body` returns.
///
/// Where every namespace is new this is one clone. Joined ones are entered by a process in between, because entering a
/// pid namespace takes effect for children only and entering a user namespace gives up the caller's rights; it clones
/// the real one as its sibling (CLONE_PARENT) and ends.
func cloneIntoNamespaces(
    _ namespaces: NamespacePlan, cgroup: CInt?, joinerIsOpen: Bool, beforeJoining: () throws(SandboxError) -> Void,
    body: (_ isBornInCgroup: Bool) -> Never
) throws(SandboxError) -> Child {
    let flags = cloneFlags(namespaces)
    if namespaces.joined.isEmpty {
        return try cloneOnce(flags, cgroup, body: body)
    }
    return try cloneThroughJoiner(
        namespaces.joined, flags, cgroup, isOpen: joinerIsOpen, beforeJoining: beforeJoining, body: body)
}

/// The cgroup and the time namespace are made by init itself, when the parent has placed it.
func cloneFlags(_ namespaces: NamespacePlan) -> UInt64 {
    namespaces.new.filter { $0 != .cgroup && $0 != .time }.reduce(UInt64(0)) { $0 | $1.cloneFlag }
}

/// Clones into the cgroup where the kernel can do that (5.7), else beside it.
private func cloneOnce(
    _ flags: UInt64, _ cgroup: CInt?, body: (Bool) -> Never
) throws(SandboxError) -> Child {
    do {
        switch try cloneProcess(flags: flags, cgroup: cgroup) {
        case .child: body(cgroup != nil)
        case .parent(let child): return child
        }
    } catch {
        guard cgroup != nil, error == .noFunction || error == .invalidArgument else {
            throw SandboxError(error, "clone into new namespaces", remedy: remedyForClone(error, flags))
        }
        return try cloneOnce(flags, nil, body: body)
    }
}

/// Why the kernel refuses namespaces, from the files that say so.
func remedyForClone(_ error: Errno, _ flags: UInt64) -> String? {
    guard flags & UInt64(CLONE_NEWUSER) != 0 else {
        return error == .notPermitted ? "run as root, or with a user namespace" : nil
    }
    func reads(_ path: String, _ value: String) -> Bool {
        // A kernel without the file has no such switch.
        do { return trimmed(try readText(path)) == value } catch { return false }
    }
    if error == Errno(rawValue: ENOSPC) || reads("/proc/sys/user/max_user_namespaces", "0") {
        return "allow user namespaces with: sudo sysctl -w user.max_user_namespaces=15000"
    }
    if reads("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        return "allow user namespaces with: sudo sysctl -w kernel.unprivileged_userns_clone=1"
    }
    if reads("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        return "allow user namespaces with: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    }
    return error == .notPermitted
        ? "an outer container's seccomp filter refuses user namespaces; see: sandbox doctor" : nil
}

private func cloneThroughJoiner(
    _ joined: [NamespacePlan.Joined], _ flags: UInt64, _ cgroup: CInt?, isOpen: Bool,
    beforeJoining: () throws(SandboxError) -> Void, body: (Bool) -> Never
) throws(SandboxError) -> Child {
    let paths = try OpenNamespace.open(joined)
    defer { for entry in paths { close(entry.descriptor) } }
    let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
    let side = try attempt("clone a process to enter namespaces") { () throws(Errno) in try cloneProcess(flags: 0) }
    switch consume side {
    case .child:
        do {
            // Nobody in the namespaces that are entered may look into this process; one that makes a user namespace
            // stays open to its parent, which has to write the id maps.
            if flags & UInt64(CLONE_NEWUSER) == 0 && !isOpen {
                try attempt("become undumpable") { () throws(Errno) in try setDumpable(false) }
            }
            try beforeJoining()
            try enter(paths)
            try passOn(cloneOnce(flags | UInt64(CLONE_PARENT), cgroup, body: body), through: pair.second)
            _exit(0)
        } catch {
            do { try send(pair.second.raw, [1] + InitMessage.failed(error).bytes) } catch {}  // the parent is gone
            _exit(1)
        }
    case .parent(let joiner):
        let socket = pair.takeFirst()
        let answer = try attempt("wait for the namespaces to be entered") { () throws(Errno) in
            try receive(socket.raw)
        }
        _ = try attempt("reap the process that entered namespaces") { () throws(Errno) in
            try waitForProcess(joiner.pid)
        }
        return try takeChild(answer)
    }
}

private func passOn(_ child: borrowing Child, through socket: borrowing Descriptor) throws(SandboxError) {
    var wire: [UInt8] = [0]
    withUnsafeBytes(of: child.pid) { wire.append(contentsOf: $0) }
    do { try send(socket.raw, wire, descriptors: [child.handle.raw]) } catch {
        throw SandboxError(error, "pass the process on")
    }
}

private func takeChild(_ answer: Datagram) throws(SandboxError) -> Child {
    if answer.bytes.first == 1, case .failed(let error)? = InitMessage(bytes: Array(answer.bytes.dropFirst())) {
        throw error
    }
    guard answer.bytes.count == 5, answer.bytes[0] == 0, answer.descriptors.count == 1 else {
        throw SandboxError(.system, "the process that enters namespaces died")
    }
    let pid = answer.bytes.dropFirst().enumerated().reduce(UInt32(0)) {
        $0 | UInt32($1.element) << UInt32(8 * $1.offset)
    }
    return Child(pid: pid_t(bitPattern: pid), handle: Descriptor(owning: answer.descriptors[0]))
}

/// Enters namespaces: those that the caller has rights over first, then the user namespace, then the rest with the
/// rights that it gives.
func enter(_ paths: [OpenNamespace]) throws(SandboxError) {
    let user = paths.first { $0.joined.kind == .user }
    var later: [OpenNamespace] = []
    for entry in paths where entry.joined.kind != .user {
        do { try entry.enter() } catch {
            guard error == .notPermitted, user != nil else {
                throw SandboxError(error, "linux.namespaces: enter \(entry.joined.path)")
            }
            later.append(entry)
        }
    }
    guard let user else { return }
    for entry in [user] + later {
        try attempt("linux.namespaces: enter \(entry.joined.path)") { () throws(Errno) in try entry.enter() }
    }
}
