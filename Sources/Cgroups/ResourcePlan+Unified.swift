import Diagnostics
import RuntimeSpec

extension ResourcePlan {
    /// The writes for cgroup version 2 (kernel's cgroup-v2.rst), values converted from version 1's where the spec has
    /// those; pure.
    ///
    /// `.unsupported` for what only version 1 has and would be lost in silence: realtime and packet marks.
    package static func unified(_ resources: Spec.Linux.Resources) throws(SandboxError) -> ResourcePlan {
        var plan = ResourcePlan()
        if let memory = resources.memory { try plan.unifiedMemory(memory) }
        if let cpu = resources.cpu { try plan.unifiedCPU(cpu) }
        if let limit = resources.pids?.limit { plan.pids(limit) }
        if let blockIO = resources.blockIO { try plan.unifiedIO(blockIO) }
        try plan.hugepages(resources.hugepageLimits ?? [], file: "max")
        plan.rdma(resources.rdma ?? [:])
        if let network = resources.network, network.classID.isSet || !(network.priorities ?? []).isEmpty {
            throw onlyLegacy("linux.resources.network", "filter by cgroup in nftables instead (socket cgroupv2)")
        }
        for (key, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            try checkUnifiedKey(key)
            let controller = String(key.prefix { $0 != "." })
            for line in value.split(separator: "\n") {
                let write = ResourceWrite(controller, key, String(line), asked: "linux.resources.unified[\"\(key)\"]")
                plan.add(key == "io.weight" ? write.orForBFQ() : write)
            }
        }
        return plan
    }

    private mutating func unifiedMemory(_ memory: Spec.Linux.Resources.Memory) throws(SandboxError) {
        let path = "linux.resources.memory"
        if let swap = try swapLimit(sum: memory.swap, memory: memory.limit) {
            let text = swap == -1 ? "max" : String(swap)
            add(
                .init("memory", "memory.swap.max", text, asked: "\(path).swap")
                    .harmless(swap <= 0))
        }
        if let text = try limitText(memory.limit, "\(path).limit") {
            add(.init("memory", "memory.max", text, asked: "\(path).limit"))
            if memory.checkBeforeUpdate == true, let limit = memory.limit, limit > 0 { checkMemoryBelow = limit }
        }
        if let text = try limitText(memory.reservation, "\(path).reservation") {
            add(.init("memory", "memory.low", text, asked: "\(path).reservation"))
        }
        if memory.kernel.isSet { notes.append("\(path).kernel: kernels no longer limit kernel memory by itself") }
        if memory.kernelTCP.isSet { notes.append("\(path).kernelTCP: cgroup v2 counts TCP buffers with memory") }
        if memory.swappiness != nil { notes.append("\(path).swappiness: not part of cgroup v2") }
        if memory.disableOOMKiller == true { notes.append("\(path).disableOOMKiller: not part of cgroup v2") }
    }

    private mutating func unifiedCPU(_ cpu: Spec.Linux.Resources.CPU) throws(SandboxError) {
        let path = "linux.resources.cpu"
        if cpu.realtimeRuntime.isSet || cpu.realtimePeriod.isSet {
            throw Self.onlyLegacy("\(path).realtimeRuntime", "use process.scheduler for a realtime policy")
        }
        try cpusets(cpu)
        if let idle = cpu.idle { add(.init("cpu", "cpu.idle", String(idle), asked: "\(path).idle")) }
        // An idle group has no weight: the kernel refuses to write one.
        if let shares = cpu.shares, shares > 0, cpu.idle != 1 {
            add(.init("cpu", "cpu.weight", String(cpuWeight(fromShares: shares)), asked: "\(path).shares"))
        }
        if let burst = cpu.burst {
            add(.init("cpu", "cpu.max.burst", String(burst), asked: "\(path).burst").reorderable())
        }
        if cpu.quota.isSet || cpu.period.isSet {
            let quota = try limitText(cpu.quota, "\(path).quota") ?? "max"
            add(
                .init(
                    "cpu", "cpu.max", "\(quota) \(cpu.period.isSet ? cpu.period ?? 0 : 100_000)",
                    asked: cpu.quota.isSet ? "\(path).quota" : "\(path).period"))
        }
    }

    private mutating func unifiedIO(_ io: Spec.Linux.Resources.BlockIO) throws(SandboxError) {
        let path = "linux.resources.blockIO"
        if let weight = io.weight, weight > 0 {
            try checkWeight(weight, "\(path).weight")
            // BFQ has version 1's scale; the other schedulers listen to io.weight.
            add(
                .init("io", "io.bfq.weight", String(weight), asked: "\(path).weight")
                    .or("io.weight", "default \(ioWeight(fromBlockIO: weight))"))
        }
        if io.leafWeight.isSet { notes.append("\(path).leafWeight: not part of cgroup v2") }
        for device in io.weightDevice ?? [] {
            guard let weight = device.weight, weight > 0 else { continue }
            try checkWeight(weight, "\(path).weightDevice")
            let name = "\(device.major):\(device.minor)"
            add(
                .init("io", "io.bfq.weight", "\(name) \(weight)", asked: "\(path).weightDevice")
                    .or("io.weight", "\(name) \(ioWeight(fromBlockIO: weight))"))
        }
        let limits = [
            ("rbps", io.throttleReadBpsDevice, "throttleReadBpsDevice"),
            ("wbps", io.throttleWriteBpsDevice, "throttleWriteBpsDevice"),
            ("riops", io.throttleReadIOPSDevice, "throttleReadIOPSDevice"),
            ("wiops", io.throttleWriteIOPSDevice, "throttleWriteIOPSDevice"),
        ]
        for (key, devices, name) in limits {
            for device in devices ?? [] {
                let rate = device.rate == 0 ? "max" : String(device.rate)
                add(
                    .init(
                        "io", "io.max", "\(device.major):\(device.minor) \(key)=\(rate)", asked: "\(path).\(name)"))
            }
        }
    }

    private static func onlyLegacy(_ path: String, _ remedy: String) -> SandboxError {
        SandboxError(.unsupported, "\(path): only cgroup v1 has it, and this host uses cgroup v2", remedy: remedy)
    }
}

// Both versions.
extension ResourcePlan {
    mutating func pids(_ limit: Int64) {
        // 0 is a limit, under which nothing can be started: the first process makes it 1, in effect the same.
        add(
            .init("pids", "pids.max", limit < 0 ? "max" : String(max(limit, 1)), asked: "linux.resources.pids.limit"))
    }

    mutating func cpusets(_ cpu: Spec.Linux.Resources.CPU) throws(SandboxError) {
        for (file, list, name) in [("cpuset.cpus", cpu.cpus, "cpus"), ("cpuset.mems", cpu.mems, "mems")] {
            guard let list, !list.isEmpty else { continue }
            _ = try parseList(list, "linux.resources.cpu.\(name)")
            add(.init("cpuset", file, list, asked: "linux.resources.cpu.\(name)"))
        }
    }

    mutating func hugepages(
        _ limits: [Spec.Linux.Resources.HugepageLimit], file: String
    ) throws(SandboxError) {
        for (index, limit) in limits.enumerated() {
            let path = "linux.resources.hugepageLimits[\(index)]"
            let unit = limit.pageSize.drop { $0.isASCII && $0.isNumber }
            guard ["KB", "MB", "GB"].contains(unit), unit.count < limit.pageSize.count else {
                throw SandboxError(.invalidInput, "\(path).pageSize: \"\(limit.pageSize)\" is not like 2MB")
            }
            let value = String(limit.limit)
            // Pages kept by mmap count as reserved before they are touched; kernels before 5.7 have no such file.
            add(
                .init("hugetlb", "hugetlb.\(limit.pageSize).rsvd.\(file)", value, asked: path).harmless())
            add(.init("hugetlb", "hugetlb.\(limit.pageSize).\(file)", value, asked: path))
        }
    }

    mutating func rdma(_ devices: [String: Spec.Linux.Resources.RDMA]) {
        for (name, limit) in devices.sorted(by: { $0.key < $1.key }) {
            let handles = limit.hcaHandles.map { " hca_handle=\($0)" } ?? ""
            let objects = limit.hcaObjects.map { " hca_object=\($0)" } ?? ""
            if handles.isEmpty && objects.isEmpty { continue }
            add(.init("rdma", "rdma.max", "\(name)\(handles)\(objects)", asked: "linux.resources.rdma[\"\(name)\"]"))
        }
    }

    func checkWeight(_ weight: UInt16, _ path: String) throws(SandboxError) {
        guard (10...1000).contains(weight) else {
            throw SandboxError(.invalidInput, "\(path): \(weight) is not between 10 and 1000")
        }
    }
}

extension ResourceWrite {
    /// A weight for all disks, where only the BFQ scheduler listens: it has 1 to 1000, and 100 in the middle as well.
    fileprivate func orForBFQ() -> ResourceWrite {
        guard let weight = UInt64(value.split(separator: " ").last ?? ""), !value.contains(":") else { return self }
        return or("io.bfq.weight", String(weight <= 100 ? weight : 100 + (min(weight, 10000) - 100) * 900 / 9900))
    }
}

/// The numbers of a list such as `0-3,7`, ascending (cpuset(7), List format). `.invalidInput` names `path`.
package func parseList(_ text: String, _ path: String) throws(SandboxError) -> [Int] {
    var numbers: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        let trimmed = ends.map { $0.filter { $0 != " " && $0 != "\n" } }
        guard (1...2).contains(trimmed.count), let first = Int(trimmed[0]), let last = Int(trimmed[trimmed.count - 1]),
            first >= 0, first <= last, last < 65536
        else { throw SandboxError(.invalidInput, "\(path): \"\(text)\" is not a list such as 0-3,7") }
        numbers.formUnion(first...last)
    }
    return numbers.sorted()
}
