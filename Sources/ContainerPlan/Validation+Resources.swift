import Diagnostics
import RuntimeSpec

/// Refuses limits that no cgroup could have; also for the document of `update --resources`. `path` is what messages
/// start with; empty when the resources are the whole document.
package func validate(_ resources: Spec.Linux.Resources, at path: String) throws(SandboxError) {
    let prefix = path.isEmpty ? "" : path + "."
    for (index, rule) in (resources.devices ?? []).enumerated() {
        try validate(rule, "\(prefix)devices[\(index)]")
    }
    try validateMemory(resources.memory ?? Spec.Linux.Resources.Memory(), prefix + "memory")
    try validateNumberList(resources.cpu?.cpus ?? "", prefix + "cpu.cpus")
    try validateNumberList(resources.cpu?.mems ?? "", prefix + "cpu.mems")
    try validateRange(resources.cpu?.idle, 0...1, prefix + "cpu.idle")
    try validateBlockIO(resources.blockIO ?? Spec.Linux.Resources.BlockIO(), prefix + "blockIO")
    try validateHugepages(resources.hugepageLimits ?? [], prefix + "hugepageLimits")
    for (index, priority) in (resources.network?.priorities ?? []).enumerated() {
        try validatePath(priority.name, "\(prefix)network.priorities[\(index)].name", absolute: false)
    }
    for (name, device) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key })
    where device.hcaHandles == nil && device.hcaObjects == nil {
        throw invalid(JSONFailure.path(prefixSteps(path) + [.key("rdma"), .key(name)]), "needs a limit")
    }
    for (name, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
        let path = JSONFailure.path(prefixSteps(path) + [.key("unified"), .key(name)])
        let isFile = !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
        guard isFile, !name.utf8.contains(0) else { throw invalid(path, "no name of a cgroup file") }
        try validateText(value, path)
    }
}

private func prefixSteps(_ path: String) -> [JSONStep] { path.split(separator: ".").map { .key(String($0)) } }

private func validate(_ rule: Spec.Linux.Resources.DeviceRule, _ path: String) throws(SandboxError) {
    try validateRange(rule.major, -1...Int64(UInt32.max), path + ".major")
    try validateRange(rule.minor, -1...Int64(UInt32.max), path + ".minor")
    guard let access = rule.access else { return }
    // Further letters beside those that mean something are told and left out, as engines know it.
    guard access.isEmpty || access.contains(where: { "rwm".contains($0) }) else {
        throw invalid(path + ".access", "expected letters out of \"rwm\", found \(quoted(access))")
    }
}

/// `swap` is memory and swap together, so it cannot be the smaller one; 0 is how engines say that it is not set.
private func validateMemory(_ memory: Spec.Linux.Resources.Memory, _ path: String) throws(SandboxError) {
    try validateRange(memory.swappiness, 0...100, path + ".swappiness")
    let limits = [
        (memory.limit, "limit"), (memory.reservation, "reservation"), (memory.swap, "swap"),
        (memory.kernel, "kernel"), (memory.kernelTCP, "kernelTCP"),
    ]
    for (limit, name) in limits { try validateRange(limit, -1...Int64.max, "\(path).\(name)") }
    if let limit = memory.limit, let swap = memory.swap, limit > 0, swap > 0, swap < limit {
        throw invalid(path + ".swap", "\(swap) is less than the limit \(limit), which it includes")
    }
}

/// Weights are 10 to 1000; 0 is how engines say that one is not set.
private func validateBlockIO(_ blockIO: Spec.Linux.Resources.BlockIO, _ path: String) throws(SandboxError) {
    func weight(_ weight: UInt16?, _ path: @autoclosure () -> String) throws(SandboxError) {
        if weight != 0 { try validateRange(weight, 10...1000, path()) }
    }
    try weight(blockIO.weight, path + ".weight")
    try weight(blockIO.leafWeight, path + ".leafWeight")
    for (index, device) in (blockIO.weightDevice ?? []).enumerated() {
        let path = "\(path).weightDevice[\(index)]"
        try validateRange(device.major, 0...Int64(UInt32.max), path + ".major")
        try validateRange(device.minor, 0...Int64(UInt32.max), path + ".minor")
        try weight(device.weight, path + ".weight")
        try weight(device.leafWeight, path + ".leafWeight")
        if device.weight == nil && device.leafWeight == nil { throw invalid(path, "needs a weight or a leafWeight") }
    }
    let throttles = [
        (blockIO.throttleReadBpsDevice, "throttleReadBpsDevice"),
        (blockIO.throttleWriteBpsDevice, "throttleWriteBpsDevice"),
        (blockIO.throttleReadIOPSDevice, "throttleReadIOPSDevice"),
        (blockIO.throttleWriteIOPSDevice, "throttleWriteIOPSDevice"),
    ]
    for (devices, name) in throttles {
        for (index, device) in (devices ?? []).enumerated() {
            try validateRange(device.major, 0...Int64(UInt32.max), "\(path).\(name)[\(index)].major")
            try validateRange(device.minor, 0...Int64(UInt32.max), "\(path).\(name)[\(index)].minor")
        }
    }
}

/// Sizes are written as the kernel names its files, `hugetlb.2MB.max`.
private func validateHugepages(_ limits: [Spec.Linux.Resources.HugepageLimit], _ path: String) throws(SandboxError) {
    for (index, limit) in limits.enumerated() {
        let number = limit.pageSize.utf8.prefix(while: isDigit)
        let unit = limit.pageSize.utf8.dropFirst(number.count)
        let isSize = number.first.map { $0 != UInt8(ascii: "0") } ?? false
        guard isSize, ["KB", "MB", "GB"].contains(where: { unit.elementsEqual($0.utf8) }) else {
            throw invalid(
                "\(path)[\(index)].pageSize", "expected a size as \"2MB\", found \(quoted(limit.pageSize))")
        }
    }
}
