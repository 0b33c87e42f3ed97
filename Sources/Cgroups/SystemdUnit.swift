import Diagnostics
import RuntimeSpec

/// A transient unit to be started.
package struct SystemdUnit: Equatable, Sendable {
    /// `prefix-name.scope`.
    package var name: String
    /// The slice it is put under, `user.slice`.
    package var slice: String
    /// Whether the user's own manager is asked instead of the system's.
    package var user: Bool
    package var description: String
    /// The D-Bus addresses to try, in order.
    package var addresses: [String]
    /// From `org.systemd.property.*` annotations: unit properties in GVariant's text form.
    package var annotations: [String: String]
    /// The hierarchies systemd manages on this host or that are to follow it.
    package var host: CgroupHost
}

/// Decides a container's unit from `cgroupsPath` (`slice:prefix:name`) as runc does: without one, and with an empty
/// slice, it is below `system.slice`, or `user.slice` for an ordinary user.
func planUnit(_ request: CgroupRequest, host: CgroupHost) throws(SandboxError) -> SystemdUnit {
    let asked = request.path ?? ""
    var slice = host.rootless ? "user.slice" : "system.slice"
    var name = "sandbox-\(escapeUnitPart(request.containerID))"
    if !asked.isEmpty {
        let parts = asked.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[2].isEmpty else {
            throw SandboxError(
                .invalidInput, "linux.cgroupsPath: \"\(asked)\" is not of the form slice:prefix:name",
                remedy: "leave out --systemd-cgroup to use it as a path")
        }
        if !parts[0].isEmpty { slice = parts[0] }
        name = parts[1].isEmpty ? parts[2] : "\(parts[1])-\(parts[2])"
        if parts[2].hasSuffix(".slice") {
            throw SandboxError(
                .invalidInput, "linux.cgroupsPath: \"\(parts[2])\" is a slice, and a container is a scope")
        }
    }
    guard isSlice(slice) else {
        throw SandboxError(.invalidInput, "linux.cgroupsPath: \"\(slice)\" is not the name of a slice")
    }
    if !name.hasSuffix(".scope") { name += ".scope" }
    guard isUnitName(name) else {
        throw SandboxError(.invalidInput, "linux.cgroupsPath: \"\(name)\" is not a unit name")
    }
    return SystemdUnit(
        name: name, slice: slice, user: host.rootless,
        description: request.driver == .automatic
            ? "sandbox \(request.containerID)" : "sandbox container \(request.containerID)",
        addresses: host.rootless ? host.userBus : host.systemBus,
        annotations: request.annotations.filter { $0.key.hasPrefix(systemdAnnotation) }, host: host)
}

let systemdAnnotation = "org.systemd.property."

/// systemd.unit(5): letters, digits and `:-_.\@`, up to 255 bytes with the suffix.
func isUnitName(_ name: String) -> Bool {
    guard name.utf8.count <= 255, let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
    return name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ":-_.\\@".utf8.contains(byte)
        }
    }
}

/// systemd.slice(5): `-.slice`, or parts joined by single dashes, neither first nor last.
func isSlice(_ name: String) -> Bool {
    guard name.hasSuffix(".slice"), isUnitName(name), !name.contains("/") else { return false }
    let stem = name.dropLast(6)
    return stem == "-" || (!stem.hasPrefix("-") && !stem.hasSuffix("-") && !stem.contains("--"))
}

/// Writes what a unit name may not have as `\x2b`, as systemd-escape(1) does.
func escapeUnitPart(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        let character = Character(Unicode.Scalar(byte))
        if byte < 0x80, character.isLetter || character.isNumber || ":-_.".contains(character) {
            result.append(character)
        } else {
            let digits = String(byte, radix: 16)
            result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
    }
    return result
}
