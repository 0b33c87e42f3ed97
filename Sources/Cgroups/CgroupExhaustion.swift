import LinuxKernel

/// Which limits a group has run into, read at its end; nil is what the host does not tell.
package struct CgroupExhaustion: Equatable, Sendable {
    /// Processes that the kernel has ended for want of memory.
    package var outOfMemoryKills: UInt64 = 0
    /// Whether it was the group's own limit that was reached, and not the host's memory.
    package var reachedMemoryLimit = false
    package var memoryPeakBytes: UInt64?
    /// nil: none.
    package var memoryLimitBytes: UInt64?
    /// How often fork(2) was refused for the number of processes.
    package var refusedForks: UInt64 = 0

    package init() {}
}

extension Cgroup {
    /// What stopped the group's processes; to be asked before `remove`. Four or five small files.
    package func exhaustion() -> CgroupExhaustion {
        var result = CgroupExhaustion()
        if let memory = record.legacy("memory").map({ GroupFiles(path: $0.path) }) {
            result.outOfMemoryKills = memory.keyed("memory.oom_control")?["oom_kill"] ?? 0
            result.memoryPeakBytes = memory.number("memory.max_usage_in_bytes")
            // Without a limit it is the largest number of pages.
            result.memoryLimitBytes = memory.number("memory.limit_in_bytes").flatMap { $0 < 1 << 62 ? $0 : nil }
            // Kernels do not count failures of the limit on memory and swap together; the peak tells of those. It lacks
            // the pages that a processor takes in advance.
            let peak = (result.memoryPeakBytes ?? 0) + (1 << 20)
            result.reachedMemoryLimit =
                (memory.number("memory.failcnt") ?? 0) > 0 || peak > result.memoryLimitBytes ?? .max
        } else if let group = record.unified.map({ GroupFiles(path: $0.path) }) {
            let events = group.keyed("memory.events") ?? [:]
            result.outOfMemoryKills = events["oom_kill"] ?? 0
            result.reachedMemoryLimit = (events["oom"] ?? 0) > 0
            result.memoryPeakBytes = group.number("memory.peak")
            result.memoryLimitBytes = group.number("memory.max").flatMap { $0 == .max ? nil : $0 }
        }
        if let directory = record.legacy("pids") ?? record.unified {
            result.refusedForks = GroupFiles(path: directory.path).keyed("pids.events")?["max"] ?? 0
        }
        return result
    }
}
