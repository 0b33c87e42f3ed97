import Cgroups
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The sandboxes that have names: the running ones in a folder of the runtime directory, which a reboot empties, and
/// the detached ones also in the state directory, with their journals, until they are removed.
package struct Registry: Sendable {
    /// `@` is no byte of a container's id, so the OCI runtime never takes the folder for one of its own.
    package let runtime: String
    package let archive: String

    package init(runtime: String, archive: String) {
        self.runtime = runtime
        self.archive = archive
    }

    /// - Parameter state: the state folder of this program (`$XDG_STATE_HOME/sandbox`).
    package static func standard(state: String, environment: (String) -> String?) -> Registry {
        Registry(runtime: runtimeFolder(environment) + "/@run", archive: state + "/sandboxes")
    }

    /// The OCI runtime's folder, but also without XDG_RUNTIME_DIR (after su, say) the one that the login made.
    private static func runtimeFolder(_ environment: (String) -> String?) -> String {
        let uid = geteuid()
        let plain = StateStore.defaultRoot(isRootless: uid != 0, environment: environment)
        guard uid != 0, plain.hasPrefix("/tmp/") else { return plain }
        let login = "/run/user/\(uid)"
        // A folder that is not there serves nobody.
        do { if try fileStatus(at: nil, login, follow: false).st_uid == uid { return login + "/sandbox" } } catch {}
        return plain
    }

    // MARK: Reading

    /// A sandbox by name, running or kept.
    package func entry(_ name: String) throws(SandboxError) -> RegistryEntry {
        try requireSandboxName(name)
        if let entry = try running(name) { return entry }
        let path = "\(archive)/\(name)"
        if let record = try record(in: path) { return RegistryEntry(record: record, folder: nil, archive: path) }
        throw SandboxError(.notFound, "no sandbox is named \"\(name)\"", remedy: "sandbox ps --all lists them")
    }

    /// Running ones only; what a killed supervisor has left is swept away on the way.
    package func running() throws(SandboxError) -> [RegistryEntry] {
        var entries: [RegistryEntry] = []
        for name in try names(in: runtime) {
            if let entry = try running(name) { entries.append(entry) }
        }
        return entries
    }

    /// Running and kept ones, sorted by name.
    package func all() throws(SandboxError) -> [RegistryEntry] {
        var entries = try running()
        for name in try names(in: archive) where !entries.contains(where: { $0.record.name == name }) {
            let path = "\(archive)/\(name)"
            if let record = try record(in: path) {
                entries.append(RegistryEntry(record: record, folder: nil, archive: path))
            }
        }
        return entries.sorted { $0.record.name < $1.record.name }
    }

    private func running(_ name: String) throws(SandboxError) -> RegistryEntry? {
        let path = "\(runtime)/\(name)"
        guard fileExists(path) else { return nil }
        if let record = try record(in: path), record.supervisor.isAlive {
            let kept = "\(archive)/\(name)"
            return RegistryEntry(record: record, folder: path, archive: fileExists(kept) ? kept : nil)
        }
        // Without its lock nobody is at work on it.
        if let left = try RegistryFolder.lock(name, path, wait: false) {
            // A record that cannot be read names no cgroup; the folder goes all the same.
            do { removeCgroup(try record(in: path)?.cgroup) } catch {}
            try left.remove()
        }
        return nil
    }

    /// That of a sandbox whose supervisor was killed: its processes have died with it.
    private func removeCgroup(_ json: JSON?) {
        guard let json else { return }
        // One that is gone, or busy for a moment still, is met again by whoever makes the next beside it.
        do {
            let cgroup = Cgroup(try CgroupRecord(decoding: json.encoded()))
            if cgroup.exists { try cgroup.remove() }
        } catch {}
    }

    private func record(in folder: String) throws(SandboxError) -> SandboxRecord? {
        let path = folder + "/sandbox.json"
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: 1 << 20) } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw SandboxError(error, "read \(path)")
        }
        return try within("read \(path)") { () throws(SandboxError) in
            let record = try SandboxRecord(decoding: bytes)
            guard record.version <= SandboxRecord.currentVersion else {
                throw SandboxError(.unsupported, "version \(record.version) was written by a newer sandbox")
            }
            return record
        }
    }

    private func names(in folder: String) throws(SandboxError) -> [String] {
        guard fileExists(folder) else { return [] }
        let names = try attempt("list \(folder)") { () throws(Errno) in
            try directoryEntries(of: openPath(folder, O_RDONLY | O_DIRECTORY))
        }
        return names.filter(isSandboxName).sorted()
    }

    // MARK: Taking names

    /// Takes a name for a new sandbox; its folder is empty, and locked as long as this process has it.
    package func claim(_ name: String) throws(SandboxError) -> RegistryFolder {
        try requireSandboxName(name)
        if fileExists("\(archive)/\(name)/sandbox.json"), try running(name) == nil {
            throw SandboxError(
                .alreadyExists, "a sandbox named \"\(name)\" has ended and is kept with its journal",
                remedy: "sandbox rm \(name), or choose another name")
        }
        try makePrivateFolder(runtime)
        let path = "\(runtime)/\(name)"
        // Whoever sweeps or lists holds a folder for a moment only.
        for _ in 0..<100 {
            do { try makeDirectory(path, mode: 0o700) } catch {
                if error != .fileExists { throw SandboxError(error, "make \(path)") }
            }
            if let folder = try RegistryFolder.lock(name, path, wait: false) {
                try folder.empty()
                return folder
            }
            if let record = try record(in: path), record.supervisor.isAlive { break }
            usleep(2000)
        }
        throw SandboxError(
            .alreadyExists, "a sandbox named \"\(name)\" is running",
            remedy: "sandbox stop \(name), or choose another name")
    }

    /// The folder that keeps a detached sandbox's record and journal.
    package func makeArchive(_ name: String) throws(SandboxError) -> String {
        let path = "\(archive)/\(name)"
        try makePrivateFolder(path)
        return path
    }

    /// Forgets an ended sandbox and its journal.
    package func forget(_ entry: RegistryEntry) throws(SandboxError) {
        guard let path = entry.archive else { return }
        try attempt("remove \(path)") { () throws(Errno) in
            for name in try directoryEntries(of: openPath(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {
                try remove("\(path)/\(name)")
            }
            try remove(path, directory: true)
        }
    }
}

/// A sandbox as the registry finds it.
package struct RegistryEntry: Equatable, Sendable {
    package var record: SandboxRecord
    /// Its folder in the runtime directory; nil when it does not run.
    package var folder: String?
    /// Its folder in the state directory, with the journal; only detached ones have one.
    package var archive: String?

    package init(record: SandboxRecord, folder: String?, archive: String?) {
        (self.record, self.folder, self.archive) = (record, folder, archive)
    }

    package var isRunning: Bool { folder != nil }
}
