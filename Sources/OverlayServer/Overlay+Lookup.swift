import LinuxKernel
import OverlayModel

/// What the layers show under a name.
struct Found {
    var status: stat
    /// The layer of a file, the topmost of a folder.
    var layer: Int
    var branches: [Branch] = []
    /// The name in the index of a file whose lower inode with several names was copied up.
    var indexName: [CChar]?
    var indexedLinks: Int?
    /// The inode whose number is shown, when it is another than `identity`.
    var shownAs: Identity?

    var identity: Identity { Identity(status) }
}

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
        let shared = !isFolder && (found.status.st_nlink > 1 || found.indexName != nil)
        let identity = found.identity
        let number = number(found.shownAs ?? identity)
        let node = table.enter(parent, name, identity: shared ? identity : nil) { location in
            let physical = found.indexName.map { Location(parent: indexNode, name: $0) } ?? location
            return Node(
                kind: found.status.st_mode & S_IFMT, number: number, layer: found.layer, names: [location],
                state: Node.State(
                    location: physical, identity: identity, branches: found.branches,
                    indexedLinks: found.indexedLinks))
        }
        return (node, present(found.status, node))
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

    /// Asks the layers from the top what a name is; nil when there is nothing. The tree lock is held.
    func probe(_ parent: Node, _ name: [CChar], lowersOnly: Bool = false) throws(Errno) -> Found? {
        var merge = LayerMerge()
        var found: Found?
        var branches: [Branch] = []
        let parents = parent.branches
        for (index, above) in parents.enumerated() where !(lowersOnly && above.layer == 0) {
            let folder = try folder(parent, layer: above.layer)
            let isBottom = index == parents.count - 1
            var branch = Branch(layer: above.layer)
            let (finding, status) = try look(
                in: folder.descriptor, name, layer: above.layer, isBottom: isBottom,
                attributeWhiteouts: above.hasAttributeWhiteouts, branch: &branch)
            let goesOn = merge.see(layer: above.layer, finding)
            if case .folder(let layers) = merge.resolution, layers.last == above.layer { branches.append(branch) }
            if found == nil, let status, merge.resolution != .absent {
                found = Found(status: status, layer: above.layer)
            }
            if !goesOn { break }
        }
        found?.branches = branches
        if let candidate = found, candidate.layer > 0, !OverlayServer.isFolder(candidate.status),
            candidate.status.st_nlink > 1,
            let indexed = try indexed(candidate)
        {
            return indexed
        }
        return found
    }

    /// What one layer holds under a name.
    private func look(
        in folder: CInt, _ name: [CChar], layer: Int, isBottom: Bool, attributeWhiteouts: Bool, branch: inout Branch
    ) throws(Errno) -> (Finding, stat?) {
        let isPlain = layer > 0 && options.plainLowers
        let status: stat
        do throws(Errno) {
            status = try entryStatus(at: folder, name)
        } catch .noSuchFileOrDirectory {
            if isPlain || isBottom || !believesNames(layer) { return (.absent, nil) }
            return (hasEntry(folder, WhiteoutName.of(name)) ? .whiteout : .absent, nil)
        }
        if isPlain { return (OverlayServer.isFolder(status) ? .folder(opaque: false) : .file, status) }
        if isWhiteout(status) { return (.whiteout, nil) }
        if OverlayServer.isFolder(status) {
            let marks = try folderMarks(folder, name, layer: layer, isBottom: isBottom)
            branch.hasAttributeWhiteouts = marks.attributeWhiteouts
            return (.folder(opaque: marks.opaque), status)
        }
        if attributeWhiteouts, isRegular(status), status.st_size == 0, hasWhiteoutAttribute(folder, name) {
            return (.whiteout, nil)
        }
        return (.file, status)
    }

    func hasEntry(_ folder: CInt, _ name: [CChar]) -> Bool {
        do throws(Errno) {
            _ = try entryStatus(at: folder, name)
            return true
        } catch {
            return false
        }
    }

    /// Whether a layer's `.wh.` names are whiteouts.
    func believesNames(_ layer: Int) -> Bool {
        layer == 0 ? workshop?.believesNames ?? false : !options.plainLowers
    }
}
