import LinuxKernel

extension LimitFacts {
    /// Looks at what the limits need to know; not called for a launch without any.
    static func read(_ limits: ResourceLimits, cgroups: LaunchHost.CgroupMode, files: some HostFiles) -> LimitFacts {
        var facts = LimitFacts(isUnified: cgroups == .unified)
        if limits.memoryBytes != nil {
            let legacy = "/sys/fs/cgroup/memory"  // which a hybrid host may have left to version 2
            facts.countsSwap =
                facts.isUnified || files.kind(legacy) == nil
                || files.kind(legacy + "/memory.memsw.limit_in_bytes") != nil
        }
        for rates in limits.diskRates { facts.disks[rates.path] = disk(of: rates.path, files: files) }
        return facts
    }

    /// The whole disk a path is on: rates hold for those only (cgroup-v2.rst, `io.max`).
    private static func disk(of path: String, files: some HostFiles) -> DeviceNumber? {
        guard let number = files.blockDevice(path), number.major != 0 else { return nil }
        let folder = "/sys/dev/block/\(number.major):\(number.minor)"
        guard files.kindFollowingLinks(folder + "/partition") != nil else { return number }
        // A partition's folder is in its disk's.
        guard let text = files.canonical(folder).flatMap({ files.text(Paths.parent($0) + "/dev") }) else { return nil }
        let parts = fields(lines(text).first ?? "").map { strictNumber($0, as: UInt32.self) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        return DeviceNumber(major: major, minor: minor)
    }
}

extension KernelFiles {
    package func blockDevice(_ path: String) -> DeviceNumber? {
        do throws(Errno) {
            let status = try fileStatus(path, follow: true)
            let number = status.st_mode & S_IFMT == S_IFBLK ? status.st_rdev : status.st_dev
            return DeviceNumber(
                major: UInt32((number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000),
                minor: UInt32(number & 0xFF | (number >> 12) & 0xFFFF_FF00))
        } catch { return nil }
    }
}
