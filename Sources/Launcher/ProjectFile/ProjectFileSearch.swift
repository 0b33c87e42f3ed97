import Diagnostics
import LinuxKernel

extension ProjectFile {
    /// The nearest `sandbox.toml` from `current` upwards; nil when there is none.
    ///
    /// Not looked for in the home itself, in `/` and in folders that many write to: a file there would decide about
    /// every project below.
    package static func find(current: String, home: String?, files: some HostFiles) -> String? {
        var folder = current
        while folder != "/", !SystemFolders.shared.contains(where: { Paths.same($0, folder) }),
            home.map({ !Paths.same($0, folder) }) ?? true
        {
            let path = Paths.join(folder, name)
            if files.kind(path) != nil { return path }
            folder = Paths.parent(folder)
        }
        return nil
    }

    /// The bytes of a project file: a plain file of the caller's, at most 1 MiB.
    package static func read(_ path: String) throws(SandboxError) -> [UInt8] {
        let file = try attempt("open \(path)") { () throws(Errno) in
            try openPath(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        }
        let status = try attempt("inspect \(path)") { () throws(Errno) in try fileStatus(at: file.raw) }
        guard status.isRegular else { throw SandboxError(.invalidInput, "\(path): not a plain file") }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SandboxError(
                .refused, "\(path) belongs to somebody else", remedy: "--no-config does without it")
        }
        return try attempt("read \(path)") { () throws(Errno) in try readAll(file.raw, limit: 1 << 20) }
    }
}

/// Which project files their reader has said yes to: a copy of each, outside of every sandbox's reach.
package struct TrustStore: Sendable {
    private let folder: String

    package init(state: String) { folder = state + "/trust" }

    private func place(_ path: String) -> String { folder + "/" + nameForPath(path) }

    /// The trusted text of the file at `path`; nil when there is none.
    package func text(of path: String) throws(SandboxError) -> [UInt8]? {
        let bytes: [UInt8]
        do { bytes = try readFile(place(path), limit: 2 << 20) } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw SandboxError(error, "read \(place(path))")
        }
        // The path is in it: two can have one name here.
        guard bytes.starts(with: Array(path.utf8) + [0]) else { return nil }
        return Array(bytes.dropFirst(path.utf8.count + 1))
    }

    /// Whether these very bytes are trusted.
    package func trusts(_ bytes: [UInt8], of path: String) throws(SandboxError) -> Bool {
        try text(of: path) == bytes
    }

    package func trust(_ bytes: [UInt8], of path: String) throws(SandboxError) {
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
