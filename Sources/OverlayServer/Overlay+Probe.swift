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

/// One name or path asked for in the layers, from the top down.
private struct Probe {
    var merge = LayerMerge()
    var found: Found?
    var branches: [Branch] = []
    /// Where the layers below have it, once a layer says so.
    var redirect: RedirectPath?

    /// Takes a layer's answer into account; false when no lower layer matters.
    mutating func see(_ answer: Answer, layer: Int, path: RedirectPath?) -> Bool {
        let goesOn = merge.see(layer: layer, answer.finding)
        guard let status = answer.status else { return goesOn }
        if case .folder(let layers) = merge.resolution, layers.last == layer {
            branches.append(
                Branch(
                    layer: layer, path: path, redirect: answer.marks.redirect,
                    hasAttributeWhiteouts: answer.marks.attributeWhiteouts,
                    isImpure: answer.marks.impure))
            // The bottom one's number: it stays when layers are put on top.
            found?.shownAs = Identity(status)
            redirect = answer.marks.redirect ?? redirect.map { $0 }
        }
        if found == nil {
            found = Found(status: status, layer: layer)
            found?.shownAs = answer.origin
        }
        return goesOn
    }
}

/// What a single look found.
private enum PlainFinding {
    case nothing
    case file(Found)
    /// What takes a closer look.
    case more
}

/// What one layer answers.
private struct Answer {
    var finding = Finding.absent
    var status: stat?
    var marks = FolderMarks()
    var origin: Identity?
}

extension Overlay {
    /// Asks the layers from the top what a name is; nil when there is nothing. The tree lock is held.
    func probe(_ parent: Node, _ name: [CChar], lowersOnly: Bool = false) throws(Errno) -> Found? {
        let parents = parent.branches
        if parents.count == 1, let only = parents.first, !(lowersOnly && only.layer == 0) {
            switch try lookPlainly(parent, name, only) {
            case .nothing: return nil
            case .file(let found): return found
            case .more: break
            }
        }
        var probe = Probe()
        for (index, above) in parents.enumerated() where !(lowersOnly && above.layer == 0) {
            let folder = try folder(parent, layer: above.layer)
            let answer = try look(in: folder.descriptor, name, above, isBottom: index == parents.count - 1)
            let goesOn = probe.see(answer, layer: above.layer, path: nil)
            if !goesOn { break }
            if let redirect = probe.redirect {
                try follow(redirect, below: above.layer, &probe)
                break
            }
        }
        guard var found = probe.found else { return nil }
        found.branches = probe.branches
        guard !OverlayServer.isFolder(found.status), found.status.st_nlink > 1 else { return found }
        if found.layer == 0 { return found.shownAs.map { indexedCopy(found, of: $0) } ?? found }
        if let indexed = try indexed(found) { return indexed }
        return found
    }

    /// What a folder with one layer has, when that is a file of one name without any mark: the usual case, and the one
    /// that whole trees are read by.
    private func lookPlainly(_ parent: Node, _ name: [CChar], _ only: Branch) throws(Errno) -> PlainFinding {
        let isPlain = options.isPlain(only.layer)
        if only.isImpure, !isPlain { return .more }
        let folder = try folder(parent, layer: only.layer)
        let status: stat
        do throws(Errno) {
            status = try entryStatus(at: folder.descriptor, name)
        } catch .noSuchFileOrDirectory {
            return .nothing
        }
        guard isRegular(status), status.st_nlink == 1, !(only.hasAttributeWhiteouts && status.st_size == 0) else {
            return .more
        }
        if isPlain, isOutOfReach(status, folder.descriptor, name) { return .nothing }
        return .file(Found(status: status, layer: only.layer))
    }

    /// Goes on with a folder that the layers below have under another path.
    private func follow(_ redirect: RedirectPath, below layer: Int, _ probe: inout Probe) throws(Errno) {
        var path = redirect
        for lower in (layer + 1)..<max(roots.count, layer + 1) {
            let (answer, next, stops) = try walk(path, layer: lower)
            let goesOn = probe.see(answer, layer: lower, path: path)
            if !goesOn { return }
            if let redirect = answer.marks.redirect {
                path = redirect
            } else if stops {
                return
            } else {
                path = next
            }
        }
    }

    /// What a layer has at a path from its root. Also the path for the layers below, which a folder on the way may
    /// redirect, and whether one on the way hides them.
    private func walk(_ path: RedirectPath, layer: Int) throws(Errno) -> (Answer, RedirectPath, Bool) {
        let isBottom = layer == roots.count - 1
        var branch = Branch(layer: layer)
        branch.isImpure = true
        var owned: Descriptor?
        var next = path
        var stops = false
        for (index, name) in path.names.enumerated() {
            let answer = try look(in: owned?.raw ?? roots[layer], name, branch, isBottom: isBottom)
            if index == path.names.count - 1 { return (answer, next, stops) }
            switch answer.finding {
            case .absent: return (Answer(), next, stops)
            case .whiteout, .file: return (Answer(), next, true)
            case .folder(let opaque): stops = stops || opaque
            }
            branch.hasAttributeWhiteouts = answer.marks.attributeWhiteouts
            if let redirect = answer.marks.redirect {
                next = redirect.appending(path.names[(index + 1)...])
                stops = false
            }
            owned = try openEntry(at: owned?.raw ?? roots[layer], name, O_PATH | O_DIRECTORY)
        }
        return (Answer(), next, stops)
    }

    /// What one layer's folder, described by `above`, holds under a name.
    private func look(in folder: CInt, _ name: [CChar], _ above: Branch, isBottom: Bool) throws(Errno) -> Answer {
        let layer = above.layer
        let isPlain = options.isPlain(layer)
        var answer = Answer()
        let status: stat
        do throws(Errno) {
            status = try entryStatus(at: folder, name)
        } catch .noSuchFileOrDirectory {
            if !isPlain, !isBottom, believesNames(layer), hasEntry(folder, WhiteoutName.of(name)) {
                answer.finding = .whiteout
            }
            return answer
        }
        if !isPlain, isWhiteout(status) || isAttributeWhiteout(status, folder, name, above) {
            answer.finding = .whiteout
            return answer
        }
        if isPlain, isOutOfReach(status, folder, name) { return answer }
        answer.status = status
        answer.finding = .file
        if OverlayServer.isFolder(status) {
            answer.marks = folderMarks(folder, name, layer: layer, isBottom: isBottom)
            answer.finding = .folder(opaque: answer.marks.opaque)
        } else if above.isImpure, !isPlain {
            answer.origin = origin(folder, name)
        }
        return answer
    }

    private func isAttributeWhiteout(_ status: stat, _ folder: CInt, _ name: [CChar], _ above: Branch) -> Bool {
        above.hasAttributeWhiteouts && isRegular(status) && status.st_size == 0 && hasWhiteoutAttribute(folder, name)
    }

    /// Whether a lower's entry is to be hidden, because this process may not read it.
    func isOutOfReach(_ status: stat, _ folder: CInt, _ name: [CChar]) -> Bool {
        guard options.hidesUnreadable, status.st_uid == Self.overflowID else { return false }
        let isFolder = OverlayServer.isFolder(status)
        guard isFolder || isRegular(status), status.st_mode & 0o004 == 0 || isFolder && status.st_mode & 0o001 == 0
        else { return false }
        return faccessat(folder, name, isFolder ? R_OK | X_OK : R_OK, AT_SYMLINK_NOFOLLOW) != 0
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
