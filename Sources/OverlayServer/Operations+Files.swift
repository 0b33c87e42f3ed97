import CFuse
import LinuxKernel
import OverlayModel

private typealias FileInfo = UnsafeMutablePointer<fuse_file_info>

extension Overlay {
    /// The file a request is for, as the kernel has it open.
    fileprivate func opened(_ number: fuse_ino_t, _ info: FileInfo?) -> OpenedFile {
        OpenedFile(node: node(number), handle: DataTicket(rawValue: info?.pointee.fh ?? 0))
    }

    fileprivate func handOver(_ ticket: DataTicket, _ info: FileInfo) {
        info.pointee.fh = ticket.rawValue
        info.pointee.keep_cache = options.writesThrough ? 0 : 1
    }
}

func addFileOperations(_ operations: inout fuse_lowlevel_ops) {
    addOpening(&operations)
    addReadingAndWriting(&operations)
    operations.fsync = { request, number, dataOnly, info in
        answer(request) { (overlay) throws(Errno) in
            try overlay.sync(overlay.opened(number, info), dataOnly: dataOnly != 0)
            fuse_reply_err(request, 0)
        }
    }
    operations.fallocate = { request, number, mode, offset, length, info in
        answer(request) { (overlay) throws(Errno) in
            try overlay.allocate(
                overlay.opened(number, info), mode: mode, offset: Int64(offset), length: Int64(length))
            fuse_reply_err(request, 0)
        }
    }
    operations.lseek = { request, number, offset, whence, info in
        answer(request) { (overlay) throws(Errno) in
            let position = try overlay.seek(overlay.opened(number, info), offset: Int64(offset), whence: whence)
            fuse_reply_lseek(request, off_t(position))
        }
    }
    operations.copy_file_range = { request, source, from, sourceInfo, target, to, targetInfo, count, _ in
        answer(request) { (overlay) throws(Errno) in
            let copied = try overlay.copyRange(
                overlay.opened(source, sourceInfo), Int64(from), overlay.opened(target, targetInfo), Int64(to),
                count: count)
            fuse_reply_write(request, copied)
        }
    }
}

private func addOpening(_ operations: inout fuse_lowlevel_ops) {
    operations.open = { request, number, info in
        answer(request) { (overlay) throws(Errno) in
            if overlay.opensUnasked { throw .noFunction }  // and the kernel stops asking
            guard let info else { throw .invalidArgument }
            let kills = Worker.current?.request.kills_privileges == 1
            let node = overlay.node(number)
            try overlay.checkUse(node, by: process(request))
            let ticket = try overlay.open(node, flags: info.pointee.flags, killsPrivileges: kills)
            overlay.traceUse(node, flags: info.pointee.flags, by: process(request))
            overlay.handOver(ticket, info)
            if fuse_reply_open(request, info) != 0 { overlay.giveBack(ticket) }
        }
    }
    operations.create = { request, parent, name, mode, info in
        answer(request) { (overlay) throws(Errno) in
            // It is made by MKNOD then, and no RELEASE follows.
            if overlay.opensUnasked { throw .noFunction }
            guard let info else { throw .invalidArgument }
            let (folder, name) = (overlay.node(parent), bytes(name))
            try overlay.checkName(folder, name, by: process(request))
            let (node, status, ticket) = try overlay.create(
                folder, name, mode: mode, flags: info.pointee.flags, requester(request))
            overlay.trace(.created, folder, name, by: process(request))
            var entry = overlay.entry(node, status)
            overlay.handOver(ticket, info)
            if fuse_reply_create(request, &entry, info) != 0 {
                overlay.giveBack(ticket)
                overlay.table.forget(node, 1)
            }
        }
    }
    operations.release = { request, _, info in
        if let info { overlay(request).giveBack(DataTicket(rawValue: info.pointee.fh)) }
        fuse_reply_err(request, 0)
    }
}

private func addReadingAndWriting(_ operations: inout fuse_lowlevel_ops) {
    operations.read = { request, number, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            guard let worker = Worker.current else { throw .ioError }
            let file = overlay.opened(number, info)
            if worker.answerByLending(file, overlay, count: size, at: Int64(offset)) { return fuse_reply_none(request) }
            let buffer = worker.scratch(size)
            let count = try overlay.read(file, count: size, at: Int64(offset)) { (descriptor) throws(Errno) in
                try readAt(descriptor, buffer, size, Int64(offset))
            }
            fuse_reply_buf(request, buffer.assumingMemoryBound(to: CChar.self), count)
        }
    }
    operations.write = { request, number, bytes, size, offset, info in
        answer(request) { (overlay) throws(Errno) in
            guard let bytes else { throw .invalidArgument }
            let kills = Worker.current?.request.kills_privileges == 1
            let count = try overlay.write(
                overlay.opened(number, info), bytes, count: size, at: Int64(offset), killsPrivileges: kills)
            fuse_reply_write(request, count)
        }
    }
}
