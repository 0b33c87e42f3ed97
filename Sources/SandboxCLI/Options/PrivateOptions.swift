import Diagnostics
import Launcher

/// The options of `sandbox run` about what of the caller's own goes in: variables, secrets, the git identity.
package struct PrivateOptions: Equatable, Sendable {
    package var envFile: [String] = []
    package var secret: [String] = []
    package var git = false

    package init() {}

    mutating func visit(_ options: inout OptionVisitor) {
        options.values(
            "--env-file", &envFile, "file",
            "Set the variables of a file: NAME=VALUE or NAME a line, # for comments; may be repeated. --env wins.")
        options.values(
            "--secret", &secret, "name=file",
            "Show a copy of the file as /run/secrets/NAME: in memory only, readable by the command alone; may be repeated."
        )
        options.flag("--git", &git, "Let git know your name and address, and trust the project: no credentials.")
    }

    func add(
        to launch: inout LaunchSpec, absolute: (_ path: String, _ option: String) throws(SandboxError) -> String
    ) throws(SandboxError) {
        for path in envFile { launch.environmentFiles.append(try absolute(path, "--env-file")) }
        for value in secret {
            let parts = value.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 2, isPlainName(parts[0]) else {
                throw SandboxError(
                    .invalidInput, "--secret \"\(value)\": not NAME=FILE",
                    remedy: "a name of letters, digits, _ . and -: --secret token=~/token")
            }
            if launch.secretFiles.contains(where: { $0.name == parts[0] }) {
                throw SandboxError(.invalidInput, "--secret \(parts[0]): given twice")
            }
            launch.secretFiles.append(
                LaunchSpec.SecretFile(name: parts[0], path: try absolute(parts[1], "--secret")))
        }
        launch.git = git
    }

    private func isPlainName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "_.-".utf8.contains(byte)
            }
    }
}
