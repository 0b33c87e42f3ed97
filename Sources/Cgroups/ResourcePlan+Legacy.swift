import Diagnostics
import RuntimeSpec

extension ResourcePlan {
    /// The writes for cgroup version 1 (kernel's cgroup-v1/*.rst), which the spec's values are made for; pure.
    ///
    /// `unified`, which it has no files for, is left to `make`.
    package static func legacy(_ resources: Spec.Linux.Resources) throws(SandboxError) -> ResourcePlan {
        var plan = ResourcePlan()
        if let memory = resources.memory { try plan.legacyMemory(memory) }
        if let cpu = resources.cpu { try plan.legacyCPU(cpu) }
        if let limit = resources.pids?.limit { plan.pids(limit) }
        if let blockIO = resources.blockIO { try plan.legacyIO(blockIO) }
        try plan.hugepages(resources.hugepageLimits ?? [], file: "limit_in_bytes")
        plan.rdma(resources.rdma ?? [:])
        if let classID = resources.network?.classID, classID != 0 {
            plan.add(
                .init("net_cls", "net_cls.classid", String(classID), asked: "linux.resources.network.classID"))
        }
        for (index, entry) in (resources.network?.priorities ?? []).enumerated() {
            plan.add(
                .init(
                    "net_prio", "net_prio.ifpriomap", "\(entry.name) \(entry.priority)",
                    asked: "linux.resources.network.priorities[\(index)]"))
        }
        return plan
    }

    private mutating func legacyMemory(_ memory: Spec.Linux.Resources.Memory) throws(SandboxError) {
        let path = "linux.resources.memory"
        _ = try swapLimit(sum: memory.swap, memory: memory.limit)
        var sum = memory.swap
        // What lifts the limit of memory lifts that of the sum, which cannot be below.
        if memory.limit == -1 && !sum.isSet { sum = -1 }
        if let limit = memory.limit, limit != 0 {
            guard limit >= -1 else { throw SandboxError(.invalidInput, "\(path).limit: \(limit) is negative") }
            let write = ResourceWrite("memory", "memory.limit_in_bytes", String(limit), asked: "\(path).limit")
            add(sum.isSet ? write.reorderable() : write)
            if memory.checkBeforeUpdate == true && limit > 0 { checkMemoryBelow = limit }
        }
        if let sum, sum != 0 {
            add(
                .init("memory", "memory.memsw.limit_in_bytes", String(sum), asked: "\(path).swap")
                    .harmless(sum == -1))
        }
        if let reservation = memory.reservation, reservation != 0 {
            add(
                .init("memory", "memory.soft_limit_in_bytes", String(reservation), asked: "\(path).reservation"))
        }
        if let tcp = memory.kernelTCP, tcp != 0 {
            add(.init("memory", "memory.kmem.tcp.limit_in_bytes", String(tcp), asked: "\(path).kernelTCP"))
        }
        if let swappiness = memory.swappiness {
            guard swappiness <= 100 else {
                throw SandboxError(.invalidInput, "\(path).swappiness: \(swappiness) is not between 0 and 100")
            }
            add(.init("memory", "memory.swappiness", String(swappiness), asked: "\(path).swappiness"))
        }
        if let disabled = memory.disableOOMKiller, disabled {
            add(.init("memory", "memory.oom_control", "1", asked: "\(path).disableOOMKiller"))
        }
        if memory.kernel.isSet { notes.append("\(path).kernel: kernels no longer limit kernel memory by itself") }
    }

    private mutating func legacyCPU(_ cpu: Spec.Linux.Resources.CPU) throws(SandboxError) {
        let path = "linux.resources.cpu"
        try cpusets(cpu)
        if let period = cpu.realtimePeriod, period != 0 {
            add(.init("cpu", "cpu.rt_period_us", String(period), asked: "\(path).realtimePeriod").reorderable())
        }
        if let runtime = cpu.realtimeRuntime, runtime != 0 {
            add(.init("cpu", "cpu.rt_runtime_us", String(runtime), asked: "\(path).realtimeRuntime"))
        }
        if let idle = cpu.idle { add(.init("cpu", "cpu.idle", String(idle), asked: "\(path).idle")) }
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            add(.init("cpu", "cpu.shares", String(shares), asked: "\(path).shares"))
        }
        if let burst = cpu.burst {
            add(.init("cpu", "cpu.cfs_burst_us", String(burst), asked: "\(path).burst").reorderable())
        }
        if let period = cpu.period, period != 0 {
            let write = ResourceWrite("cpu", "cpu.cfs_period_us", String(period), asked: "\(path).period")
            add(cpu.quota.isSet ? write.reorderable() : write)
        }
        if let quota = cpu.quota, quota != 0 {
            guard quota >= -1 else { throw SandboxError(.invalidInput, "\(path).quota: \(quota) is negative") }
            add(.init("cpu", "cpu.cfs_quota_us", String(quota), asked: "\(path).quota"))
        }
    }

    private mutating func legacyIO(_ io: Spec.Linux.Resources.BlockIO) throws(SandboxError) {
        let path = "linux.resources.blockIO"
        for (weight, file, name) in [
            (io.weight, "weight", "weight"), (io.leafWeight, "leaf_weight", "leafWeight"),
        ] {
            guard let weight, weight > 0 else { continue }
            try checkWeight(weight, "\(path).\(name)")
            add(
                .init("blkio", "blkio.\(file)", String(weight), asked: "\(path).\(name)")
                    .or("blkio.bfq.\(file)", String(weight)))
        }
        for device in io.weightDevice ?? [] {
            let name = "\(device.major):\(device.minor)"
            for (weight, file) in [(device.weight, "weight_device"), (device.leafWeight, "leaf_weight_device")] {
                guard let weight, weight > 0 else { continue }
                try checkWeight(weight, "\(path).weightDevice")
                add(
                    .init("blkio", "blkio.\(file)", "\(name) \(weight)", asked: "\(path).weightDevice")
                        .or("blkio.bfq.\(file)", "\(name) \(weight)"))
            }
        }
        let limits = [
            ("read_bps_device", io.throttleReadBpsDevice, "throttleReadBpsDevice"),
            ("write_bps_device", io.throttleWriteBpsDevice, "throttleWriteBpsDevice"),
            ("read_iops_device", io.throttleReadIOPSDevice, "throttleReadIOPSDevice"),
            ("write_iops_device", io.throttleWriteIOPSDevice, "throttleWriteIOPSDevice"),
        ]
        for (file, devices, name) in limits {
            for device in devices ?? [] {
                add(
                    .init(
                        "blkio", "blkio.throttle.\(file)", "\(device.major):\(device.minor) \(device.rate)",
                        asked: "\(path).\(name)"))
            }
        }
    }
}
