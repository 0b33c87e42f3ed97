import Diagnostics
import LinuxKernel

extension LaunchSpec {
    /// A file of the host that is shown as `/run/secrets/NAME`.
    package struct SecretFile: Equatable, Sendable {
        package var name: String
        package var path: String

        package init(name: String, path: String) {
            self.name = name
            self.path = path
        }

        /// Where all of them are.
        package static let folder = "/run/secrets"
    }
}

/// A secret that has been read: it is written into the sandbox's memory, and nowhere else.
package struct SecretCopy: Equatable, Sendable {
    package var name: String
    package var bytes: [UInt8]
}

extension LaunchSpec {
    /// Reads the secrets with the caller's rights.
    package func readSecrets() throws(SandboxError) -> [SecretCopy] {
        var copies: [SecretCopy] = []
        for file in secretFiles {
            do {
                copies.append(SecretCopy(name: file.name, bytes: try read(file.path)))
            } catch {
                let remedy = error == .fileTooLarge ? "a secret has at most 1 MiB" : nil
                throw SandboxError(error, "--secret \(file.name): read \(file.path)", remedy: remedy)
            }
        }
        return copies
    }

    /// An open descriptor is read itself: opened anew, a pipe of another user would refuse.
    private func read(_ path: String) throws(Errno) -> [UInt8] {
        let limit = 1 << 20
        if path == "/dev/stdin" { return try readAll(0, limit: limit) }
        if path.hasPrefix("/dev/fd/"), let number = CInt(path.dropFirst("/dev/fd/".count)), number >= 0 {
            return try readAll(number, limit: limit)
        }
        return try readFile(path, limit: limit)
    }
}
