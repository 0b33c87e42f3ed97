import CFuse
import LinuxKernel
import OverlayModel

/// The rules that keep parts of the tree from its users, and the log of what they do. Without rules and log none of it
/// costs more than a look at an empty list.
extension Overlay {
    var hasRules: Bool { !options.rules.isEmpty }

    /// The names from the root to a node; those of a file with several names lead by one of them.
    func path(_ node: Node) -> [[CChar]] { table.path(node) }

    /// Whether a name is as if it were not there. EACCES below a folder that is denied.
    func hides(_ parent: Node, _ name: [CChar], from pid: pid_t) throws(Errno) -> Bool {
        guard hasRules else { return false }
        let path = path(parent) + [name]
        if parent.isDenied { try refuse(path, by: pid) }
        guard options.rules.verdict(path) == .hidden else { return false }
        note(.hidden, path, by: pid)
        return true
    }

    /// Before a name is made or given away.
    func checkName(_ parent: Node, _ name: [CChar], by pid: pid_t) throws(Errno) {
        guard hasRules else { return }
        let path = path(parent) + [name]
        if options.rules.verdict(path) != .open { try refuse(path, by: pid) }
    }

    /// Before a folder gets another name: what is below it must go on matching.
    func checkMove(_ parent: Node, _ name: [CChar], by pid: pid_t) throws(Errno) {
        guard hasRules else { return }
        try checkName(parent, name, by: pid)
        guard let node = table.peek(parent, name), node.isFolder else { return }
        let path = path(parent) + [name]
        if options.rules.isBound(path) { try refuse(path, by: pid) }
    }

    /// Before anything but the attributes of a node is used.
    func checkUse(_ node: Node, by pid: pid_t) throws(Errno) {
        if node.isDenied { try refuse(path(node), by: pid) }
    }

    /// The node of a number, unless its use is denied.
    func usable(_ number: fuse_ino_t, _ request: fuse_req_t?) throws(Errno) -> Node {
        let node = node(number)
        try checkUse(node, by: process(request))
        return node
    }

    private func refuse(_ path: [[CChar]], by pid: pid_t) throws(Errno) {
        note(.denied, path, by: pid)
        throw .permissionDenied
    }

    /// Whether a name in a folder may be listed.
    func isListed(_ parent: [[CChar]], _ name: [CChar]) -> Bool { options.rules.verdict(parent + [name]) != .hidden }

    private func note(_ event: Event, _ path: [[CChar]], by pid: pid_t) {
        trace?.note(event, path, by: pid)
        events?.note(event, path, by: pid)
    }

    /// Notes what was done to a name.
    func trace(_ event: Event, _ parent: Node, _ name: [CChar], by pid: pid_t) {
        guard let trace else { return }
        trace.note(event, path(parent) + [name], by: pid)
    }

    func traceRename(_ from: Node, _ name: [CChar], _ to: Node, _ newName: [CChar], by pid: pid_t) {
        guard let trace else { return }
        trace.note(.renamed, path(from) + [name], to: path(to) + [newName], by: pid)
    }

    /// Notes a node's first reading or writing.
    func traceUse(_ node: Node, flags: CInt, by pid: pid_t) {
        guard let trace else { return }
        let access = flags & O_ACCMODE
        if access != O_WRONLY, node.noted.bitwiseOr(1, ordering: .relaxed).oldValue & 1 == 0 {
            trace.note(.read, path(node), by: pid)
        }
        let writes = access != O_RDONLY || flags & O_TRUNC != 0
        if writes, node.noted.bitwiseOr(2, ordering: .relaxed).oldValue & 2 == 0 {
            trace.note(.written, path(node), by: pid)
        }
    }
}
