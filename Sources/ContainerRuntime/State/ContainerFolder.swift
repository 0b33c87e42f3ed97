import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The locked state folder of one container; the lock is let go when this value ends.
package struct ContainerFolder: ~Copyable {
    package let id: String
    package let path: String
    private let directory: Descriptor

    /// Locks the folder; nil when it does not exist, or when another process has it and `wait` is false.
    static func lock(_ id: String, _ path: String, wait: Bool) throws(SandboxError) -> ContainerFolder? {
        while true {
            let directory: Descriptor
            do { directory = try openPath(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch {
                if error == .noSuchFileOrDirectory { return nil }
                throw SandboxError(error, "open the state folder \(path)")
            }
            do { try lockFile(directory.raw, wait: wait) } catch {
                if error == .wouldBlock { return nil }
                throw SandboxError(error, "lock the state folder \(path)")
            }
            // While this process waited for the lock the folder may have been removed, and made anew.
            guard try isSame(directory.raw, path) else { continue }
            return ContainerFolder(id: id, path: path, directory: directory)
        }
    }

    private static func isSame(_ directory: CInt, _ path: String) throws(SandboxError) -> Bool {
        try attempt("inspect \(path)") { () throws(Errno) in
            let mine = try fileStatus(at: directory)
            guard mine.st_nlink > 0, fileExists(path) else { return false }
            let there = try fileStatus(at: nil, path, follow: false)
            return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
        }
    }

    /// As long as the folder is locked.
    var descriptor: CInt { directory.raw }
    package var gatePath: String { "\(path)/exec.fifo" }

    /// The record; `notFound` when there is none, which a create that was killed leaves.
    package func record() throws(SandboxError) -> ContainerRecord {
        var record = try Self.record(id, path)
        // This process has the lock that the creating one would hold.
        if record.status == .creating { record.status = .stopped }
        return record
    }

    static func record(_ id: String, _ path: String) throws(SandboxError) -> ContainerRecord {
        let bytes: [UInt8]
        do { bytes = try readFile("\(path)/state.json", limit: 1 << 20) } catch {
            if error == .noSuchFileOrDirectory {
                throw SandboxError(
                    .notFound, "container \(id) does not exist: its create was never finished", errno: ENOENT,
                    remedy: "remove what is left with: delete --force \(id)")
            }
            throw SandboxError(error, "read \(path)/state.json")
        }
        let hint = "remove the container with: delete --force \(id)"
        do throws(SandboxError) {
            let record = try ContainerRecord(decoding: bytes)
            guard record.version <= ContainerRecord.currentVersion else {
                throw SandboxError(
                    .unsupported,
                    "version \(record.version) of the state file is newer than this program's \(ContainerRecord.currentVersion)"
                )
            }
            return record
        } catch {
            throw error.within("read \(path)/state.json").hinting(hint)
        }
    }

    /// Writes the record in one step: readers see the old or the new one.
    package func write(_ record: ContainerRecord) throws(SandboxError) {
        try replace("state.json", record.encoded())
    }

    package func replace(_ name: String, _ bytes: [UInt8]) throws(SandboxError) {
        try attempt("write \(path)/\(name)") { () throws(Errno) in
            let temporary = ".\(name).new"
            let file = try openPath(at: directory.raw, temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try writeAll(file.raw, bytes)
            try rename(at: directory.raw, temporary, to: directory.raw, name)
        }
    }

    package func read(_ name: String) throws(SandboxError) -> [UInt8] {
        try attempt("read \(path)/\(name)") { () throws(Errno) in try readFile(at: directory.raw, name) }
    }

    package func makeGate() throws(SandboxError) {
        try attempt("make the start gate \(gatePath)") { () throws(Errno) in
            try makeNode(at: directory.raw, "exec.fifo", mode: S_IFIFO | 0o622)
        }
    }

    /// Removes the folder with all that is in it.
    package func remove() throws(SandboxError) {
        try attempt("remove the state folder \(path)") { () throws(Errno) in
            for name in try directoryEntries(of: openPath(at: directory.raw, ".", O_RDONLY | O_DIRECTORY)) {
                try removeEntry(directory.raw, name)
            }
            try LinuxKernel.remove(path, directory: true)
        }
    }
}

extension ContainerFolder {
    /// Makes a folder below, empty or new, and returns its path.
    func makeFolder(_ name: String) throws(SandboxError) -> String {
        do { try makeDirectory(at: directory.raw, name, mode: 0o755) } catch {
            if error != .fileExists { throw SandboxError(error, "make \(path)/\(name)") }
        }
        return "\(path)/\(name)"
    }

    /// Removes what `makeFolder` has made; one that is gone or in use is met again by `remove`.
    func removeFolder(_ name: String) {
        do { try LinuxKernel.remove(at: directory.raw, name, directory: true) } catch {}
    }
}

/// Removes a file, or a folder with the files in it; nothing of ours lies deeper.
private func removeEntry(_ directory: CInt, _ name: String) throws(Errno) {
    do { try LinuxKernel.remove(at: directory, name) } catch {
        guard error == .isDirectory else { throw error }
        for inner in try directoryEntries(of: openPath(at: directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {
            try LinuxKernel.remove(at: directory, "\(name)/\(inner)")
        }
        try LinuxKernel.remove(at: directory, name, directory: true)
    }
}

extension ContainerRecord {
    /// What is true now: a container whose process has ended, or whose number another process has, is stopped.
    package var currentStatus: ContainerState.Status {
        if status == .creating { return .creating }
        if pid == 0 { return .stopped }
        guard let process = processStatus(pid), process.startTime == startTime else { return .stopped }
        if process.letter == "Z" || process.letter == "X" { return .stopped }
        return status
    }

    /// The state as the specification has it; pid is 0 when stopped.
    package var state: ContainerState {
        let status = currentStatus
        return ContainerState(
            ociVersion: ociVersion, id: id, status: status, pid: status == .stopped ? 0 : pid, bundle: bundle,
            annotations: annotations)
    }
}
