import CFuse
import LinuxKernel
import OverlayModel

private typealias FileInfo = UnsafeMutablePointer<fuse_file_info>

private func openFile(_ info: FileInfo?) throws(Errno) -> OpenFile {
    guard let info, let address = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else { throw .badFileDescriptor }
    return Unmanaged<OpenFile>.fromOpaque(address).takeUnretainedValue()
}

/// Hands an open file to the kernel, which gives it back with RELEASE.
private func handOver(_ file: OpenFile, _ info: FileInfo, _ options: OverlayOptions) {
    info.pointee.fh = UInt64(UInt(bitPattern: Unmanaged.passRetained(file).toOpaque()))
    info.pointee.keep_cache = options.writesThrough ? 0 : 1
}

private func takeBack(_ info: FileInfo?) {
    guard let info, let address = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else { return }
    Unmanaged<OpenFile>.fromOpaque(address).release()
}

func addFileOperations(_ operations: inout fuse_lowlevel_ops) {
    addOpening(&operations)
    addReadingAndWriting(&operations)
    operations.fsync = { request, _, dataOnly, info in
        answer(request) { (overlay) throws(Errno) in
            try overlay.sync(try openFile(info), dataOnly: dataOnly != 0)
            fuse_reply_err(request, 0)
        }
    }
    operations.fallocate = { request, _, mode, offset, length, info in
        answer(request) { (overlay) throws(Errno) in
            try overlay.allocate(try openFile(info), mode: mode, offset: Int64(offset), length: Int64(length))
            fuse_reply_err(request, 0)
        }
    }
    operations.lseek = { request, _, offset, whence, info in
        answer(request) { (overlay) throws(Errno) in
            let position = try overlay.seek(try openFile(info), offset: Int64(offset), whence: whence)
            fuse_reply_lseek(request, off_t(position))
        }
    }
    operations.copy_file_range = { request, _, from, source, _, to, target, count, _ in
        answer(request) { (overlay) throws(Errno) in
            let copied = try overlay.copyRange(
                try openFile(source), Int64(from), try openFile(target), Int64(to), count: count)
            fuse_reply_write(request, copied)
        }
    }
}

private func addOpening(_ operations: inout fuse_lowlevel_ops) {
    operations.open = { request, number, info in
        answer(request) { (overlay) throws(Errno) in
            guard let info else { throw .invalidArgument }
            let kills = Worker.current?.request.kills_privileges == 1
            let node = overlay.node(number)
            try overlay.checkUse(node, by: process(request))
            let file = try overlay.open(node, flags: info.pointee.flags, killsPrivileges: kills)
            overlay.traceUse(node, flags: info.pointee.flags, by: process(request))
            handOver(file, info, overlay.options)
            if fuse_reply_open(request, info) != 0 { takeBack(info) }
        }
    }
    operations.create = { request, parent, name, mode, info in
        answer(request) { (overlay) throws(Errno) in
            guard let info else { throw .invalidArgument }
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            let (node, status, file) = try overlay.create(
                folder, name, mode: mode, flags: info.pointee.flags, requester(request))
            overlay.trace(.created, folder, name, by: process(request))
            var entry = overlay.entry(node, status)
            handOver(file, info, overlay.options)
            if fuse_reply_create(request, &entry, info) != 0 {
                takeBack(info)
                overlay.table.forget(node, 1)
            }
        }
    }
    operations.release = { request, _, info in
        takeBack(info)
        fuse_reply_err(request, 0)
    }
}

private func addReadingAndWriting(_ operations: inout fuse_lowlevel_ops) {
    operations.read = { request, _, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            guard let worker = Worker.current else { throw .ioError }
            let descriptor = try overlay.current(try openFile(info))
            let buffer = worker.scratch(size)
            let count = try syscallRetrying(
                Int(SYS_pread64), Int(descriptor), Int(bitPattern: buffer), size, Int(offset))
            fuse_reply_buf(request, buffer.assumingMemoryBound(to: CChar.self), count)
        }
    }
    operations.write = { request, _, bytes, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            guard let bytes else { throw .invalidArgument }
            let kills = Worker.current?.request.kills_privileges == 1
            let count = try overlay.write(
                try openFile(info), bytes, count: size, at: Int64(offset), killsPrivileges: kills)
            fuse_reply_write(request, count)
        }
    }
}

func addAttributeOperations(_ operations: inout fuse_lowlevel_ops) {
    operations.getattr = { request, number, _ in
        answer(request) { (overlay) throws(Errno) in
            var status = try overlay.getAttributes(overlay.node(number))
            fuse_reply_attr(request, &status, overlay.options.cacheSeconds)
        }
    }
    operations.setattr = { request, number, status, valid, info in
        answer(request) { (overlay) throws(Errno) in
            guard let status else { throw .invalidArgument }
            let change = attributeChange(status.pointee, valid)
            let file: OpenFile? = if let info, info.pointee.fh != 0 { try openFile(info) } else { nil }
            if let file { _ = try overlay.current(file) }
            try overlay.refuseGivingAway(change, by: fuse_req_ctx(request).pointee)
            let node = overlay.node(number)
            try overlay.checkUse(node, by: process(request))
            if valid == FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_CTIME, overlay.isLettingGo(node) {
                var status = try overlay.getAttributes(node)
                fuse_reply_attr(request, &status, overlay.options.cacheSeconds)
                return
            }
            var changed = try overlay.setAttributes(node, change, file: file)
            if change.size != nil { overlay.traceUse(node, flags: O_WRONLY, by: process(request)) }
            fuse_reply_attr(request, &changed, overlay.options.cacheSeconds)
        }
    }
    addExtendedAttributes(&operations)
}

extension Overlay {
    /// Without permissions anyone may change everything, but files belong to whom the kernel would let them belong to:
    /// programs count on EPERM when an ordinary user gives a file away (chown(2)).
    fileprivate func refuseGivingAway(_ change: AttributeChange, by caller: fuse_ctx) throws(Errno) {
        guard !options.enforcesPermissions, caller.uid != 0 else { return }
        if let uid = change.uid, uid != caller.uid { throw .notPermitted }
        if let gid = change.gid, gid != caller.gid { throw .notPermitted }
    }
}

private func attributeChange(_ status: stat, _ valid: CInt) -> AttributeChange {
    let now = timespec(tv_sec: 0, tv_nsec: utimeNow)
    var change = AttributeChange()
    if valid & FUSE_SET_ATTR_MODE != 0 { change.mode = status.st_mode & 0o7777 }
    if valid & FUSE_SET_ATTR_UID != 0 { change.uid = status.st_uid }
    if valid & FUSE_SET_ATTR_GID != 0 { change.gid = status.st_gid }
    if valid & FUSE_SET_ATTR_SIZE != 0 { change.size = Int64(status.st_size) }
    if valid & FUSE_SET_ATTR_ATIME != 0 { change.accessed = status.st_atim }
    if valid & FUSE_SET_ATTR_MTIME != 0 { change.modified = status.st_mtim }
    if valid & FUSE_SET_ATTR_ATIME_NOW != 0 { change.accessed = now }
    if valid & FUSE_SET_ATTR_MTIME_NOW != 0 { change.modified = now }
    change.killsPrivileges = Worker.current?.request.kills_privileges == 1
    return change
}

private func addExtendedAttributes(_ operations: inout fuse_lowlevel_ops) {
    operations.getxattr = { request, number, name, size in
        answer(request) { (overlay) throws(Errno) in
            guard let name, let worker = Worker.current else { throw .invalidArgument }
            let buffer = UnsafeMutableRawBufferPointer(start: size > 0 ? worker.scratch(size) : nil, count: size)
            let count = try overlay.getExtendedAttribute(
                try overlay.usable(number, request), String(cString: name), into: buffer)
            if size == 0 {
                fuse_reply_xattr(request, count)
            } else {
                fuse_reply_buf(request, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), count)
            }
        }
    }
    operations.listxattr = { request, number, size in
        answer(request) { (overlay) throws(Errno) in
            let names = try overlay.listExtendedAttributes(overlay.node(number))
            if size == 0 {
                fuse_reply_xattr(request, names.count)
            } else if names.count > size {
                throw Errno.outOfRange
            } else {
                names.withUnsafeBytes {
                    _ = fuse_reply_buf(request, $0.bindMemory(to: CChar.self).baseAddress, names.count)
                }
            }
        }
    }
    operations.setxattr = { request, number, name, value, size, flags in
        answer(request) { (overlay) throws(Errno) in
            guard let name else { throw .invalidArgument }
            try overlay.setExtendedAttribute(
                try overlay.usable(number, request), String(cString: name),
                UnsafeRawBufferPointer(start: value, count: size),
                flags: flags)
            fuse_reply_err(request, 0)
        }
    }
    operations.removexattr = { request, number, name in
        answer(request) { (overlay) throws(Errno) in
            guard let name else { throw .invalidArgument }
            try overlay.removeExtendedAttribute(try overlay.usable(number, request), String(cString: name))
            fuse_reply_err(request, 0)
        }
    }
}
