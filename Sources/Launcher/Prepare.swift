import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Launch {
    /// Makes the folders of `prepare` on the host as the caller. Done before the engine starts; those that exist stay
    /// as they are.
    package func prepareHost() throws(SandboxError) {
        for path in prepare {
            var folder = ""
            for name in Paths.components(path) {
                folder += "/" + name
                do { try makeDirectory(folder, mode: 0o700) } catch .fileExists {} catch {
                    // A parent that exists may refuse with another error first (a read-only or foreign folder).
                    if fileExists(folder) { continue }
                    throw SandboxError(error, "make \(folder)")
                }
            }
        }
    }

    /// Makes the placeholders that are missing, and holds a shared lock on their folders (flock(2)) as long as the
    /// returned value lives, so that no other run takes them away.
    ///
    /// Where the caller may not write, the command may not either: there nothing is held, and nothing mounted.
    package mutating func holdPlaces() throws(SandboxError) -> HeldPlaces {
        let own = try lockKept()
        // One lock for a folder: two of one process would keep each other from being raised in the end.
        var locks: NameTable<CInt> = [:]
        for file in placeholders {
            do throws(Errno) {
                let path = Paths.parent(file.path)
                if locks[path] == nil {
                    let folder = try openPath(path, O_RDONLY | O_DIRECTORY).release()
                    locks[path] = folder
                    try syscallRetrying(Int(SYS_flock), Int(folder), Int(LOCK_SH))
                }
                if let folder = locks[path] { try hold(file, in: folder) }
            } catch {
                guard [.readOnlyFileSystem, .permissionDenied, .notPermitted].contains(error) else {
                    let isFull = [Errno.noSpace, .diskQuotaExceeded].contains(error)
                    throw SandboxError(
                        error, "hold the place of \(file.path)",
                        remedy: isFull
                            ? "free some space on its disk: a file must stand there while the command runs, where git "
                                + "would read settings from" : nil)
                }
                spec.mounts?.removeAll { $0.source == file.path }
            }
        }
        return HeldPlaces(placeholders: placeholders, locks: locks, kept: own)
    }

    /// Makes the file with its whole text at once: another run that saw it without would take it for the project's own.
    /// Where the file system has no unnamed files (network file systems) it is seen without for a moment.
    private func hold(_ file: PlaceholderFile, in folder: CInt) throws(Errno) {
        let name = Paths.name(file.path)
        do throws(Errno) {
            if !file.text.isEmpty, try link(file.text, as: name, in: folder) { return }
            let made = try openPath(at: folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try writeAll(made.raw, file.text)
        } catch .fileExists {}
    }

    /// False where there are no unnamed files.
    private func link(_ text: String, as name: String, in folder: CInt) throws(Errno) -> Bool {
        do throws(Errno) {
            let made = try openPath(at: folder, ".", O_WRONLY | O_TMPFILE, mode: 0o644)
            try writeAll(made.raw, text)
            try linkDescriptor(made.raw, to: folder, Array(name.utf8CString))
            return true
        } catch {
            guard [.notSupported, .isDirectory, .noSuchFileOrDirectory].contains(error) else { throw error }
            return false
        }
    }

    /// An exclusive lock as long as this process lives: two overlays with one upper layer would tear it.
    private func lockKept() throws(SandboxError) -> CInt? {
        guard let kept else { return nil }
        do throws(Errno) {
            let folder = try openPath(kept.path, O_RDONLY | O_DIRECTORY)
            try lockFile(folder.raw, wait: false)
            return folder.release()
        } catch {
            guard error == .wouldBlock else { throw SandboxError(error, "lock \(kept.path)") }
            throw SandboxError(
                .wrongState, "\(kept.option): another sandbox is using it",
                remedy: "wait until that has ended, or take another name")
        }
    }

    /// The watched paths that exist now: the command has made them.
    package func appeared(files: some HostFiles) -> [String] { watch.filter { files.kind($0) != nil } }
}

/// Placeholders on the host while a command runs.
package struct HeldPlaces {
    let placeholders: [PlaceholderFile]
    /// By folder.
    let locks: NameTable<CInt>
    /// The lock on what `--keep` names.
    let kept: CInt?

    /// Takes the placeholders away, unless another run still needs them: a mount on a removed file would go with it.
    package func release() {
        for file in placeholders {
            guard let lock = locks[Paths.parent(file.path)] else { continue }
            // Whatever cannot be removed means nothing to git, and the next run takes it over.
            do throws(Errno) {
                try lockFile(lock, wait: false)
                if try readFile(file.path, limit: 64) == Array(file.text.utf8) { try remove(file.path) }
            } catch {}
        }
        for lock in locks { close(lock.value) }
        if let kept { close(kept) }
    }
}
