import CFuse
import LinuxKernel
import OverlayModel

/// The table of callbacks libfuse calls, on any thread. Not in `main.swift`, whose closures would belong to the main
/// actor.
func overlayOperations() -> fuse_lowlevel_ops {
    var operations = fuse_lowlevel_ops()
    operations.`init` = { data, connection in
        guard let data, let connection else { return }
        negotiate(connection, Unmanaged<Overlay>.fromOpaque(data).takeUnretainedValue())
    }
    addNameOperations(&operations)
    addChangeOperations(&operations)
    addFileOperations(&operations)
    addFolderOperations(&operations)
    addAttributeOperations(&operations)
    return operations
}

/// Chooses what the kernel may do on its own.
private func negotiate(_ connection: UnsafeMutablePointer<fuse_conn_info>, _ overlay: Overlay) {
    let options = overlay.options
    let wanted =
        FUSE_CAP_ASYNC_READ | FUSE_CAP_DONT_MASK | FUSE_CAP_PARALLEL_DIROPS
        | FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS
        | FUSE_CAP_ASYNC_DIO
    var want = UInt32(wanted)
    // What others write is noticed by the times and size of a file.
    want |= UInt32(options.writesThrough ? FUSE_CAP_AUTO_INVAL_DATA : FUSE_CAP_EXPLICIT_INVAL_DATA)
    // With ACLs the kernel checks permissions even where the mount does not ask for it.
    if options.enforcesPermissions { want |= UInt32(FUSE_CAP_POSIX_ACL) }
    if !overlay.opensUnasked { want |= UInt32(FUSE_CAP_ATOMIC_O_TRUNC) }
    if options.usesWriteback { want |= UInt32(FUSE_CAP_WRITEBACK_CACHE) }
    connection.pointee.want = want & connection.pointee.capable
    connection.pointee.max_write = 1 << 20
    connection.pointee.max_readahead = 1 << 20
    connection.pointee.max_background = 64
    connection.pointee.congestion_threshold = 48
    connection.pointee.time_gran = 1
}

/// The overlay a request is for.
@inline(__always)
func overlay(_ request: fuse_req_t?) -> Overlay {
    Unmanaged<Overlay>.fromOpaque(fuse_req_userdata(request)).takeUnretainedValue()
}

extension Overlay {
    /// The node of a number the kernel got from this server and has not given back.
    @inline(__always)
    func node(_ number: fuse_ino_t) -> Node {
        guard number != FUSE_ROOT_ID, let address = UnsafeRawPointer(bitPattern: UInt(number)) else { return root }
        return Unmanaged<Node>.fromOpaque(address).takeUnretainedValue()
    }

    func entry(_ node: Node, _ status: stat) -> fuse_entry_param {
        var entry = fuse_entry_param()
        entry.ino = fuse_ino_t(node.handle)
        entry.generation = 1
        entry.attr = status
        entry.attr_timeout = options.cacheSeconds
        entry.entry_timeout = options.cacheSeconds
        return entry
    }
}

/// Answers with an error when `body` throws.
@inline(__always)
func answer(_ request: fuse_req_t?, _ body: (Overlay) throws(Errno) -> Void) {
    do throws(Errno) { try body(overlay(request)) } catch { fuse_reply_err(request, error.rawValue) }
}

/// Answers with an entry, whose lookup the kernel then holds; gives it back when the answer does not arrive.
func replyEntry(_ request: fuse_req_t?, _ overlay: Overlay, _ node: Node, _ status: stat) {
    var entry = overlay.entry(node, status)
    if fuse_reply_entry(request, &entry) != 0 { overlay.table.forget(node, 1) }
}

func bytes(_ name: UnsafePointer<CChar>?) -> [CChar] {
    guard let name else { return [0] }
    return Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
}

/// Who asks, in the ids of the server's pid namespace; 0 for somebody outside it.
func process(_ request: fuse_req_t?) -> pid_t { fuse_req_ctx(request)?.pointee.pid ?? 0 }

func requester(_ request: fuse_req_t?) -> Requester {
    guard let context = fuse_req_ctx(request) else { return Requester(uid: 0, gid: 0, umask: 0) }
    return Requester(uid: context.pointee.uid, gid: context.pointee.gid, umask: context.pointee.umask)
}

private func addNameOperations(_ operations: inout fuse_lowlevel_ops) {
    operations.lookup = { request, parent, name in
        answer(request) { (overlay) throws(Errno) in
            let name = bytes(name)
            if name.count > 256 { throw .fileNameTooLong }
            let folder = overlay.node(parent)
            var absent = fuse_entry_param()
            do throws(Errno) {
                // Not remembered, so that each attempt is seen.
                if try overlay.hides(folder, name, from: process(request)) {
                    fuse_reply_entry(request, &absent)
                    return
                }
                let (node, status) = try overlay.lookup(folder, name)
                replyEntry(request, overlay, node, status)
            } catch .noSuchFileOrDirectory {
                overlay.trace(.missing, folder, name, by: process(request))
                // The kernel may remember that there is nothing.
                absent.entry_timeout = overlay.options.cacheSeconds
                fuse_reply_entry(request, &absent)
            }
        }
    }
    operations.forget = { request, number, count in
        let overlay = overlay(request)
        overlay.table.forget(overlay.node(number), count)
        fuse_reply_none(request)
    }
    operations.forget_multi = { request, count, forgets in
        let overlay = overlay(request)
        for forget in UnsafeBufferPointer(start: forgets, count: count) {
            overlay.table.forget(overlay.node(fuse_ino_t(forget.ino)), forget.nlookup)
        }
        fuse_reply_none(request)
    }
    operations.readlink = { request, number in
        answer(request) { (overlay) throws(Errno) in
            let node = overlay.node(number)
            try overlay.checkUse(node, by: process(request))
            var target = try overlay.readLink(node)
            target.append(0)
            target.withUnsafeBytes { _ = fuse_reply_readlink(request, $0.bindMemory(to: CChar.self).baseAddress) }
        }
    }
    operations.statfs = { request, _ in
        answer(request) { (overlay) throws(Errno) in
            var status = try overlay.fileSystemStatus()
            fuse_reply_statfs(request, &status)
        }
    }
}

private func addChangeOperations(_ operations: inout fuse_lowlevel_ops) {
    operations.mknod = { request, parent, name, mode, device in
        answer(request) { (overlay) throws(Errno) in
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            let (node, status) = try overlay.makeNode(
                folder, name, mode: mode, device: device, requester(request))
            overlay.trace(.created, folder, name, by: process(request))
            replyEntry(request, overlay, node, status)
        }
    }
    operations.mkdir = { request, parent, name, mode in
        answer(request) { (overlay) throws(Errno) in
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            let (node, status) = try overlay.makeFolder(
                folder, name, mode: mode, requester(request))
            overlay.trace(.created, folder, name, by: process(request))
            replyEntry(request, overlay, node, status)
        }
    }
    operations.symlink = { request, target, parent, name in
        answer(request) { (overlay) throws(Errno) in
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            let (node, status) = try overlay.makeSymbolicLink(
                folder, name, to: bytes(target), requester(request))
            overlay.trace(.created, folder, name, by: process(request))
            replyEntry(request, overlay, node, status)
        }
    }
    operations.link = { request, number, parent, name in
        answer(request) { (overlay) throws(Errno) in
            let (node, folder, name) = (overlay.node(number), overlay.node(parent), bytes(name))
            try overlay.checkUse(node, by: process(request))
            try overlay.checkName(folder, name, by: process(request))
            let status = try overlay.link(node, folder, name)
            overlay.table.retain(node)
            overlay.trace(.created, folder, name, by: process(request))
            replyEntry(request, overlay, node, status)
        }
    }
    operations.unlink = { request, parent, name in
        answer(request) { (overlay) throws(Errno) in
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            try overlay.unlink(folder, name)
            overlay.trace(.deleted, folder, name, by: process(request))
            fuse_reply_err(request, 0)
        }
    }
    operations.rmdir = { request, parent, name in
        answer(request) { (overlay) throws(Errno) in
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            try overlay.removeFolder(folder, name)
            overlay.trace(.deleted, folder, name, by: process(request))
            fuse_reply_err(request, 0)
        }
    }
    operations.rename = { request, parent, name, newParent, newName, flags in
        answer(request) { (overlay) throws(Errno) in
            let (from, name, to, newName) = (overlay.node(parent), bytes(name), overlay.node(newParent), bytes(newName))
            let flags = RenameFlags(rawValue: flags)
            try overlay.checkMove(from, name, by: process(request))
            try overlay.checkName(to, newName, by: process(request))
            if flags.contains(.exchange) { try overlay.checkMove(to, newName, by: process(request)) }
            try overlay.rename(from, name, to: to, newName, flags: flags)
            overlay.traceRename(from, name, to, newName, by: process(request))
            fuse_reply_err(request, 0)
        }
    }
}
