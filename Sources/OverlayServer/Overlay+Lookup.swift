import LinuxKernel
import OverlayModel

extension Overlay {
    /// LOOKUP: the node of a name, one more lookup counted, and its attributes. ENOENT when there is nothing.
    func lookup(_ parent: Node, _ name: [CChar]) throws(Errno) -> (Node, stat) {
        try tree.shared { () throws(Errno) in try lookupHeld(parent, name) }
    }

    /// The same with the tree lock held.
    func lookupHeld(_ parent: Node, _ name: [CChar]) throws(Errno) -> (Node, stat) {
        if let node = table.find(parent, name) {
            do throws(Errno) {
                return (node, try attributes(node, verify: true))
            } catch {
                drop(node, parent, name)
            }
        }
        guard let found = try probe(parent, name) else { throw .noSuchFileOrDirectory }
        return enter(found, parent, name)
    }

    /// Enters what was found under a name into the table.
    func enter(_ found: Found, _ parent: Node, _ name: [CChar]) -> (Node, stat) {
        let isFolder = OverlayServer.isFolder(found.status)
        let keepsLinks = options.keepsLinks || found.layer == 0
        let shared = !isFolder && keepsLinks && (found.status.st_nlink > 1 || found.indexName != nil)
        let identity = found.identity
        let origin = found.shownAs ?? identity
        let number = number(origin)
        let parentPath = hasRules ? path(parent) : []
        let node = table.enter(parent, name, identity: shared ? identity : nil) { location in
            let physical = found.indexName.map { Location(parent: indexNode, name: $0) } ?? location
            let node = Node(
                kind: found.status.st_mode & S_IFMT, origin: origin, number: number, layer: found.layer,
                names: [location],
                state: Node.State(
                    location: physical, identity: identity, branches: found.branches,
                    indexedLinks: found.indexedLinks))
            if found.layer == 0 { node.charged.store(Quota.bytes(found.status), ordering: .relaxed) }
            if hasRules { node.isDenied = options.rules.verdict(parentPath + [name]) == .denied }
            if found.layer > 0, !isFolder {
                if keepsLinks { node.lowerLinks = Int(found.status.st_nlink) }
                node.isUnreadable = isUnreadable(found, parent, name)
            }
            return node
        }
        return (node, present(found.status, node))
    }

    /// Whether a lower file is one that this process may not read. The kernel is to refuse it then when it is opened, since
    /// it does not ask.
    private func isUnreadable(_ found: Found, _ parent: Node, _ name: [CChar]) -> Bool {
        let status = found.status
        guard opensUnasked, isRegular(status), status.st_mode & 0o004 == 0,
            status.st_uid == Self.overflowID || status.st_gid == Self.overflowID,
            let folder = try? folder(parent, layer: found.layer)
        else { return false }
        return faccessat(folder.descriptor, name, R_OK, AT_SYMLINK_NOFOLLOW) != 0
    }

    /// Gives back a lookup of a node whose name turned out to mean another file, and takes the name from it.
    private func drop(_ node: Node, _ parent: Node, _ name: [CChar]) {
        node.state.withLock { state in
            let left = table.removeName(node, parent, name)
            if !node.isFolder, let location = state.location, location.parent === parent, location.name == name {
                state.location = left.first
            }
        }
        table.forget(node, 1)
    }
}
