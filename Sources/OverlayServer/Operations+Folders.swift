import CFuse
import LinuxKernel
import OverlayModel

private typealias FileInfo = UnsafeMutablePointer<fuse_file_info>

private func openFolder(_ info: FileInfo?) throws(Errno) -> OpenFolder {
    guard let info, let address = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else { throw .badFileDescriptor }
    return Unmanaged<OpenFolder>.fromOpaque(address).takeUnretainedValue()
}

private func takeBack(_ info: FileInfo?) {
    guard let info, let address = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else { return }
    Unmanaged<OpenFolder>.fromOpaque(address).release()
}

func addFolderOperations(_ operations: inout fuse_lowlevel_ops) {
    operations.opendir = { request, number, info in
        answer(request) { (overlay) throws(Errno) in
            guard let info else { throw .invalidArgument }
            let folder = OpenFolder(try overlay.usable(number, request))
            info.pointee.fh = UInt64(UInt(bitPattern: Unmanaged.passRetained(folder).toOpaque()))
            // A tree that others change is read anew.
            info.pointee.cache_readdir = overlay.options.writesThrough ? 0 : 1
            info.pointee.keep_cache = overlay.options.writesThrough ? 0 : 1
            if fuse_reply_open(request, info) != 0 { takeBack(info) }
        }
    }
    operations.releasedir = { request, _, info in
        takeBack(info)
        fuse_reply_err(request, 0)
    }
    operations.fsyncdir = { request, number, _, _ in
        answer(request) { (overlay) throws(Errno) in
            try overlay.syncFolder(overlay.node(number))
            fuse_reply_err(request, 0)
        }
    }
    operations.readdir = { request, _, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            try reply(request, overlay, try openFolder(info), size: size, offset: Int(offset), withAttributes: false)
        }
    }
    operations.readdirplus = { request, _, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            try reply(request, overlay, try openFolder(info), size: size, offset: Int(offset), withAttributes: true)
        }
    }
}

/// Fills one answer with entries from position `offset` on. An entry that cannot be looked up any more is listed
/// without attributes, as readdir would.
private func reply(
    _ request: fuse_req_t?, _ overlay: Overlay, _ folder: OpenFolder, size: Int, offset: Int, withAttributes: Bool
) throws(Errno) {
    guard let worker = Worker.current else { throw .ioError }
    let entries = try overlay.listing(folder, at: offset)
    let buffer = worker.scratch(size).assumingMemoryBound(to: CChar.self)
    var used = 0
    var index = max(0, offset)
    while index < entries.count {
        let entry = entries[index]
        let target = buffer + used
        let rest = size - used
        let needed =
            withAttributes
            ? addWithAttributes(request, overlay, folder.node, entry, target, rest, next: index + 1)
            : add(request, overlay, folder.node, entry, target, rest, next: index + 1)
        if needed > rest { break }
        used += needed
        index += 1
    }
    fuse_reply_buf(request, buffer, used)
}

private func add(
    _ request: fuse_req_t?, _ overlay: Overlay, _ parent: Node, _ entry: OpenFolder.Listed,
    _ target: UnsafeMutablePointer<CChar>, _ rest: Int, next: Int
) -> Int {
    var status = stat()
    status.st_ino = ino_t(
        entry.layer < 0 ? entry.inode : overlay.table.peek(parent, entry.name)?.number ?? entry.inode)
    status.st_mode = mode_t(entry.type) << 12
    return fuse_add_direntry(request, target, rest, entry.name, &status, off_t(next))
}

private func addWithAttributes(
    _ request: fuse_req_t?, _ overlay: Overlay, _ parent: Node, _ entry: OpenFolder.Listed,
    _ target: UnsafeMutablePointer<CChar>, _ rest: Int, next: Int
) -> Int {
    var param = fuse_entry_param()
    param.attr.st_ino = ino_t(entry.inode)
    param.attr.st_mode = mode_t(entry.type) << 12
    let needed = fuse_add_direntry_plus(request, nil, 0, entry.name, &param, off_t(next))
    if needed > rest { return needed }
    var found: Node?
    if entry.layer >= 0 {
        do throws(Errno) {
            let (node, status) = try overlay.lookupListed(parent, entry)
            param = overlay.entry(node, status)
            found = node
        } catch {}  // listed without attributes: the kernel asks for them when they are wanted
    }
    let used = fuse_add_direntry_plus(request, target, rest, entry.name, &param, off_t(next))
    if used > rest, let found { overlay.table.forget(found, 1) }
    return used
}
