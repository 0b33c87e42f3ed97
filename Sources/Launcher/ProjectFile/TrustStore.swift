import Diagnostics
import LinuxKernel

/// What of a project its reader says yes to: its file, and the profiles beside it.
package struct TrustedProject: Equatable, Sendable {
    package var file: [UInt8]
    /// By name: what a name of `profile` can stand for.
    package var profiles: [String: [UInt8]]

    package init(file: [UInt8], profiles: [String: [UInt8]] = [:]) {
        self.file = file
        self.profiles = profiles
    }

    /// Reads a project as it is now.
    package static func read(_ path: String) throws(SandboxError) -> TrustedProject {
        var project = TrustedProject(file: try ProjectFile.read(path))
        for name in ProjectFile.profileNames(beside: path) {
            project.profiles[name] = try ProjectFile.read(ProjectFile.profile(name, beside: path))
        }
        return project
    }

    /// No part has a NUL byte in it.
    fileprivate var encoded: [UInt8] {
        var bytes = file
        for (name, text) in profiles.sorted(by: { $0.key < $1.key }) { bytes += [0] + Array(name.utf8) + [0] + text }
        return bytes
    }

    fileprivate init(decoding bytes: ArraySlice<UInt8>) {
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        self.init(file: parts.first ?? [])
        for index in stride(from: 1, to: parts.count - 1, by: 2) {
            profiles[String(decoding: parts[index], as: UTF8.self)] = parts[index + 1]
        }
    }
}

extension ProjectFile {
    /// Where the profiles of a project are.
    package static func profileFolder(beside path: String) -> String { Paths.parent(path) + "/.sandbox/profiles" }

    package static func profile(_ name: String, beside path: String) -> String {
        "\(profileFolder(beside: path))/\(name).json"
    }

    /// The names of the project's profiles, sorted.
    package static func profileNames(beside path: String) -> [String] {
        visibleNames(in: profileFolder(beside: path), ending: ".json")
    }
}

/// Which projects their reader has said yes to: a copy of each, outside of every sandbox's reach.
package struct TrustStore: Sendable {
    private let folder: String

    package init(state: String) { folder = state + "/trust" }

    private func place(_ path: String) -> String { folder + "/" + nameForPath(path) }

    /// What is trusted of the project whose file is at `path`; nil when nothing is.
    package func project(_ path: String) throws(SandboxError) -> TrustedProject? {
        let bytes: [UInt8]
        do { bytes = try readFile(place(path), limit: Self.mostBytes + 4096) } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw SandboxError(error, "read \(place(path))")
        }
        // The path is in it: two can have one name here.
        guard bytes.starts(with: Array(path.utf8) + [0]) else { return nil }
        return TrustedProject(decoding: bytes.dropFirst(path.utf8.count + 1))
    }

    package func trust(_ project: TrustedProject, of path: String) throws(SandboxError) {
        let bytes = project.encoded
        if bytes.count > Self.mostBytes {
            throw SandboxError(.invalidInput, "\(path) and its profiles have \(bytes.count) bytes: too much to be read")
        }
        if bytes.filter({ $0 == 0 }).count != 2 * project.profiles.count {
            throw SandboxError(.invalidInput, "\(path) or a profile of its project has a NUL byte in it")
        }
        var made = ""
        for name in folder.split(separator: "/") {
            made += "/" + name
            do throws(Errno) { try makeDirectory(made, mode: 0o700) } catch {
                if error != .fileExists && !fileExists(made) { throw SandboxError(error, "make \(made)") }
            }
        }
        let place = place(path)
        try attempt("write \(place)") { () throws(Errno) in
            let temporary = place + ".\(getpid())"
            let file = try openPath(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try writeAll(file.raw, Array(path.utf8) + [0] + bytes)
            try rename(temporary, to: nil, place)
        }
    }

    private static let mostBytes = 4 << 20

    /// Whether there was anything to forget.
    package func forget(_ path: String) throws(SandboxError) -> Bool {
        do throws(Errno) {
            try remove(place(path))
            return true
        } catch {
            if error == .noSuchFileOrDirectory { return false }
            throw SandboxError(error, "remove \(place(path))")
        }
    }
}
