import Diagnostics
import LinuxKernel
import OverlayModel
import OverlayServer

/// Values of the overlay's options; every error names the option.
extension OverlayArguments {
    func needed(_ name: String, _ value: String?) throws(SandboxError) -> String {
        guard let value, !value.isEmpty else { throw SandboxError(.invalidInput, "\(name)= needs a value") }
        return value
    }

    func number(_ name: String, _ value: String?) throws(SandboxError) -> Double {
        guard let value, let number = Double(value), number >= 0, number < 1e9 else {
            throw SandboxError(.invalidInput, "\(name)= needs a number, not \"\(value ?? "")\"")
        }
        return number
    }

    func identifier(_ name: String, _ value: String?) throws(SandboxError) -> UInt32 {
        guard let value, let number = UInt32(value), number != .max else {
            throw SandboxError(.invalidInput, "\(name)= needs an id, not \"\(value ?? "")\"")
        }
        return number
    }

    func owners(_ name: String, _ value: String?) throws(SandboxError) -> OwnerMap {
        let text = try needed(name, value)
        guard let map = OwnerMap(text) else {
            throw SandboxError(
                .invalidInput, "\(name)=\(text): not a map",
                remedy: "ids on disk, ids shown and their count: 100000:0:65536")
        }
        return map
    }

    func pattern(_ name: String, _ value: String?) throws(SandboxError) -> PathPattern {
        let text = try unescaped(needed(name, value), only: ",:")
        guard let pattern = PathPattern(text) else {
            throw SandboxError(
                .invalidInput, "\(name)=\(text): not a pattern of a path",
                remedy: "a name (*.pem) or a path (/etc/**/*.key)")
        }
        return pattern
    }

    /// A log is appended to and open for as long as the process runs.
    func log(_ name: String, _ value: String?) throws(SandboxError) -> CInt {
        let path = unescaped(try needed(name, value))
        return try attempt("open \(name) \"\(path)\"") { () throws(Errno) in
            try openPath(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600).release()
        }
    }
}

/// Reads `BYTES[,INODES]` or `BYTES:INODES`; bytes with a suffix as of other sizes.
func overlayQuota(_ text: String) throws(SandboxError) -> OverlayOptions.Quota {
    let parts = text.split(whereSeparator: { $0 == "," || $0 == ":" }).map(String.init)
    guard (1...2).contains(parts.count), let bytes = size(parts[0]) else { throw quotaError(text) }
    guard parts.count == 2 else { return OverlayOptions.Quota(bytes: bytes) }
    guard let inodes = UInt64(parts[1]) else { throw quotaError(text) }
    return OverlayOptions.Quota(bytes: bytes, inodes: inodes)
}

private func quotaError(_ text: String) -> SandboxError {
    SandboxError(
        .invalidInput, "quota \"\(text)\": not BYTES or BYTES:INODES", remedy: "for example 500m, or 2g:100000")
}

/// A number of bytes with k, m, g or t for powers of 1024.
private func size(_ text: String) -> UInt64? {
    let units: [Character: UInt64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    guard let last = text.last, let unit = units[Character(last.lowercased())] else { return UInt64(text) }
    guard let number = UInt64(text.dropLast()) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : bytes
}

/// Takes the backslashes away that protected the character after them; with `only`, those before these characters.
func unescaped(_ text: String, only protected: String? = nil) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
        if isEscaped {
            if let protected, !protected.contains(character) { result.append("\\") }
            result.append(character)
            isEscaped = false
        } else if character == "\\" {
            isEscaped = true
        } else {
            result.append(character)
        }
    }
    if isEscaped { result.append("\\") }
    return result
}
