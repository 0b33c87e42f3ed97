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
