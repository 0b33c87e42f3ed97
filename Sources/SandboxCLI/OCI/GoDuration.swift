import Diagnostics

/// A length of time as Go writes it, which engines and scripts give to `--interval`: `5s`, `100ms`, `1m30s`, `1.5h`.
///
/// - Throws: `invalidInput` that names the flag.
func goDuration(_ text: String, flag: String) throws(SandboxError) -> Duration {
    let failure = SandboxError(
        .invalidInput, "--\(flag): \"\(text)\" is no length of time", remedy: "write it as 500ms, 5s or 1m30s")
    var rest = Substring(text)
    var total = 0.0
    guard !rest.isEmpty else { throw failure }
    while !rest.isEmpty {
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
        rest = rest.dropFirst(unit.count)
        guard let value = Double(number), let seconds = unitSeconds[String(unit)] else { throw failure }
        total += value * seconds
    }
    // More than a century is no interval, and would not fit where it goes.
    guard total.isFinite, total < 3.2e9 else { throw failure }
    return .milliseconds(Int64((total * 1000).rounded(.up)))
}

private let unitSeconds: [String: Double] = [
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
]
