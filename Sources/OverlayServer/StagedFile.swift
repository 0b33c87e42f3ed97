import LinuxKernel
import OverlayModel

/// A file being made in the work folder: an open one without a name where the file system can, else a named one.
struct StagedFile {
    let file: CInt?
    let name: [CChar]?

    func closeFile() { if let file { close(file) } }

    func discard(_ workshop: Workshop) {
        closeFile()
        if let name { try? removeEntry(at: workshop.stage, name) }
    }

    func status(_ workshop: Workshop) throws(Errno) -> stat {
        if let file { return try descriptorStatus(file) }
        guard let name else { throw .badFileDescriptor }
        return try entryStatus(at: workshop.stage, name)
    }

    /// Gives it its name in one step.
    func move(_ workshop: Workshop, to folder: CInt, _ target: [CChar]) throws(Errno) {
        if let name {
            try renameEntry(at: workshop.stage, name, to: folder, target, .noReplace)
        } else if let file {
            try linkDescriptor(file, to: folder, target)
        }
    }

    /// Gives it a first name, a stage name being given up.
    func link(_ workshop: Workshop, to folder: CInt, _ target: [CChar]) throws(Errno) {
        try move(workshop, to: folder, target)
    }

    /// A descriptor that keeps it without any name.
    func orphan(_ workshop: Workshop) throws(Errno) -> CInt {
        if let file {
            let kept = try reopen(file, O_PATH)
            if let name { try removeEntry(at: workshop.stage, name) }
            return kept.release()
        }
        guard let name else { throw .badFileDescriptor }
        let kept = try openEntry(at: workshop.stage, name, O_PATH)
        try removeEntry(at: workshop.stage, name)
        return kept.release()
    }

    /// Owner, mode, attributes and times of the source.
    func copyMetadata(
        _ overlay: Overlay, from folder: CInt, _ source: UnsafePointer<CChar>?, _ status: stat, limit: Int64
    ) throws(Errno) {
        if let file { return try overlay.copyMetadata(from: folder, source, status, to: file) }
        guard let name, let workshop = overlay.workshop else { return }
        let (uid, gid) = overlay.storedOwner(status)
        try overlay.setOwnerIfMapped { () throws(Errno) in
            try setEntryOwner(at: workshop.stage, name, uid: uid, gid: gid)
        }
        if status.st_mode & S_IFMT != S_IFLNK {
            try setEntryMode(at: workshop.stage, name, status.st_mode & 0o7777)
        }
        try overlay.copyAttributes(from: folder, source, to: workshop.stage, name)
        try setEntryTimes(at: workshop.stage, name, accessed: status.st_atim, modified: status.st_mtim)
    }
}

extension Overlay {
    /// The owner a copied-up file gets.
    func storedOwner(_ status: stat) -> (uid_t, gid_t) {
        guard options.squashUnmapped else { return (status.st_uid, status.st_gid) }
        let owner = options.squashOwner
        return (
            status.st_uid == Self.overflowID ? owner.uid : status.st_uid,
            status.st_gid == Self.overflowID ? owner.gid : status.st_gid
        )
    }

    /// An owner without a place in the id map (EINVAL) cannot be kept: the copy is the server's then.
    func setOwnerIfMapped(_ change: () throws(Errno) -> Void) throws(Errno) {
        do throws(Errno) { try change() } catch .invalidArgument {}
    }

    /// Owner, mode, attributes and times of a source, given as folder and name or as a descriptor, to an open file.
    func copyMetadata(
        from folder: CInt, _ name: UnsafePointer<CChar>?, _ status: stat, to file: CInt
    ) throws(Errno) {
        let (uid, gid) = storedOwner(status)
        if uid != ownUser || gid != ownGroup {
            try setOwnerIfMapped { () throws(Errno) in
                try syscallRetrying(Int(SYS_fchown), Int(file), Int(uid), Int(gid))
            }
        }
        try syscallRetrying(Int(SYS_fchmod), Int(file), Int(status.st_mode & 0o7777))
        try copyAttributes(from: folder, name, to: file, nil)
        try setTimes(of: file, accessed: status.st_atim, modified: status.st_mtim)
    }

    /// The attributes a guest may see. Those the upper's file system or the server's rights refuse are left out, as
    /// the kernel's overlay does; lack of space is an error.
    func copyAttributes(
        from folder: CInt, _ name: UnsafePointer<CChar>?, to target: CInt, _ targetName: [CChar]?
    ) throws(Errno) {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try listAttributes(at: folder, name) } catch { return }
        for attribute in bytes.split(separator: 0).map({ String(decoding: $0, as: UTF8.self) })
        where AttributeName.isCopied(attribute) {
            do throws(Errno) {
                let value = try getAttribute(at: folder, name, attribute)
                if let targetName {
                    try setAttribute(at: target, targetName, attribute, value)
                } else {
                    try setAttribute(at: target, nil, attribute, value)
                }
            } catch .noSpace {
                throw .noSpace
            } catch {
                continue
            }
        }
    }
}
