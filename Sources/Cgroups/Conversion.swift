import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Version 2's `cpu.weight` (1…10000, usually 100) for version 1's `cpu.shares` (2…262144, usually 1024); 0 is unset.
///
/// A quadratic in log2 that maps lowest, usual and highest to each other, as runc and crun do since 2025; the straight
/// line used before gave 1024 shares a weight of 39 and so took a container two thirds of its share.
package func cpuWeight(fromShares shares: UInt64) -> UInt64 {
    if shares == 0 { return 0 }
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10000 }
    let bits = log2(Double(shares))
    return UInt64(pow(10, (bits * bits + 125 * bits) / 612 - 7.0 / 34).rounded(.up))
}

/// Version 2's `io.weight` (1…10000) for version 1's blkio weight (10…1000); 0 is unset.
package func ioWeight(fromBlockIO weight: UInt16) -> UInt64 {
    weight == 0 ? 0 : 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990
}

/// Version 2's `memory.swap.max` (swap alone) for the spec's `memory.swap` (memory and swap together).
///
/// nil: leave it. -1: no limit. `.invalidInput` for a sum below the memory limit, or without one.
package func swapLimit(sum: Int64?, memory: Int64?) throws(SandboxError) -> Int64? {
    let sum = sum ?? 0
    let memory = memory ?? 0
    if sum == 0 { return memory == -1 ? -1 : nil }
    if sum == -1 { return -1 }
    let path = "linux.resources.memory.swap"
    if sum < 0 { throw SandboxError(.invalidInput, "\(path): \(sum) is neither -1 nor a number of bytes") }
    if memory <= 0 {
        throw SandboxError(
            .invalidInput, "\(path): memory and swap together cannot be limited without linux.resources.memory.limit",
            remedy: "limit memory too, or give -1 for unlimited swap")
    }
    if sum < memory {
        throw SandboxError(
            .invalidInput, "\(path): memory and swap together (\(sum)) are less than the memory limit (\(memory))",
            remedy: "give the sum of both")
    }
    return sum - memory
}

/// A number as version 2's files take it: -1 is `max`. nil and 0 are unset.
func limitText(_ value: Int64?, _ path: String) throws(SandboxError) -> String? {
    guard let value, value != 0 else { return nil }
    if value == -1 { return "max" }
    if value < 0 { throw SandboxError(.invalidInput, "\(path): \(value) is neither -1 nor a positive number") }
    return String(value)
}

extension Spec.Linux.Resources {
    /// Whether anything but device rules is asked for.
    package var hasLimits: Bool {
        memory?.hasLimits ?? false || cpu?.hasLimits ?? false || pids?.limit != nil || blockIO?.hasLimits ?? false
            || !(hugepageLimits ?? []).isEmpty || (network?.classID).isSet || !(network?.priorities ?? []).isEmpty
            || !(rdma ?? [:]).isEmpty || !(unified ?? [:]).isEmpty
    }
}

extension Spec.Linux.Resources.Memory {
    /// -1 counts: an engine that lifts a limit expects the file to be written. Kernel memory does not.
    var hasLimits: Bool {
        limit.isSet || reservation.isSet || swap.isSet || kernelTCP.isSet || swappiness != nil
            || disableOOMKiller == true
    }
}

extension Spec.Linux.Resources.CPU {
    var hasLimits: Bool {
        shares.isSet || quota.isSet || period.isSet || burst != nil || realtimeRuntime.isSet || realtimePeriod.isSet
            || !(cpus ?? "").isEmpty || !(mems ?? "").isEmpty || idle != nil
    }
}

extension Spec.Linux.Resources.BlockIO {
    var hasLimits: Bool {
        weight.isSet || leafWeight.isSet || !(weightDevice ?? []).isEmpty || !(throttleReadBpsDevice ?? []).isEmpty
            || !(throttleWriteBpsDevice ?? []).isEmpty || !(throttleReadIOPSDevice ?? []).isEmpty
            || !(throttleWriteIOPSDevice ?? []).isEmpty
    }
}

extension Optional where Wrapped: FixedWidthInteger {
    /// Engines written in Go send 0 for "not set".
    var isSet: Bool { (self ?? 0) != 0 }
}
