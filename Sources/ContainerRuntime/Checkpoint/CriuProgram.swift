import Cgroups
import Diagnostics
import LinuxKernel

/// The criu(8) of this host.
struct CriuProgram {
    let path: String

    /// `named` when it is given, else the first along PATH and in the folders where systems keep it.
    init(_ named: String?) throws(SandboxError) {
        let remedy = "install criu 4.1 or newer, or give its path with --criu"
        if let named, named.contains("/") {
            guard isAccessible(named, X_OK) else {
                throw SandboxError(.notFound, "--criu: \(named) cannot be executed", errno: ENOENT, remedy: remedy)
            }
            path = named
            return
        }
        let name = named ?? "criu"
        let listed = (environmentValue("PATH") ?? "").split(separator: ":").map(String.init)
        let folders = listed + ["/usr/sbin", "/usr/local/sbin", "/sbin"]
        guard let found = folders.map({ "\($0)/\(name)" }).first(where: { isAccessible($0, X_OK) }) else {
            throw SandboxError(
                .notFound, "exec: \"\(name)\": executable file not found in $PATH", errno: ENOENT, remedy: remedy)
        }
        path = found
    }

    /// Adds to criu's failure the last error of its log and where that is, and what may mend it.
    func explain(_ error: SandboxError, log: String) -> SandboxError {
        var error = error
        if let line = lastErrors(log) { error.message = "criu failed: \(line)" }
        var hints = fileExists(log) ? ["the whole log is \(log)"] : []
        if let version = version(), version.major < 4 || version == (4, 0) {
            hints.append("this is criu \(version.major).\(version.minor), 4.1 or newer is needed on newer kernels")
        }
        if !hints.isEmpty { error.remedy = ([error.remedy].compactMap { $0 } + hints).joined(separator: "; ") }
        return error
    }

    /// What `criu --version` says; nil when it says nothing of the kind.
    private func version() -> (major: Int, minor: Int)? {
        // Only for a hint: criu that does not even tell its version has failed already.
        guard let output = try? runProgram(path, ["--version"]) else { return nil }
        for line in String(decoding: output.bytes, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("Version: ") else { continue }
            let parts = line.dropFirst(9).split(separator: ".").map { Int($0) ?? 0 }
            return parts.count > 1 ? (parts[0], parts[1]) : nil
        }
        return nil
    }
}

/// The last two lines of criu's log that are errors and say what it is: others only say that something has failed.
///
/// criu's own answer has the first error, which may be one that it has got over.
private func lastErrors(_ path: String) -> String? {
    let text: String
    // Without a log there is nothing to add.
    do { text = String(decoding: try readFile(path, limit: 256 << 20), as: UTF8.self) } catch { return nil }
    let errors = text.split(separator: "\n").filter { $0.contains("Error (") }
    let telling = errors.filter { !$0.hasSuffix("FAILED.") && !$0.contains(": exited, ") }
    let lines = (telling.isEmpty ? errors : telling).suffix(2)
    return lines.isEmpty ? nil : lines.map(withoutPrefix).joined(separator: "; ")
}

/// Without the seconds and the process in front.
private func withoutPrefix(_ line: Substring) -> String {
    var rest = line
    while !rest.hasPrefix("Error (") { rest = rest.dropFirst() }
    return String(rest)
}
