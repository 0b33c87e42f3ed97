import ContainerRuntime
import RuntimeSpec

/// The limits of a launch in one line for people: `memory 512 MiB without swap, 1.5 processors, 200 processes`.
struct ResourcesText {
    private let resources: Spec.Linux.Resources

    init(_ resources: Spec.Linux.Resources) { self.resources = resources }

    var text: String {
        var parts: [String] = []
        if let memory = resources.memory, let limit = memory.limit {
            parts.append("memory \(sizeText(UInt64(limit)))" + swap(memory.swap, limit))
        }
        if let cpu = resources.cpu {
            if let quota = cpu.quota, let period = cpu.period {
                parts.append("\(processors(quota, period)) processors")
            }
            if let cpus = cpu.cpus { parts.append("on processors \(cpus)") }
            if let shares = cpu.shares { parts.append("\(shares) shares of the processors") }
        }
        if let limit = resources.pids?.limit { parts.append("\(limit) processes") }
        if let io = resources.blockIO { parts += disks(io) }
        parts += (resources.unified ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return parts.joined(separator: ", ")
    }

    private func swap(_ sum: Int64?, _ limit: Int64) -> String {
        switch sum {
        case nil: ""
        case -1: " and any swap"
        case limit: " without swap"
        case let sum?: " and \(sizeText(UInt64(max(0, sum - limit)))) of swap"
        }
    }

    /// `1.5`.
    private func processors(_ quota: Int64, _ period: UInt64) -> String {
        let thousandths = period == 0 ? 0 : UInt64(max(0, quota)) * 1000 / period
        var digits = "\(thousandths % 1000 + 1000)".dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(thousandths / 1000)" + (digits.isEmpty ? "" : ".\(digits)")
    }

    private func disks(_ io: Spec.Linux.Resources.BlockIO) -> [String] {
        let rates = [
            ("rbps", io.throttleReadBpsDevice), ("wbps", io.throttleWriteBpsDevice),
            ("riops", io.throttleReadIOPSDevice), ("wiops", io.throttleWriteIOPSDevice),
        ]
        return (io.weight.map { ["disk weight \($0)"] } ?? [])
            + rates.flatMap { key, entries in
                (entries ?? []).map { "disk \($0.major):\($0.minor) \(key)=\($0.rate)" }
            }
    }
}
