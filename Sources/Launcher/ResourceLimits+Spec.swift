import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The number of a block device.
package struct DeviceNumber: Equatable, Sendable {
    package var major: UInt32
    package var minor: UInt32

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }
}

/// What turning limits into the spec's resources needs of the host.
package struct LimitFacts: Equatable, Sendable {
    /// Whether cgroup v2 has the controllers.
    package var isUnified: Bool
    /// Whether the kernel counts swap (cgroup v1 may not).
    package var countsSwap = true
    /// The whole disk that a path of `--io-max` is on; nil for none that can be limited.
    package var disks: [String: DeviceNumber] = [:]

    package init(isUnified: Bool) { self.isUnified = isUnified }
}

extension ResourceLimits {
    /// The spec's `linux.resources`; nil when nothing is limited. Pure.
    package func resources(_ facts: LimitFacts) throws(SandboxError) -> Spec.Linux.Resources? {
        if isEmpty { return nil }
        var resources = Spec.Linux.Resources()
        resources.memory = try memory(facts)
        resources.cpu = cpu(facts)
        if let limit = pids?.value { resources.pids = .init(limit: Int64(limit)) }
        if let ioWeight, !facts.isUnified {
            // Version 1 has 10 to 1000, and 100 in the middle as well.
            let weight = ioWeight <= 100 ? max(10, ioWeight) : 100 + (ioWeight - 100) * 900 / 9900
            resources.blockIO = .init(weight: UInt16(weight))
        }
        if !diskRates.isEmpty { try addRates(to: &resources, facts) }
        resources.unified = unified(facts)
        return resources
    }

    /// Values that go to the kernel's files as they are. A weight does on version 2, since the spec has version 1's
    /// scales only.
    private func unified(_ facts: LimitFacts) -> [String: String]? {
        var all: [String: String] = [:]
        if facts.isUnified {
            if let cpuWeight { all["cpu.weight"] = String(cpuWeight) }
            if let ioWeight { all["io.weight"] = "default \(ioWeight)" }
        }
        all.merge(files) { _, file in file }
        return all.isEmpty ? nil : all
    }

    private func memory(_ facts: LimitFacts) throws(SandboxError) -> Spec.Linux.Resources.Memory? {
        guard let limit = memoryBytes?.value else {
            if memoryAndSwapBytes?.value == nil { return nil }
            throw SandboxError(
                .invalidInput, "--memory-swap: is the sum of memory and swap, and memory is not limited",
                remedy: "give --memory too")
        }
        var memory = Spec.Linux.Resources.Memory(limit: Int64(limit))
        switch memoryAndSwapBytes {
        case .unlimited: memory.swap = -1
        case .at(let sum):
            guard sum >= limit else {
                throw SandboxError(
                    .invalidInput,
                    "--memory-swap \(sum): is the sum of memory and swap, and less than --memory \(limit)",
                    remedy: "give the sum of both")
            }
            memory.swap = Int64(sum)
        case nil: if facts.countsSwap { memory.swap = Int64(limit) }
        }
        return memory
    }

    private func cpu(_ facts: LimitFacts) -> Spec.Linux.Resources.CPU? {
        var cpu = Spec.Linux.Resources.CPU(cpus: cpuset)
        if let share = cpuThousandths?.value {
            cpu.period = 100_000
            cpu.quota = Int64(share * 100)
        }
        if !facts.isUnified { cpu.shares = cpuWeight.map(Self.shares) }
        return cpu.quota == nil && cpu.cpus == nil && cpu.shares == nil ? nil : cpu
    }

    /// Version 1's `shares` (2…262144, usually 1024) for a weight: lowest, usual and highest are mapped to each other
    /// by the curve that containers' engines use, read backwards.
    static func shares(forWeight weight: UInt64) -> UInt64 {
        // log10(weight) = (bits² + 125·bits) / 612 - 7/34, bits being log2(shares).
        let right = 612 * (log10(Double(weight)) + 7.0 / 34)
        let bits = ((125 * 125 + 4 * right).squareRoot() - 125) / 2
        return min(262_144, max(2, UInt64(exp2(bits).rounded())))
    }

    private func addRates(to resources: inout Spec.Linux.Resources, _ facts: LimitFacts) throws(SandboxError) {
        var io = resources.blockIO ?? Spec.Linux.Resources.BlockIO()
        for rates in diskRates {
            guard let disk = facts.disks[rates.path] else {
                throw SandboxError(
                    .invalidInput, "--io-max \"\(rates.path)\": is on no disk that can be limited",
                    remedy: "name the disk itself, such as /dev/sda: lsblk lists them")
            }
            func add(_ rate: UInt64?, to entries: inout [Spec.Linux.Resources.ThrottleDevice]?) {
                guard let rate else { return }
                entries = (entries ?? []) + [.init(major: Int64(disk.major), minor: Int64(disk.minor), rate: rate)]
            }
            add(rates.readBytesPerSecond, to: &io.throttleReadBpsDevice)
            add(rates.writeBytesPerSecond, to: &io.throttleWriteBpsDevice)
            add(rates.readsPerSecond, to: &io.throttleReadIOPSDevice)
            add(rates.writesPerSecond, to: &io.throttleWriteIOPSDevice)
        }
        resources.blockIO = io
    }
}
