import LinuxKernel
import OverlayModel

extension Overlay {
    /// Makes a node part of the upper layer, with its parents; takes and gives back the tree lock.
    func raise(_ node: Node, _ need: CopyUp) throws(Errno) {
        guard case .data(let limit) = need else { return }
        if node.isFolder {
            try tree.shared { () throws(Errno) in _ = try upperFolder(node) }
        } else if !node.isUpperFile {
            _ = try writable()
            try copies.holding(node) { () throws(Errno) in
                if !node.isUpperFile { try copyUp(node, limit: limit) }
            }
        }
    }

    /// A folder's part in the upper, made with its parents when it is not there. The tree lock is held.
    func upperFolder(_ node: Node) throws(Errno) -> FolderHandle {
        if node.hasUpperBranch { return try folder(node, layer: 0) }
        let workshop = try writable()
        guard let location = node.location else { throw .noSuchFileOrDirectory }
        let parent = try upperFolder(location.parent)
        guard let top = node.branches.first else { throw .staleHandle }
        let source = try folder(node, layer: top.layer)
        let status = try descriptorStatus(source.descriptor)
        try quota?.admit(bytes: 0, inodes: 1)
        let made = try node.state.withLock { (state) throws(Errno) -> FolderHandle? in
            if state.branches.first?.layer == 0 { return nil }
            let name = workshop.temporaryName()
            try LinuxKernel.makeFolder(at: workshop.stage, name, mode: 0o700)
            do throws(Errno) {
                let folder = try openEntry(at: workshop.stage, name, O_RDONLY | O_DIRECTORY)
                try copyMetadata(from: source.descriptor, nil, status, to: folder.raw)
                let parentStatus = try descriptorStatus(parent.descriptor)
                try renameEntry(at: workshop.stage, name, to: parent.descriptor, location.name, .noReplace)
                restoreTimes(parent.descriptor, parentStatus)
                let handle = FolderHandle(try openEntry(at: parent.descriptor, location.name, O_PATH | O_DIRECTORY))
                state.branches.insert(Branch(layer: 0, handle: handle), at: 0)
                state.identity = Identity(try descriptorStatus(handle.descriptor))
                return handle
            } catch {
                workshop.discardFolder(name)
                throw error
            }
        }
        guard let made else { return try folder(node, layer: 0) }
        handles.add(node, layer: 0)
        if quota != nil { charge(node, try descriptorStatus(made.descriptor)) }
        return made
    }

    /// A copy-up is no change of the folder, whose times the kernel keeps.
    private func restoreTimes(_ folder: CInt, _ status: stat) {
        guard let opened = try? openPath(at: folder, ".", O_RDONLY | O_DIRECTORY) else { return }
        // Only the look of the folder's times depends on it.
        try? setTimes(of: opened.raw, accessed: status.st_atim, modified: status.st_mtim)
    }

    /// Copies a lower file into the upper. The node's copy lock is held, the tree lock is not: data may take long.
    private func copyUp(_ node: Node, limit: Int64) throws(Errno) {
        let workshop = try writable()
        let (status, source) = try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, name, _) throws(Errno) in
                try openSource(node, folder, name)
            }
        }
        try quota?.admit(bytes: min(Quota.bytes(status), limit), inodes: 1)
        let staged = try makeStaged(workshop, node, status)
        do throws(Errno) {
            if let source, let file = staged.file {
                try copyData(source, file, size: Int64(status.st_size), limit: limit)
            }
            try tree.shared { () throws(Errno) in
                try withEntry(node) { (folder, name, _) throws(Errno) in
                    try staged.copyMetadata(self, from: folder, name, status, limit: limit)
                }
                noteOrigin(staged, node.origin)
                try place(staged, node, status)
            }
        } catch {
            staged.discard(workshop)
            throw error
        }
        staged.closeFile()
    }

    private func openSource(
        _ node: Node, _ folder: CInt, _ name: UnsafePointer<CChar>?
    ) throws(Errno) -> (stat, CInt?) {
        guard node.kind == S_IFREG else {
            let status = if let name { try entryStatus(at: folder, name) } else { try descriptorStatus(folder) }
            return (status, nil)
        }
        let file =
            if let name {
                try openEntry(at: folder, name, O_RDONLY | O_NONBLOCK)
            } else {
                try reopen(folder, O_RDONLY | O_NONBLOCK)
            }
        let status = try descriptorStatus(file.raw)
        return (status, file.release())
    }

    /// Copies what `limit` allows and closes the source.
    private func copyData(_ source: CInt, _ target: CInt, size: Int64, limit: Int64) throws(Errno) {
        let owned = Descriptor(owning: source)
        if limit > 0 { try copyFileData(from: owned.raw, to: target, size: size, limit: limit) }
    }

    /// An inode in the stage, of the node's kind.
    private func makeStaged(_ workshop: Workshop, _ node: Node, _ status: stat) throws(Errno) -> StagedFile {
        let name = workshop.temporaryName()
        switch node.kind {
        case S_IFREG:
            do throws(Errno) {
                let file = try openPath(at: workshop.stage, ".", O_TMPFILE | O_RDWR, mode: 0o600)
                return StagedFile(file: file.release(), name: nil)
            } catch .notSupported, .isDirectory {
                let file = try openEntry(at: workshop.stage, name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
                return StagedFile(file: file.release(), name: name)
            }
        case S_IFLNK:
            var target = try readLink(node).map { CChar(bitPattern: $0) }
            target.append(0)
            try LinuxKernel.makeSymbolicLink(target, at: workshop.stage, name)
        default:
            try LinuxKernel.makeNode(at: workshop.stage, name, mode: node.kind | 0o600, device: status.st_rdev)
        }
        return StagedFile(file: nil, name: name)
    }

    /// Puts a finished copy in its place and makes the node mean it. The tree lock is held.
    private func place(_ staged: StagedFile, _ node: Node, _ status: stat) throws(Errno) {
        let workshop = try writable()
        let isLinked = status.st_nlink > 1 && options.keepsLinks
        let location = node.location
        let parent: FolderHandle? = if let location { try upperFolder(location.parent) } else { nil }
        let identity = try node.state.withLock { (state) throws(Errno) -> Identity in
            let identity = Identity(try staged.status(workshop))
            let links = state.indexedLinks ?? Int(status.st_nlink)
            if isLinked, links > 0 {
                let place = try addToIndex(node.origin, links: links) { (index, name) throws(Errno) in
                    try staged.link(workshop, to: index, name)
                }
                if state.orphan >= 0 { close(state.orphan) }
                state.orphan = -1
                state.indexedLinks = links
                if let location = state.location, let parent {
                    let parentStatus = try descriptorStatus(parent.descriptor)
                    try linkEntry(at: workshop.index.descriptor, place.name, to: parent.descriptor, location.name)
                    markImpure(location.parent, parent.descriptor)
                    restoreTimes(parent.descriptor, parentStatus)
                }
                state.location = place
            } else if let location = state.location, let parent, state.orphan < 0 {
                let parentStatus = try descriptorStatus(parent.descriptor)
                try staged.move(workshop, to: parent.descriptor, location.name)
                markImpure(location.parent, parent.descriptor)
                restoreTimes(parent.descriptor, parentStatus)
            } else {
                let kept = try staged.orphan(workshop)
                if state.orphan >= 0 { close(state.orphan) }
                state.orphan = kept
            }
            state.identity = identity
            node.layer.store(0, ordering: .releasing)
            data.drop(node.exchangeData(.none))
            return identity
        }
        if isLinked { table.register(node, identity) }
        try chargeEntry(node)
    }
}
