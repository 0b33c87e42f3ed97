import Diagnostics

/// A file of variables for a command, as container engines read them: `NAME=VALUE` a line, taken as it stands; `NAME`
/// alone passes the caller's; blank lines and those that begin with `#` say nothing.
package struct EnvironmentFile: Equatable, Sendable {
    package var variables: [LaunchSpec.Variable] = []

    /// - Parameter path: for messages.
    package init(_ text: String, path: String) throws(SandboxError) {
        for (index, line) in lines(text).enumerated() {
            var line = Array(line.utf8)
            if line.last == 13 { line.removeLast() }
            let start = line.drop { $0 == 32 || $0 == 9 }
            guard let first = start.first, first != UInt8(ascii: "#") else { continue }
            let parts = start.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self)
            guard !name.isEmpty, !name.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
                throw SandboxError(
                    .invalidInput, "--env-file \"\(path)\": line \(index + 1): \"\(name)\" is not a variable's name",
                    remedy: "NAME=VALUE, without export and without spaces around =")
            }
            variables.append(
                parts.count == 2
                    ? .set(name: name, value: String(decoding: parts[1], as: UTF8.self)) : .pass(name: name))
        }
    }
}
