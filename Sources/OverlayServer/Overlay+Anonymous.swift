import CFuse
import LinuxKernel
import OverlayModel

extension Overlay {
    /// FUSE_TMPFILE: a file in the upper without a name, which link(2) may give it one.
    func createAnonymous(
        _ parent: Node, mode: mode_t, _ requester: Requester
    ) throws(Errno) -> (Node, stat, DataTicket) {
        let workshop = try writable()
        return try tree.shared { () throws(Errno) in
            if parent.branches.isEmpty { throw Errno.noSuchFileOrDirectory }
            let mode = try effectiveMode(mode | S_IFREG, parent, requester)
            try quota?.admit(bytes: 0, inodes: 1)
            let opening = O_TMPFILE | O_RDWR | O_NONBLOCK
            let place = options.writesThrough ? try upperFolder(parent).descriptor : workshop.stage
            let file = try openPath(at: place, ".", opening, mode: mode & 0o7777)
            var gid = requester.gid
            let above = try descriptorStatus(try upperFolder(parent).descriptor)
            if above.st_mode & S_ISGID != 0 { gid = above.st_gid }
            if requester.uid != ownUser || gid != ownGroup {
                try syscallRetrying(
                    Int(SYS_fchown), Int(file.raw), Int(storedUser(requester.uid)), Int(storedGroup(gid)))
                try syscallRetrying(Int(SYS_fchmod), Int(file.raw), Int(mode & 0o7777))
            }
            let status = try descriptorStatus(file.raw)
            let identity = Identity(status)
            var state = Node.State(location: nil, identity: identity)
            state.orphan = try reopen(file.raw, O_PATH).release()
            let node = Node(
                kind: S_IFREG, origin: identity, number: number(identity), layer: 0, names: [], state: state)
            charge(node, status)
            table.retain(node)
            return (node, present(status, node), handOut(node, file, isWritable: true))
        }
    }
}

/// Answers FUSE_TMPFILE; false when the request is another.
func answerAnonymous(_ overlay: Overlay, _ bytes: UnsafeRawPointer?, _ size: Int, device: CInt) -> Bool {
    var wanted = cfuse_tmpfile()
    guard let bytes, cfuse_peek_tmpfile(bytes, size, &wanted) != 0 else { return false }
    do throws(Errno) {
        let requester = Requester(uid: wanted.uid, gid: wanted.gid, umask: mode_t(wanted.umask))
        let parent = overlay.node(fuse_ino_t(wanted.parent))
        let (node, status, ticket) = try overlay.createAnonymous(parent, mode: mode_t(wanted.mode), requester)
        var entry = overlay.entry(node, status)
        if cfuse_reply_tmpfile(device, wanted.unique, 0, &entry, ticket.rawValue) != 0 {
            overlay.giveBack(ticket)
            overlay.table.forget(node, 1)
        }
    } catch {
        _ = cfuse_reply_tmpfile(device, wanted.unique, error.rawValue, nil, 0)
    }
    return true
}
