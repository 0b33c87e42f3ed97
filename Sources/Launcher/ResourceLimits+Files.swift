import Diagnostics

// Limits by the names of the kernel's files: `--limit memory.high=400M`.
extension ResourceLimits {
    /// `KEY=VALUE` with the name of a file of cgroup v2 or v1; which of them this host has shows when it is written.
    static func file(
        _ text: String, _ fail: (String, String) -> SandboxError
    ) throws(SandboxError) -> (key: String, value: String) {
        let form = "a cgroup file and its value, such as memory.high=400M"
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2, !parts[1].isEmpty else { throw fail("not KEY=VALUE", form) }
        let name = parts[0].utf8
        let isName =
            name.contains(UInt8(ascii: ".")) && name.first != UInt8(ascii: ".")
            && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard isName, limiting.contains(where: { name.starts(with: $0.utf8) }) else {
            throw fail("\"\(parts[0])\" is no limit", form)
        }
        return (parts[0], parts[1])
    }

    /// cgroup-v2.rst, Controllers, and cgroup-v1. Of the core's own files two are limits; the others, `tasks` and
    /// `release_agent` move, stop and start processes, as do version 1's `freezer.state` and `devices.allow`.
    private static let limiting =
        ["cpu", "cpuset", "dmem", "hugetlb", "io", "memory", "misc", "pids", "rdma", "blkio", "net_cls", "net_prio"]
        .map { "\($0)." } + ["cgroup.max.depth", "cgroup.max.descendants"]

    /// The limit with an option of its own that a file holds; nil for what only `--limit` sets.
    private static func name(ofFile file: String) -> Name? {
        switch file {
        case "memory.max", "memory.limit_in_bytes": .memory
        case "memory.swap.max", "memory.memsw.limit_in_bytes": .memorySwap
        case "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us": .cpus
        case "cpu.weight", "cpu.weight.nice", "cpu.shares": .cpuWeight
        case "cpuset.cpus": .cpuset
        case "pids.max": .pids
        case "io.weight", "io.bfq.weight", "blkio.weight", "blkio.bfq.weight": .ioWeight
        default: nil
        }
    }

    /// One place asks for a limit in one way: of two, one would be lost in silence.
    func checkFiles(_ name: Name, _ fail: (String, String) -> SandboxError) throws(SandboxError) {
        guard let file = files.keys.first(where: { Self.name(ofFile: $0) == name }) else { return }
        throw fail("sets what \"\(file)\" sets as well", "give one of the two")
    }

    func checkOption(of file: String, _ fail: (String, String) -> SandboxError) throws(SandboxError) {
        guard let name = Self.name(ofFile: file), has(name) else { return }
        throw fail("sets what \"\(name.rawValue)\" sets as well", "give one of the two")
    }

    /// These limits less those that `upper` sets by the other name.
    func without(what upper: ResourceLimits) -> ResourceLimits {
        if files.isEmpty && upper.files.isEmpty { return self }
        var rest = self
        rest.files = files.filter { file, _ in
            guard let name = Self.name(ofFile: file) else { return true }
            return !upper.has(name)
        }
        for name in upper.files.keys.compactMap(Self.name(ofFile:)) { rest.remove(name) }
        return rest
    }

    private func has(_ name: Name) -> Bool {
        switch name {
        case .memory: memoryBytes != nil
        case .memorySwap: memoryAndSwapBytes != nil
        case .cpus: cpuThousandths != nil
        case .cpuWeight: cpuWeight != nil
        case .cpuset: cpuset != nil
        case .pids: pids != nil
        case .ioWeight: ioWeight != nil
        case .ioMax: !diskRates.isEmpty
        case .limit: !files.isEmpty
        }
    }

    private mutating func remove(_ name: Name) {
        switch name {
        case .memory:
            memoryBytes = nil
            memoryAndSwapBytes = nil  // a sum is meant for the limit it was given with
        case .memorySwap: memoryAndSwapBytes = nil
        case .cpus: cpuThousandths = nil
        case .cpuWeight: cpuWeight = nil
        case .cpuset: cpuset = nil
        case .pids: pids = nil
        case .ioWeight: ioWeight = nil
        case .ioMax: diskRates = []
        case .limit: files = [:]
        }
    }
}
