import LinuxKernel

/// Keeps the quota's count; nothing of it costs anything without one.
extension Overlay {
    /// Notes what a node of the upper was counted with.
    func charge(_ node: Node, _ status: stat) {
        guard let quota else { return }
        let bytes = Quota.bytes(status)
        if node.charged.exchange(bytes, ordering: .relaxed) < 0 { quota.add(bytes: bytes, inodes: 1) }
    }

    /// The same for a node that was just copied up. The tree lock is held.
    func chargeEntry(_ node: Node) throws(Errno) {
        if quota == nil { return }
        let status = try withEntry(node) { (folder, name, _) throws(Errno) in
            if let name { try entryStatus(at: folder, name) } else { try descriptorStatus(folder) }
        }
        charge(node, status)
    }

    /// Counts what a change of a file's data did to its blocks.
    func settle(_ node: Node, _ descriptor: CInt) throws(Errno) {
        guard let quota else { return }
        let now = Quota.bytes(try descriptorStatus(descriptor))
        let before = node.charged.exchange(now, ordering: .relaxed)
        if before >= 0 { quota.add(bytes: now - before, inodes: 0) }
    }

    /// ENOSPC when writing so many bytes there could go over the limit; what is overwritten counts already.
    func admitData(_ descriptor: CInt, end: Int64, count: Int) throws(Errno) {
        guard let quota else { return }
        do throws(Errno) { return try quota.admit(bytes: Int64(count)) } catch {
            let status = try descriptorStatus(descriptor)
            if end > Int64(status.st_size) || Quota.bytes(status) < Int64(status.st_size) { throw error }
        }
    }

    /// The room that is left, in the units of `status`.
    func presentQuota(_ status: inout statvfs) {
        guard let quota, status.f_frsize > 0 else { return }
        let unit = Int64(status.f_frsize)
        let left = max(0, quota.limitBytes - quota.usedBytes.load(ordering: .relaxed))
        status.f_blocks = UInt(quota.limitBytes / unit)
        status.f_bfree = min(status.f_bfree, UInt(left / unit))
        status.f_bavail = min(status.f_bavail, UInt(left / unit))
        guard let inodes = quota.limitInodes else { return }
        let free = UInt(max(0, inodes - quota.usedInodes.load(ordering: .relaxed)))
        status.f_files = UInt(inodes)
        status.f_ffree = min(status.f_ffree, free)
        status.f_favail = min(status.f_favail, free)
    }
}

extension Quota {
    /// A node nobody knows any more: what it was counted with is free when its last name is gone too.
    func release(_ node: Node) {
        let (orphan, charged) = (node.state.withLock { $0.orphan }, node.charged.load(ordering: .relaxed))
        guard orphan >= 0, charged >= 0 else { return }
        // A folder that is gone has no names left; its link count says so on some file systems only.
        if !node.isFolder, let status = try? descriptorStatus(orphan), status.st_nlink > 0 { return }
        add(bytes: -charged, inodes: -1)
    }
}
