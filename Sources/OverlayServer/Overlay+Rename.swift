import LinuxKernel
import OverlayModel

/// One end of a rename.
private struct Place {
    let parent: Node
    let name: [CChar]
    let folder: CInt
    /// Whether the lower layers have something under the name.
    let isCovering: Bool
}

extension Overlay {
    /// RENAME with the flags of renameat2(2). Folders that lower layers have a part in are redirected.
    func rename(
        _ parent: Node, _ name: [CChar], to newParent: Node, _ newName: [CChar], flags: RenameFlags
    ) throws(Errno) {
        let workshop = try writable()
        guard flags.isSubset(of: [.noReplace, .exchange]) else { throw .invalidArgument }
        if workshop.believesNames, WhiteoutName.isReserved(newName) { throw .notPermitted }
        let isExchange = flags.contains(.exchange)
        let source = try tree.shared { () throws(Errno) in try known(parent, name) }
        defer { table.forget(source, 1) }
        if !source.isFolder { try raise(source, .all) }
        let target = try targetNode(newParent, newName)
        defer { if let target { table.forget(target, 1) } }
        if isExchange, let target, !target.isFolder { try raise(target, .all) }
        try tree.alone { () throws(Errno) in
            let from = try place(parent, name)
            let to = try place(newParent, newName)
            try materialize(source, from)
            try prepareMove(source)
            if isExchange {
                guard let target else { throw Errno.noSuchFileOrDirectory }
                try prepareMove(target)
                try materialize(target, to)
                try exchange(source, from, target, to)
            } else {
                if flags.contains(.noReplace), target != nil { throw Errno.fileExists }
                try move(source, from, target, to)
            }
        }
    }

    private func targetNode(_ parent: Node, _ name: [CChar]) throws(Errno) -> Node? {
        do throws(Errno) {
            return try tree.shared { () throws(Errno) in try known(parent, name) }
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    private func place(_ parent: Node, _ name: [CChar]) throws(Errno) -> Place {
        Place(
            parent: parent, name: name, folder: try upperFolder(parent).descriptor,
            isCovering: try lowersShow(parent, name))
    }

    /// Lets a folder that lower layers have a part in keep that part when its name changes: the upper's folder notes
    /// where they have it. EXDEV where that cannot be noted.
    private func prepareMove(_ node: Node) throws(Errno) {
        guard node.isFolder, node.branches.contains(where: { $0.layer > 0 }) else { return }
        if !options.redirectsFolders { throw .crossDevice }
        let folder = try upperFolder(node)
        let paths = node.branches.map { $0.layer == 0 ? nil : lowerPath(node, layer: $0.layer) }
        guard let redirect = pathBelowUpper(node) else { throw .crossDevice }
        if node.branches[0].redirect == nil {
            do throws(Errno) {
                try setAttribute(at: folder.descriptor, nil, Self.redirectAttribute, redirect.bytes)
            } catch .notSupported, .notPermitted {
                throw .crossDevice
            }
        }
        node.state.withLock { state in
            state.branches[0].redirect = redirect
            for index in state.branches.indices where index < paths.count { state.branches[index].path = paths[index] }
        }
    }

    /// The path a folder would have if there were no upper; the lower layers' own redirects apply to it.
    private func pathBelowUpper(_ node: Node) -> RedirectPath? {
        path(of: node) { $0.branches.first.flatMap { $0.layer == 0 ? $0.redirect : nil } }
    }

    /// Where a lower layer has a folder, from the layer's root.
    private func lowerPath(_ node: Node, layer: Int) -> RedirectPath? {
        path(of: node) { $0.branches.first { $0.layer == layer }?.path }
    }

    /// The names up to the first folder that `base` knows a path for, or to the root.
    private func path(of node: Node, base: (Node.State) -> RedirectPath?) -> RedirectPath? {
        var names: [[CChar]] = []
        var current = node
        while true {
            let (path, location) = current.state.withLock { state in (base(state), state.location) }
            if let path { return path.appending(names.reversed()) }
            guard let location else { return RedirectPath(names: names.reversed()) }
            names.append(location.name)
            current = location.parent
        }
    }

    /// Gives a file of the index its name in the upper, if only the lower has that.
    private func materialize(_ node: Node, _ place: Place) throws(Errno) {
        guard let location = node.location, location.parent === indexNode, !hasEntry(place.folder, place.name)
        else { return }
        let index = try folder(indexNode, layer: 0)
        try linkEntry(at: index.descriptor, location.name, to: place.folder, place.name)
    }

    private func exchange(_ source: Node, _ from: Place, _ target: Node, _ to: Place) throws(Errno) {
        let workshop = try writable()
        if isPureFolder(source), to.isCovering { try workshop.makeOpaque(from.folder, from.name) }
        if isPureFolder(target), from.isCovering { try workshop.makeOpaque(to.folder, to.name) }
        try renameEntry(at: from.folder, from.name, to: to.folder, to.name, .exchange)
        relocate(source, from, to)
        relocate(target, to, from)
        noteImpurity(source, from, to)
        noteImpurity(target, to, from)
    }

    private func move(_ source: Node, _ from: Place, _ target: Node?, _ to: Place) throws(Errno) {
        var orphan: CInt = -1
        if let target {
            if target.isFolder {
                guard source.isFolder else { throw .isDirectory }
                guard try isEmpty(target) else { throw .directoryNotEmpty }
                orphan = try openOrphan(target)
            } else {
                guard !source.isFolder else { throw .notDirectory }
                try target.state.withLock { (state) throws(Errno) in
                    try keepWithoutName(target, &state, to.parent, to.name)
                }
            }
        }
        do throws(Errno) {
            try moveInUpper(source, from, target, to)
        } catch {
            if orphan >= 0 { close(orphan) }
            throw error
        }
        if let target, target.isFolder {
            retire(target, to.parent, to.name, orphan: orphan)
        } else if let target {
            try target.state.withLock { (state) throws(Errno) in
                try dropName(target, &state, to.parent, to.name)
            }
        }
        relocate(source, from, to)
        noteImpurity(source, from, to)
    }

    /// A file that shows another inode's number makes its folder one where that has to be looked for. So does one from
    /// such a folder: the kernel's overlay may have noted on it what only the kernel reads.
    private func noteImpurity(_ node: Node, _ from: Place, _ to: Place) {
        guard !node.isFolder, node.origin != node.state.withLock({ $0.identity }) || isImpure(from.parent) else {
            return
        }
        markImpure(to.parent, to.folder)
    }

    private func moveInUpper(_ source: Node, _ from: Place, _ target: Node?, _ to: Place) throws(Errno) {
        let workshop = try writable()
        if isPureFolder(source), to.isCovering { try workshop.makeOpaque(from.folder, from.name) }
        if !workshop.makesDevices, from.isCovering { try workshop.putWhiteout(from.folder, from.name) }
        let leavesWhiteout = from.isCovering && workshop.renamesToWhiteout
        let flags: RenameFlags = leavesWhiteout ? .whiteout : []
        do throws(Errno) {
            try renameEntry(at: from.folder, from.name, to: to.folder, to.name, flags)
        } catch .directoryNotEmpty where target?.isFolder == true && !options.writesThrough {
            try workshop.takeFolder(to.folder, to.name, leavingWhiteout: false)
            try renameEntry(at: from.folder, from.name, to: to.folder, to.name, flags)
        } catch .notDirectory where source.isFolder {
            guard try isWhiteout(entryStatus(at: to.folder, to.name)) else { throw .notDirectory }
            try renameEntry(at: from.folder, from.name, to: to.folder, to.name, .exchange)
            if !from.isCovering { try removeEntry(at: from.folder, from.name) }
            return try clearNamedWhiteout(to)
        }
        if from.isCovering, workshop.makesDevices, !leavesWhiteout {
            try workshop.putWhiteout(from.folder, from.name)
        }
        try clearNamedWhiteout(to)
    }

    /// A folder of the upper alone, which must not merge with what lower layers have under its new name.
    private func isPureFolder(_ node: Node) -> Bool { node.isFolder && node.branches.count == 1 }

    private func clearNamedWhiteout(_ place: Place) throws(Errno) {
        guard workshop?.believesNames == true else { return }
        do throws(Errno) { try removeEntry(at: place.folder, WhiteoutName.of(place.name)) } catch .noSuchFileOrDirectory
        {}
    }

    /// The node has another name from now on.
    private func relocate(_ node: Node, _ from: Place, _ to: Place) {
        table.moveName(node, from: (from.parent, from.name), to: (to.parent, to.name))
        node.state.withLock { state in
            guard let location = state.location, location.parent === from.parent, location.name == from.name else {
                return
            }
            state.location = Location(parent: to.parent, name: to.name)
        }
    }
}
