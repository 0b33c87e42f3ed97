import Diagnostics

/// A number of bytes as engines and scripts write it: `52428800`, `50M`, `1.5g`, `64 MiB`; units are powers of 1024, and
/// -1 stands for no limit.
///
/// - Throws: `invalidInput` that names the flag.
func byteCount(_ text: String, flag: String) throws(SandboxError) -> Int64 {
    let failure = SandboxError(
        .invalidInput, "--\(flag): \"\(text)\" is no number of bytes",
        remedy: "write it as 52428800, 50M or 1.5G; -1 is no limit")
    if let number = Int64(text) {
        guard number >= -1 else { throw failure }
        return number
    }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let value = Double(digits), let factor = unitFactor(text.dropFirst(digits.count)) else { throw failure }
    let bytes = value * factor
    guard let whole = Int64(exactly: bytes.rounded(.down)) else { throw failure }
    return whole
}

/// One of k, m, g, t and p, with or without `b` or `ib` behind it; nothing and `b` alone are bytes.
private func unitFactor(_ text: Substring) -> Double? {
    var unit = text.lowercased()[...]
    if unit.hasPrefix(" ") { unit = unit.dropFirst() }
    if unit.hasSuffix("b") { unit = unit.dropLast() }
    guard let letter = unit.first else { return 1 }
    if unit.dropFirst() == "i" { unit = unit.dropLast() }
    guard unit.count == 1 else { return nil }
    switch letter {
    case "k": return 1024
    case "m": return 1024 * 1024
    case "g": return 1024 * 1024 * 1024
    case "t": return 1024 * 1024 * 1024 * 1024
    case "p": return 1024 * 1024 * 1024 * 1024 * 1024
    default: return nil
    }
}
