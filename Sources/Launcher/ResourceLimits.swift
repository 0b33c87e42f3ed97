import Diagnostics

/// What a sandbox may use of the machine, as people ask for it: `sandbox run --memory 512M --cpus 1.5`, a profile, a
/// project file. Nothing set asks for nothing.
package struct ResourceLimits: Equatable, Sendable {
    /// A limit that is set, or lifted again over one that a profile or a project file sets.
    package enum Bound: Equatable, Sendable {
        case at(UInt64)
        case unlimited

        /// nil: no limit.
        package var value: UInt64? {
            switch self {
            case .at(let value): value
            case .unlimited: nil
            }
        }
    }

    /// The rates of one disk.
    package struct DiskRates: Equatable, Sendable {
        /// A block device, or any file or folder on the disk; as it was asked for.
        package var path: String
        package var readBytesPerSecond: UInt64?
        package var writeBytesPerSecond: UInt64?
        package var readsPerSecond: UInt64?
        package var writesPerSecond: UInt64?

        package init(path: String) { self.path = path }
    }

    package var memoryBytes: Bound?
    /// Memory and swap together. Without it a sandbox with a memory limit does not swap.
    package var memoryAndSwapBytes: Bound?
    /// Thousandths of a processor's time.
    package var cpuThousandths: Bound?
    /// 1…10000, usually 100: the share among groups that compete.
    package var cpuWeight: UInt64?
    /// A list such as `0-3,7`.
    package var cpuset: String?
    /// Processes and threads of the command; the sandbox's own are not counted.
    package var pids: Bound?
    /// 1…10000, usually 100.
    package var ioWeight: UInt64?
    package var diskRates: [DiskRates] = []
    /// Any other file of the host's cgroup version by name: `memory.high`.
    package var files: [String: String] = [:]

    package init() {}

    /// Whether nothing is limited; lifted limits limit nothing.
    package var isEmpty: Bool {
        memoryBytes?.value == nil && memoryAndSwapBytes?.value == nil && cpuThousandths?.value == nil
            && cpuWeight == nil && cpuset == nil && pids?.value == nil && ioWeight == nil && diskRates.isEmpty
            && files.isEmpty
    }

    /// These limits, and those of `base` where these say nothing: options over the project file over the profile.
    package func merged(over other: ResourceLimits) -> ResourceLimits {
        let base = other.without(what: self)
        var result = base
        result.memoryBytes = memoryBytes ?? base.memoryBytes
        result.memoryAndSwapBytes = memoryAndSwapBytes ?? base.memoryAndSwapBytes
        // A sum is meant for the limit it was given with.
        if memoryBytes != nil && memoryAndSwapBytes == nil { result.memoryAndSwapBytes = nil }
        result.cpuThousandths = cpuThousandths ?? base.cpuThousandths
        result.cpuWeight = cpuWeight ?? base.cpuWeight
        result.cpuset = cpuset ?? base.cpuset
        result.pids = pids ?? base.pids
        result.ioWeight = ioWeight ?? base.ioWeight
        for rates in diskRates {
            result.diskRates.removeAll { Paths.same($0.path, rates.path) }
            result.diskRates.append(rates)
        }
        result.files.merge(files) { _, mine in mine }
        return result
    }
}
