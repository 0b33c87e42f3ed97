import Cgroups
import Diagnostics
import LinuxKernel

/// What a running sandbox has used and may use.
package struct SandboxFigures: Equatable, Sendable {
    /// Processor time since the start.
    package var cpuNanoseconds: UInt64 = 0
    package var memoryBytes: UInt64 = 0
    package var memoryPeakBytes: UInt64?
    /// nil: none.
    package var memoryLimitBytes: UInt64?
    /// Processes and threads, without the sandbox's own.
    package var tasks: UInt64 = 0
    package var taskLimit: UInt64?
    /// Of disks; nil when nobody counts.
    package var readBytes: UInt64?
    package var writtenBytes: UInt64?

    package init() {}
}

extension SandboxFigures {
    /// Reads the sandbox's cgroup, and its processes for what that does not tell; nil when the sandbox has ended.
    package init?(of record: SandboxRecord) throws(SandboxError) {
        guard let initial = record.initial, initial.isAlive else { return nil }
        self = ProcessTree.read().figures(below: initial.pid)
        guard let json = record.cgroup else { return }
        let place: CgroupRecord
        do { place = try CgroupRecord(json: json) } catch {
            throw SandboxError(.invalidInput, "the record of \"\(record.name)\" has no readable cgroup")
        }
        let cgroup = Cgroup(place)
        guard cgroup.exists else { return }
        let used: CgroupStatistics
        do { used = try cgroup.statistics() } catch {
            // It went between the two looks.
            if error.kind == .notFound { return nil }
            throw error
        }
        take(used)
    }

    private mutating func take(_ used: CgroupStatistics) {
        if let cpu = used.cpu { cpuNanoseconds = cpu.total }
        if let memory = used.memory {
            memoryBytes = memory.usage.usage
            memoryPeakBytes = memory.usage.max == 0 ? nil : memory.usage.max
            // Version 1 has a large number for none.
            memoryLimitBytes = memory.usage.limit < 1 << 62 ? memory.usage.limit : nil
        }
        if let pids = used.pids {
            tasks = max(pids.current, 1) - 1
            taskLimit = pids.limit == 0 ? nil : pids.limit - 1
        }
        if let io = used.io {
            func sum(_ operation: String) -> UInt64 {
                io.bytes.filter { $0.operation == operation }.reduce(0) { $0 &+ $1.value }
            }
            readBytes = sum("Read")
            writtenBytes = sum("Write")
        }
    }
}
