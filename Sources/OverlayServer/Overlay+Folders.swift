import LinuxKernel
import OverlayModel

extension Overlay {
    /// What a folder shows, without `.` and `..`. The tree lock is held.
    func list(_ node: Node) throws(Errno) -> [ListedName] {
        var listing = FolderListing()
        let branches = node.branches
        for (index, branch) in branches.enumerated() {
            listing.beginLayer(isBottom: index == branches.count - 1)
            let handle = try folder(node, layer: branch.layer)
            let opened = try openPath(at: handle.descriptor, ".", O_RDONLY | O_DIRECTORY)
            let isPlain = options.isPlain(branch.layer)
            try forEachEntry(of: opened.raw) { (entry) throws(Errno) in
                let name = Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1))
                let listed = ListedName(name: name, inode: entry.inode, type: entry.type, layer: branch.layer)
                if isPlain, options.hidesUnreadable, let status = try? entryStatus(at: opened.raw, name),
                    isOutOfReach(status, opened.raw, name)
                {
                    return
                }
                if !isPlain, isMark(listed, opened.raw, branch, &listing) { return }
                listing.add(listed)
            }
        }
        return listing.names
    }

    /// Whether an entry is a whiteout or a marker, which hides instead of showing.
    private func isMark(_ entry: ListedName, _ folder: CInt, _ branch: Branch, _ listing: inout FolderListing) -> Bool {
        if believesNames(branch.layer), WhiteoutName.isReserved(entry.name) {
            if let target = WhiteoutName.target(entry.name) { listing.hide(target) }
            return true
        }
        let mayBeDevice = entry.type == UInt8(DT_CHR) || entry.type == UInt8(DT_UNKNOWN)
        let mayBeMarked = branch.hasAttributeWhiteouts && entry.type == UInt8(DT_REG)
        guard mayBeDevice || mayBeMarked else { return false }
        guard let status = try? entryStatus(at: folder, entry.name) else { return false }  // shown as it was listed
        let isEmptyFile = isRegular(status) && status.st_size == 0
        guard isWhiteout(status) || (mayBeMarked && isEmptyFile && hasWhiteoutAttribute(folder, entry.name)) else {
            return false
        }
        listing.hide(entry.name)
        return true
    }

    func isEmpty(_ node: Node) throws(Errno) -> Bool { try list(node).isEmpty }

    /// The listing of an open folder: made at its start, kept for the rest of it.
    func listing(_ folder: OpenFolder, at offset: Int) throws(Errno) -> [OpenFolder.Listed] {
        if offset > 0, let known = folder.listing.withLock({ $0 }) { return known }
        let listed = try tree.shared { () throws(Errno) in try shownEntries(folder.node) }
        folder.listing.withLock { $0 = listed }
        return listed
    }

    private func shownEntries(_ node: Node) throws(Errno) -> [OpenFolder.Listed] {
        let names = try list(node)
        var entries: [OpenFolder.Listed] = []
        entries.reserveCapacity(names.count + 2)
        let above = node.location?.parent ?? node
        entries.append(.init(name: Workshop.text("."), inode: node.number, type: UInt8(DT_DIR), layer: -1))
        entries.append(.init(name: Workshop.text(".."), inode: above.number, type: UInt8(DT_DIR), layer: -1))
        let devices = try deviceIndices(node)
        let impure = node.branches.filter { $0.isImpure }.map { $0.layer }
        let path = hasRules ? path(node) : []
        for entry in names where !hasRules || isListed(path, entry.name) {
            let number =
                try shownNumber(node, entry, impure)
                ?? InodeNumbering.number(
                    index: entry.layer < devices.count ? devices[entry.layer] : 0, inode: entry.inode)
            entries.append(.init(name: entry.name, inode: number, type: entry.type, layer: entry.layer))
        }
        return entries
    }

    /// The number of an entry that may show another inode's than its own; nil when it shows its own.
    private func shownNumber(_ node: Node, _ entry: ListedName, _ impure: [Int]) throws(Errno) -> UInt64? {
        let isFolder = entry.type == UInt8(DT_DIR)
        guard isFolder ? node.branches.count > 1 : impure.contains(entry.layer) else { return nil }
        do throws(Errno) {
            let (child, _) = try lookupHeld(node, entry.name)
            defer { table.forget(child, 1) }
            return child.number
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    /// The device index of each of a folder's layers, by layer, for the numbers of their entries.
    private func deviceIndices(_ node: Node) throws(Errno) -> [UInt64] {
        let last = node.branches.reduce(-1) { max($0, $1.layer) }
        var indices = [UInt64](repeating: 0, count: last + 1)
        for branch in node.branches {
            let status = try descriptorStatus(try folder(node, layer: branch.layer).descriptor)
            indices[branch.layer] = numbering.withLock { $0.index(of: UInt64(status.st_dev)) }
        }
        return indices
    }

    /// The node of a listed entry, one lookup counted: a file is taken from the layer that listed it.
    func lookupListed(_ parent: Node, _ entry: OpenFolder.Listed) throws(Errno) -> (Node, stat) {
        try tree.shared { () throws(Errno) in try lookupHeld(parent, entry.name) }
    }
}
