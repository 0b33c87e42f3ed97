import Diagnostics
import LinuxKernel

/// The locked folder of one running sandbox; the lock is let go when this process ends, however it ends.
package struct RegistryFolder: ~Copyable {
    package let name: String
    package let path: String
    let directory: Descriptor

    /// Locks the folder; nil when it does not exist, or when another process has it and `wait` is false.
    static func lock(_ name: String, _ path: String, wait: Bool) throws(SandboxError) -> RegistryFolder? {
        while true {
            let directory: Descriptor
            do { directory = try openPath(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch {
                if error == .noSuchFileOrDirectory { return nil }
                throw SandboxError(error, "open \(path)")
            }
            do { try lockFile(directory.raw, wait: wait) } catch {
                if error == .wouldBlock { return nil }
                throw SandboxError(error, "lock \(path)")
            }
            // While this process waited for the lock the folder may have been removed, and made anew.
            guard try isSame(directory.raw, path) else { continue }
            return RegistryFolder(name: name, path: path, directory: directory)
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

    package func replace(_ name: String, _ bytes: [UInt8]) throws(SandboxError) {
        try replaceFile(in: path, name, bytes)
    }

    package func write(_ record: SandboxRecord) throws(SandboxError) { try record.write(in: path) }

    /// Tells those who wait, through the file they have open; the folder may go right after.
    package func tellEnd(_ status: CInt) {
        // A waiter that learns no status says so.
        do {
            let file = try openPath(at: directory.raw, "exit", O_WRONLY)
            try writeAll(file.raw, "\(status)")
        } catch {}
    }

    func empty() throws(SandboxError) {
        try attempt("empty \(path)") { () throws(Errno) in
            for name in try directoryEntries(of: openPath(at: directory.raw, ".", O_RDONLY | O_DIRECTORY)) {
                try LinuxKernel.remove(at: directory.raw, name)
            }
        }
    }

    /// Removes the folder with all that is in it.
    package func remove() throws(SandboxError) {
        try empty()
        do { try LinuxKernel.remove(path, directory: true) } catch {
            if error != .noSuchFileOrDirectory { throw SandboxError(error, "remove \(path)") }
        }
    }
}

/// Writes a file in one step: readers see the old or the new one.
private func replaceFile(in folder: String, _ name: String, _ bytes: [UInt8]) throws(SandboxError) {
    try attempt("write \(folder)/\(name)") { () throws(Errno) in
        let temporary = "\(folder)/.\(name).new"
        let file = try openPath(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try writeAll(file.raw, bytes)
        try rename(temporary, to: nil, "\(folder)/\(name)")
    }
}

extension SandboxRecord {
    /// Writes the record into one of its folders.
    package func write(in folder: String) throws(SandboxError) {
        try replaceFile(in: folder, "sandbox.json", encoded())
    }
}

/// Makes a folder with its parents, all that are missing with mode 0700, and refuses one that others could change.
func makePrivateFolder(_ path: String) throws(SandboxError) {
    var folder = ""
    for part in path.split(separator: "/") {
        folder += "/" + part
        do { try makeDirectory(folder, mode: 0o700) } catch .fileExists {} catch {
            // A parent that exists may refuse with another error first (a read-only or foreign folder).
            if fileExists(folder) { continue }
            throw SandboxError(error, "make \(folder)")
        }
    }
    let status = try attempt("inspect \(path)") { () throws(Errno) in try fileStatus(at: nil, path, follow: false) }
    guard status.isDirectory, status.st_uid == geteuid() else {
        throw SandboxError(.refused, "\(path) is not this user's own folder", errno: EPERM)
    }
    guard status.st_mode & 0o022 == 0 else {
        throw SandboxError(
            .refused, "\(path) can be changed by other users", errno: EPERM, remedy: "chmod 700 \(path)")
    }
}

/// Names are files' names, and words that need no quoting: `[A-Za-z0-9][A-Za-z0-9_.+-]*`, at most 64 bytes.
package func requireSandboxName(_ name: String) throws(SandboxError) {
    guard isSandboxName(name) else {
        throw SandboxError(
            .invalidInput, "\"\(name)\" is no name for a sandbox", errno: EINVAL,
            remedy: "up to 64 letters, digits and . _ + -, a letter or digit first")
    }
}

func isSandboxName(_ name: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = name.utf8.first, isPlain(first), name.utf8.count <= 64 else { return false }
    return name.utf8.allSatisfy { isPlain($0) || "._+-".utf8.contains($0) }
}
