import CFuse
import LinuxKernel
import OverlayModel

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
            try overlay.refuseGivingAway(change, by: fuse_req_ctx(request).pointee)
            let node = overlay.node(number)
            try overlay.checkUse(node, by: process(request))
            if valid == FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_CTIME, overlay.isLettingGo(node) {
                var status = try overlay.getAttributes(node)
                fuse_reply_attr(request, &status, overlay.options.cacheSeconds)
                return
            }
            var changed = try overlay.setAttributes(
                OpenedFile(node: node, handle: DataTicket(rawValue: info?.pointee.fh ?? 0)), change)
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
