import LinuxKernel
import OverlayModel

extension Overlay {
    /// UNLINK. Nothing is copied up but the folder that takes the whiteout.
    func unlink(_ parent: Node, _ name: [CChar]) throws(Errno) {
        let workshop = try writable()
        try tree.shared { () throws(Errno) in
            let node = try known(parent, name)
            defer { table.forget(node, 1) }
            if node.isFolder { throw Errno.isDirectory }
            let folder = try upperFolder(parent).descriptor
            // A file that a lower layer shows is reason enough for a whiteout.
            var isCovering = !node.isUpperFile
            if !isCovering { isCovering = try lowersShow(parent, name) }
            try node.state.withLock { (state) throws(Errno) in
                let isInUpper = isIndexed(state) ? hasEntry(folder, name) : node.isUpperFile
                try keepWithoutName(node, &state, parent, name)
                if isInUpper, isCovering {
                    try workshop.replaceByWhiteout(folder, name)
                } else if isInUpper {
                    try removeEntry(at: folder, name)
                } else {
                    try workshop.putWhiteout(folder, name)
                }
                try dropName(node, &state, parent, name)
            }
        }
    }

    /// RMDIR. ENOTEMPTY when the merged folder shows anything.
    func removeFolder(_ parent: Node, _ name: [CChar]) throws(Errno) {
        let workshop = try writable()
        try tree.shared { () throws(Errno) in
            let node = try known(parent, name)
            defer { table.forget(node, 1) }
            guard node.isFolder else { throw Errno.notDirectory }
            let folder = try upperFolder(parent).descriptor
            let isCovering = try lowersShow(parent, name)
            let orphan = try openOrphan(node)
            do throws(Errno) {
                try takeAway(node, folder, name, workshop, isCovering: isCovering)
            } catch {
                close(orphan)
                throw error
            }
            retire(node, parent, name, orphan: orphan)
        }
    }

    /// A folder that is gone: open handles go on seeing it, empty.
    func retire(_ node: Node, _ parent: Node, _ name: [CChar], orphan: CInt) {
        node.state.withLock { state in
            state.orphan = orphan
            state.location = nil
            state.branches = []
        }
        _ = table.removeName(node, parent, name)
    }

    /// An `O_PATH` descriptor of a folder's topmost layer, owned by the caller.
    func openOrphan(_ node: Node) throws(Errno) -> CInt {
        guard let top = node.branches.first else { throw .noSuchFileOrDirectory }
        return try openPath(at: try folder(node, layer: top.layer).descriptor, ".", O_PATH | O_DIRECTORY).release()
    }

    private func takeAway(
        _ node: Node, _ folder: CInt, _ name: [CChar], _ workshop: Workshop, isCovering: Bool
    ) throws(Errno) {
        let branches = node.branches
        if branches.count == 1, branches[0].layer == 0, !isCovering {
            do throws(Errno) { return try removeEntry(at: folder, name, folder: true) } catch .directoryNotEmpty
                where !options.writesThrough
            {}
        }
        guard try isEmpty(node) else { throw .directoryNotEmpty }
        if branches.first?.layer == 0 {
            try workshop.takeFolder(folder, name, leavingWhiteout: isCovering)
        } else {
            try workshop.putWhiteout(folder, name)
        }
    }

    /// The node of a name that the kernel is about to change, one lookup counted.
    func known(_ parent: Node, _ name: [CChar]) throws(Errno) -> Node {
        if let node = table.find(parent, name) { return node }
        return try lookupHeld(parent, name).0
    }

    /// Whether the lower layers would show something under a name if the upper had nothing.
    func lowersShow(_ parent: Node, _ name: [CChar]) throws(Errno) -> Bool {
        let branches = parent.branches
        if branches.count == 1, branches[0].layer == 0 { return false }
        return try probe(parent, name, lowersOnly: true) != nil
    }

    func isIndexed(_ state: Node.State) -> Bool { state.location?.parent === indexNode }

    /// Before a file's last known name goes: opens the inode, so that those who have it open keep it.
    func keepWithoutName(
        _ node: Node, _ state: inout Node.State, _ parent: Node, _ name: [CChar]
    ) throws(Errno) {
        guard state.orphan < 0, let location = state.location else { return }
        let isLast =
            isIndexed(state)
            ? (state.indexedLinks ?? 0) <= 1
            : !table.hasOtherName(node, parent, name)
        guard isLast else { return }
        let layer = node.layer.load(ordering: .acquiring)
        // Its data's descriptor, when it is open and nobody is at it, will do.
        let ticket = node.dataTicket
        if ticket.suits(isUpper: layer == 0, writing: false), let descriptor = data.take(ticket) {
            _ = node.exchangeData(.none)
            state.orphan = descriptor
            return
        }
        let folder = try folder(location.parent, layer: layer)
        state.orphan = try openEntry(at: folder.descriptor, location.name, O_PATH).release()
    }

    /// After a name went: the node is found by another of its names, or by its open inode.
    func dropName(
        _ node: Node, _ state: inout Node.State, _ parent: Node, _ name: [CChar]
    ) throws(Errno) {
        let left = table.removeName(node, parent, name)
        if isIndexed(state), let location = state.location {
            countLinks(&state, -1)
            guard (state.indexedLinks ?? 0) <= 0, let workshop else { return }
            try removeEntry(at: workshop.index.descriptor, location.name)
            state.location = nil
            return
        }
        if !node.isUpperFile, node.lowerLinks > 1 { try countLowerLinks(node, &state) }
        if let location = state.location, location.parent === parent, location.name == name {
            state.location = left.first
        }
    }
}
