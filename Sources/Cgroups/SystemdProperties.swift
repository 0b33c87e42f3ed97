import Diagnostics
import RuntimeSpec

/// A unit property as `StartTransientUnit` and `SetUnitProperties` take it.
package struct SystemdProperty: Equatable, Sendable {
    package var name: String
    package var value: DBusValue

    package init(_ name: String, _ value: DBusValue) {
        self.name = name
        self.value = value
    }

    var wire: DBusValue { .structure([.string(name), .variant(value)]) }
}

extension [SystemdProperty] {
    /// `a(sv)`.
    var wire: DBusValue { .array("(sv)", map(\.wire)) }
}

/// The properties a container's scope starts with; pure.
///
/// It is delegated, so that systemd leaves what is below it alone, counts everything, does not wait for basic.target,
/// and is forgotten even if it failed. Annotations come last: of two settings the later one counts.
package func scopeProperties(
    _ unit: SystemdUnit, pid: Int32, resources: Spec.Linux.Resources, unified: Bool
) throws(SandboxError) -> [SystemdProperty] {
    var properties: [SystemdProperty] = [
        .init("Description", .string(unit.description)),
        .init("Slice", .string(unit.slice)),
        .init("Delegate", .boolean(true)),
        .init("PIDs", .array("u", [.uint32(UInt32(bitPattern: pid))])),
        .init("DefaultDependencies", .boolean(false)),
        .init("CollectMode", .string("inactive-or-failed")),
        .init("CPUAccounting", .boolean(true)),
        .init("MemoryAccounting", .boolean(true)),
        .init("TasksAccounting", .boolean(true)),
        .init(unified ? "IOAccounting" : "BlockIOAccounting", .boolean(true)),
    ]
    properties += try resourceProperties(resources, unified: unified)
    for (key, text) in unit.annotations.sorted(by: { $0.key < $1.key }) {
        let added = try annotatedProperty(String(key.dropFirst(systemdAnnotation.utf8.count)), text, key)
        properties.removeAll { $0.name == added.name }
        properties.append(added)
    }
    return properties
}

/// A property from an annotation. As with systemd's unit files, `…Sec` is the D-Bus property `…USec` in seconds.
private func annotatedProperty(
    _ name: String, _ text: String, _ key: String
) throws(SandboxError) -> SystemdProperty {
    guard name.utf8.count >= 3, name.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isLetter }) else {
        throw SandboxError(.invalidInput, "annotations[\"\(key)\"]: \"\(name)\" is not the name of a unit property")
    }
    let value = try within("annotations[\"\(key)\"]") { () throws(SandboxError) in try parseGVariant(text) }
    guard name.hasSuffix("Sec"), name.dropLast(3).last?.isLowercase == true else { return .init(name, value) }
    let seconds: Double? =
        switch value {
        case .byte(let number): Double(number)
        case .int16(let number): Double(number)
        case .uint16(let number): Double(number)
        case .int32(let number): Double(number)
        case .uint32(let number): Double(number)
        case .int64(let number): Double(number)
        case .uint64(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    guard let seconds, seconds >= 0, seconds < 1e12 else {
        throw SandboxError(.invalidInput, "annotations[\"\(key)\"]: \"\(text)\" is not a number of seconds")
    }
    return .init("\(name.dropLast(3))USec", .uint64(UInt64(seconds * 1_000_000)))
}

/// The properties for a set of resources; what systemd has none for is only written to the kernel's files; pure.
package func resourceProperties(
    _ resources: Spec.Linux.Resources, unified: Bool
) throws(SandboxError) -> [SystemdProperty] {
    var properties: [SystemdProperty] = []
    func add(_ name: String, _ value: UInt64?) {
        if let value { properties.append(.init(name, .uint64(value))) }
    }
    /// -1 is infinity, 0 is unset.
    func bytes(_ value: Int64?) -> UInt64? { value.isSet ? value.map { $0 < 0 ? .max : UInt64($0) } : nil }

    if let memory = resources.memory {
        add(unified ? "MemoryMax" : "MemoryLimit", bytes(memory.limit))
        if unified {
            add("MemoryLow", bytes(memory.reservation))
            let swap = try swapLimit(sum: memory.swap, memory: memory.limit)
            add("MemorySwapMax", swap.map { $0 < 0 ? .max : UInt64($0) })
        }
    }
    if let cpu = resources.cpu {
        if let shares = cpu.shares, shares > 0, cpu.idle != 1 {
            add(unified ? "CPUWeight" : "CPUShares", unified ? cpuWeight(fromShares: shares) : shares)
        }
        properties += quotaProperties(quota: cpu.quota ?? 0, period: cpu.period ?? 0)
        if unified {
            if let cpus = cpu.cpus, !cpus.isEmpty {
                properties.append(.init("AllowedCPUs", try bits(cpus, "linux.resources.cpu.cpus")))
            }
            if let mems = cpu.mems, !mems.isEmpty {
                properties.append(.init("AllowedMemoryNodes", try bits(mems, "linux.resources.cpu.mems")))
            }
        }
    }
    if let limit = resources.pids?.limit { add("TasksMax", limit < 0 ? .max : UInt64(max(limit, 1))) }
    if let io = resources.blockIO { properties += ioProperties(io, unified: unified) }
    if unified {
        for (key, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            properties += try unifiedProperties(key, value)
        }
    }
    return properties
}

/// systemd counts in whole percents, so the quota is rounded up to one; the exact one is written to the file.
private func quotaProperties(quota: Int64, period: UInt64) -> [SystemdProperty] {
    var properties: [SystemdProperty] = []
    if period != 0 { properties.append(.init("CPUQuotaPeriodUSec", .uint64(period))) }
    if quota == 0 && period == 0 { return properties }
    var perSecond = UInt64.max
    if quota > 0 {
        let (product, overflow) = UInt64(quota).multipliedReportingOverflow(by: 1_000_000)
        let exact = overflow ? .max : product / (period == 0 ? 100_000 : period)
        perSecond = exact > .max - 10000 ? .max : (exact + 9999) / 10000 * 10000
    }
    return properties + [.init("CPUQuotaPerSecUSec", .uint64(perSecond))]
}

private func ioProperties(_ io: Spec.Linux.Resources.BlockIO, unified: Bool) -> [SystemdProperty] {
    var properties: [SystemdProperty] = []
    if let weight = io.weight, weight > 0 {
        properties.append(
            .init(
                unified ? "IOWeight" : "BlockIOWeight",
                .uint64(unified ? ioWeight(fromBlockIO: weight) : UInt64(weight))))
    }
    guard unified else { return properties }
    func add(_ name: String, _ devices: [(Int64, Int64, UInt64)]) {
        if devices.isEmpty { return }
        let pairs = devices.map {
            DBusValue.structure([.string("/dev/block/\($0.0):\($0.1)"), .uint64($0.2)])
        }
        properties.append(.init(name, .array("(st)", pairs)))
    }
    add(
        "IODeviceWeight",
        (io.weightDevice ?? []).filter { $0.weight.isSet }
            .map { ($0.major, $0.minor, ioWeight(fromBlockIO: $0.weight ?? 0)) })
    for (name, devices) in [
        ("IOReadBandwidthMax", io.throttleReadBpsDevice), ("IOWriteBandwidthMax", io.throttleWriteBpsDevice),
        ("IOReadIOPSMax", io.throttleReadIOPSDevice), ("IOWriteIOPSMax", io.throttleWriteIOPSDevice),
    ] {
        add(name, (devices ?? []).map { ($0.major, $0.minor, $0.rate == 0 ? .max : $0.rate) })
    }
    return properties
}

/// The property behind a file of `unified`, where systemd has one.
private func unifiedProperties(_ key: String, _ value: String) throws(SandboxError) -> [SystemdProperty] {
    let path = "linux.resources.unified[\"\(key)\"]"
    let limits = [
        "memory.min": "MemoryMin", "memory.low": "MemoryLow", "memory.high": "MemoryHigh", "memory.max": "MemoryMax",
        "memory.swap.max": "MemorySwapMax", "pids.max": "TasksMax", "cpu.weight": "CPUWeight",
    ]
    func number(_ text: some StringProtocol) throws(SandboxError) -> UInt64 {
        if text == "max" { return .max }
        guard let number = UInt64(text) else {
            throw SandboxError(.invalidInput, "\(path): \"\(value)\" is neither a number nor max")
        }
        return number
    }
    if let name = limits[key] { return [.init(name, .uint64(try number(value.filter { !$0.isWhitespace })))] }
    switch key {
    case "cpuset.cpus": return [.init("AllowedCPUs", try bits(value, path))]
    case "cpuset.mems": return [.init("AllowedMemoryNodes", try bits(value, path))]
    case "cpu.max":
        let words = value.split(whereSeparator: \.isWhitespace)
        guard (1...2).contains(words.count) else {
            throw SandboxError(.invalidInput, "\(path): \"\(value)\" is not a quota and a period")
        }
        let quota = try number(words[0])
        return quotaProperties(
            quota: quota == .max ? -1 : Int64(clamping: quota), period: words.count == 2 ? try number(words[1]) : 0)
    default: return []
    }
}

/// A list as systemd's bit mask: processor 0 is the lowest bit of the first byte.
private func bits(_ list: String, _ path: String) throws(SandboxError) -> DBusValue {
    let numbers = try parseList(list, path)
    var mask = [UInt8](repeating: 0, count: (numbers.last ?? 0) / 8 + 1)
    for number in numbers { mask[number / 8] |= 1 << UInt8(number % 8) }
    return .array("y", mask.map { .byte($0) })
}
