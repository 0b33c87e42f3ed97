import Diagnostics

extension SandboxError {
    /// The same error in the words of `sandbox run`: the spec's places of limits become the options they come from.
    func namingLimitOptions() -> SandboxError {
        var error = self
        error.message = namingOptions(message)
        error.context = context.map(namingOptions)
        return error
    }

    private func namingOptions(_ text: String) -> String {
        let place = "linux.resources."
        guard let start = text.firstRange(of: place) else { return text }
        let rest = text[start.upperBound...]
        for (name, option) in limitOptionNames where rest.hasPrefix(name) {
            return text[..<start.lowerBound] + option + rest.dropFirst(name.count)
        }
        guard rest.hasPrefix("unified[\""), let end = rest.firstRange(of: "\"]") else { return text }
        let file = rest[..<end.lowerBound].dropFirst("unified[\"".count)
        return text[..<start.lowerBound] + "--limit \(file)" + rest[end.upperBound...]
    }
}

private let limitOptionNames: [(String, String)] = [
    ("memory.limit", "--memory"), ("memory.swap", "--memory-swap"), ("cpu.quota", "--cpus"), ("cpu.period", "--cpus"),
    ("cpu.shares", "--cpu-weight"), ("unified[\"cpu.weight\"]", "--cpu-weight"), ("cpu.cpus", "--cpuset"),
    ("pids.limit", "--pids"), ("blockIO.weight", "--io-weight"), ("unified[\"io.weight\"]", "--io-weight"),
    ("blockIO.throttleReadBpsDevice", "--io-max rbps"), ("blockIO.throttleWriteBpsDevice", "--io-max wbps"),
    ("blockIO.throttleReadIOPSDevice", "--io-max riops"), ("blockIO.throttleWriteIOPSDevice", "--io-max wiops"),
]
