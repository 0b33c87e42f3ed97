import Diagnostics
import LinuxKernel

extension Cgroup {
    /// Reads what the group has used; each controller from the version that has it.
    ///
    /// `.notFound` when the group is gone, `.wrongState` for a container without one.
    package func statistics() throws(SandboxError) -> CgroupStatistics {
        guard !record.directories.isEmpty else {
            throw SandboxError(
                .wrongState, "the container has no cgroup of its own, so there are no statistics",
                remedy: remedyForMissingGroup(rootless: record.rootless))
        }
        var result = CgroupStatistics()
        if let directory = record.unified { GroupFiles(path: directory.path).readUnified(&result) }
        for directory in record.directories where !directory.unified {
            GroupFiles(path: directory.path).readLegacy(directory.controllers, &result)
        }
        // Looked at last: systemd removes an engine's scope with its last process, maybe between two files.
        if let path = record.tracking?.path, !fileExists(path) {
            throw SandboxError(.notFound, "cgroup \(path) is gone")
        }
        return result
    }
}

/// The files of one directory. One that is missing tells nothing: controllers differ from host to host.
struct GroupFiles {
    var path: String

    func text(_ file: String) -> String? {
        do { return try readText("\(path)/\(file)") } catch { return nil }  // as the type says
    }
    /// `max` is `UInt64.max`.
    func number(_ file: String) -> UInt64? {
        guard let text = text(file) else { return nil }
        return text.hasPrefix("max") ? .max : readNumber(text)
    }
    func keyed(_ file: String) -> [String: UInt64]? { text(file).map(keyedNumbers) }
    func pressure(_ file: String) -> CgroupStatistics.Pressure? { text(file).flatMap(parsePressure) }
}

extension GroupFiles {
    func readUnified(_ result: inout CgroupStatistics) {
        if let cpu = keyed("cpu.stat"), result.cpu == nil { result.cpu = unifiedCPU(cpu) }
        if let current = number("memory.current") { result.memory = unifiedMemory(current) }
        if let current = number("pids.current") {
            let limit = number("pids.max") ?? .max
            result.pids = .init(
                current: current, limit: limit == .max ? 0 : limit, refused: keyed("pids.events")?["max"] ?? 0)
        }
        if let text = text("io.stat") { result.io = unifiedIO(text) }
        readHugepages("max", "events", &result)
    }

    private func unifiedCPU(_ stat: [String: UInt64]) -> CgroupStatistics.CPU {
        var cpu = CgroupStatistics.CPU()
        cpu.total = (stat["usage_usec"] ?? 0) * 1000
        cpu.user = (stat["user_usec"] ?? 0) * 1000
        cpu.system = (stat["system_usec"] ?? 0) * 1000
        cpu.periods = stat["nr_periods"] ?? 0
        cpu.throttledPeriods = stat["nr_throttled"] ?? 0
        cpu.throttled = (stat["throttled_usec"] ?? 0) * 1000
        cpu.pressure = pressure("cpu.pressure")
        return cpu
    }

    private func unifiedMemory(_ current: UInt64) -> CgroupStatistics.Memory {
        var memory = CgroupStatistics.Memory()
        memory.raw = keyed("memory.stat") ?? [:]
        memory.cache = memory.raw["file"] ?? 0
        let events = keyed("memory.events") ?? [:]
        memory.oomKills = events["oom_kill"] ?? 0
        memory.usage = .init(
            limit: number("memory.max") ?? .max, usage: current, max: number("memory.peak") ?? 0,
            failures: events["max"] ?? 0)
        let swapLimit = number("memory.swap.max") ?? 0
        let sum = memory.usage.limit.addingReportingOverflow(swapLimit)
        // Version 1's figure, which engines show: memory and swap together.
        memory.swap = .init(
            limit: sum.overflow || swapLimit == .max ? .max : sum.partialValue,
            usage: current + (number("memory.swap.current") ?? 0), max: 0,
            failures: keyed("memory.swap.events")?["max"] ?? 0)
        memory.kernel.usage = memory.raw["kernel"] ?? 0
        memory.kernelTCP.usage = memory.raw["sock"] ?? 0
        memory.pressure = pressure("memory.pressure")
        return memory
    }

    /// Lines `MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N dbytes=N dios=N`.
    private func unifiedIO(_ text: String) -> CgroupStatistics.IO {
        let names = ["r": "Read", "w": "Write", "d": "Discard"]
        var io = CgroupStatistics.IO(pressure: pressure("io.pressure"))
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let device = (fields.first ?? "").split(separator: ":").compactMap { UInt64($0) }
            guard device.count == 2 else { continue }
            for field in fields.dropFirst() {
                let pair = field.split(separator: "=")
                guard pair.count == 2, let value = UInt64(pair[1]), let name = names[String(pair[0].prefix(1))] else {
                    continue
                }
                let entry = CgroupStatistics.IOEntry(
                    major: device[0], minor: device[1], operation: name, value: value)
                if pair[0].hasSuffix("bytes") { io.bytes.append(entry) }
                if pair[0].hasSuffix("ios") { io.operations.append(entry) }
            }
        }
        return io
    }

    /// Files `hugetlb.SIZE.current|events` (version 2) or `hugetlb.SIZE.usage_in_bytes|failcnt|max_usage_in_bytes`.
    private func readHugepages(_ limit: String, _ events: String, _ result: inout CgroupStatistics) {
        for size in hugepageSizes() {
            let prefix = "hugetlb.\(size)"
            if let usage = number("\(prefix).current") {
                result.hugepages[size] = .init(usage: usage, failures: keyed("\(prefix).events")?["max"] ?? 0)
            } else if let usage = number("\(prefix).usage_in_bytes") {
                result.hugepages[size] = .init(
                    usage: usage, max: number("\(prefix).max_usage_in_bytes") ?? 0,
                    failures: number("\(prefix).failcnt") ?? 0)
            }
        }
    }
}

extension GroupFiles {
    func readLegacy(_ controllers: [String], _ result: inout CgroupStatistics) {
        if controllers.contains("cpuacct") { readAccounting(&result) }
        if controllers.contains("cpu"), let stat = keyed("cpu.stat") {
            var cpu = result.cpu ?? .init()
            cpu.periods = stat["nr_periods"] ?? 0
            cpu.throttledPeriods = stat["nr_throttled"] ?? 0
            cpu.throttled = stat["throttled_time"] ?? 0
            result.cpu = cpu
        }
        if controllers.contains("cpuset") { readCpuset(&result) }
        if controllers.contains("memory") { result.memory = legacyMemory(keeping: result.memory) }
        if controllers.contains("pids"), let current = number("pids.current") {
            let limit = number("pids.max") ?? .max
            result.pids = .init(
                current: current, limit: limit == .max ? 0 : limit, refused: keyed("pids.events")?["max"] ?? 0)
        }
        if controllers.contains("blkio") {
            var io = CgroupStatistics.IO(pressure: result.io?.pressure)
            io.bytes = legacyIO(["blkio.bfq.io_service_bytes_recursive", "blkio.throttle.io_service_bytes_recursive"])
            io.operations = legacyIO(["blkio.bfq.io_serviced_recursive", "blkio.throttle.io_serviced_recursive"])
            result.io = io
        }
        if controllers.contains("hugetlb") { readHugepages("limit_in_bytes", "failcnt", &result) }
    }

    private func readAccounting(_ result: inout CgroupStatistics) {
        var cpu = result.cpu ?? .init()
        cpu.total = number("cpuacct.usage") ?? 0
        cpu.perCPU = (text("cpuacct.usage_percpu") ?? "").split(whereSeparator: \.isWhitespace).compactMap {
            UInt64($0)
        }
        cpu.user = number("cpuacct.usage_user") ?? 0
        cpu.system = number("cpuacct.usage_sys") ?? 0
        readUsageOfEach(&cpu)
        result.cpu = cpu
    }

    private func legacyMemory(keeping other: CgroupStatistics.Memory?) -> CgroupStatistics.Memory {
        var memory = CgroupStatistics.Memory()
        memory.pressure = other?.pressure
        memory.raw = keyed("memory.stat") ?? [:]
        memory.cache = memory.raw["total_cache"] ?? memory.raw["cache"] ?? 0
        memory.oomKills = keyed("memory.oom_control")?["oom_kill"] ?? 0
        memory.usage = legacyUsage("memory")
        memory.swap = legacyUsage("memory.memsw")
        memory.kernel = legacyUsage("memory.kmem")
        memory.kernelTCP = legacyUsage("memory.kmem.tcp")
        return memory
    }

    private func legacyUsage(_ prefix: String) -> CgroupStatistics.Memory.Usage {
        .init(
            limit: number("\(prefix).limit_in_bytes") ?? 0, usage: number("\(prefix).usage_in_bytes") ?? 0,
            max: number("\(prefix).max_usage_in_bytes") ?? 0, failures: number("\(prefix).failcnt") ?? 0)
    }

    /// Lines `MAJOR:MINOR OPERATION N` of the first file that has any; `Total` is left to the reader.
    private func legacyIO(_ files: [String]) -> [CgroupStatistics.IOEntry] {
        for file in files {
            let entries = (text(file) ?? "").split(separator: "\n").compactMap { line -> CgroupStatistics.IOEntry? in
                let fields = line.split(whereSeparator: { $0 == " " || $0 == ":" })
                guard fields.count == 4, let major = UInt64(fields[0]), let minor = UInt64(fields[1]),
                    let value = UInt64(fields[3])
                else { return nil }
                return .init(major: major, minor: minor, operation: String(fields[2]), value: value)
            }
            if !entries.isEmpty { return entries }
        }
        return []
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and `full`.
func parsePressure(_ text: String) -> CgroupStatistics.Pressure? {
    var pressure = CgroupStatistics.Pressure()
    for line in text.split(separator: "\n") {
        let fields = line.split(separator: " ")
        var result = CgroupStatistics.Pressure.Line()
        for field in fields.dropFirst() {
            let pair = field.split(separator: "=")
            guard pair.count == 2 else { return nil }
            if pair[0] == "total" {
                result.total = UInt64(pair[1]) ?? 0
            } else {
                result.averages[String(pair[0])] = String(pair[1])
            }
        }
        switch fields.first {
        case "some": pressure.some = result
        case "full": pressure.full = result
        default: return nil
        }
    }
    return pressure
}

/// The page sizes of this host, as cgroup files name them: `2MB`, `1GB` (`/sys/kernel/mm/hugepages/hugepages-2048kB`).
func hugepageSizes() -> [String] {
    do throws(Errno) {
        return try directoryEntries(of: openPath("/sys/kernel/mm/hugepages", O_RDONLY | O_DIRECTORY)).compactMap {
            guard let kilobytes = UInt64($0.dropFirst("hugepages-".utf8.count).dropLast(2)) else { return nil }
            if kilobytes >= 1 << 20 { return "\(kilobytes >> 20)GB" }
            return kilobytes >= 1 << 10 ? "\(kilobytes >> 10)MB" : "\(kilobytes)KB"
        }.sorted()
    } catch { return [] }  // a kernel without huge pages
}
