import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A folder below the store's `temp`, locked by whoever works in it.
final class TemporaryFolder {
    let path: String
    private let store: ImageStore
    private let lock: CInt

    /// Makes a new one. The store is locked meanwhile, so that no sweep finds it before it is locked itself.
    init(store: ImageStore) throws(SandboxError) {
        self.store = store
        var made: (path: String, lock: CInt)?
        var count = 0
        try store.locked { () throws(SandboxError) in
            made = try attempt("make a folder in \(store.path("temp"))") { () throws(Errno) in
                var path: String
                repeat {
                    count += 1
                    path = store.path("temp/\(getpid())-\(monotonicMilliseconds())-\(count)")
                } while fileExists(path)
                try makeDirectory(path, mode: 0o700)
                let folder = try openPath(path, O_RDONLY | O_DIRECTORY)
                try lockFile(folder.raw, wait: false)
                return (path, folder.release())
            }
        }
        guard let made else { throw SandboxError(.system, "no folder was made in \(store.path("temp"))") }
        path = made.path
        lock = made.lock
    }

    /// Removes it with all that is left in it; what cannot be removed now is swept later.
    func remove() {
        do throws(SandboxError) { try store.removeTemporary(String(path.split(separator: "/").last ?? "")) } catch {}
        Glibc.close(lock)
    }
}

extension ImageStore {
    /// Lets `body` work in a folder of the store's, which is removed with all that is in it.
    package func withTemporaryFolder<Value>(
        _ body: (String) throws(SandboxError) -> Value
    ) throws(SandboxError) -> Value {
        try make()
        let folder = try TemporaryFolder(store: self)
        do {
            let value = try body(folder.path)
            folder.remove()
            return value
        } catch {
            folder.remove()
            throw error
        }
    }

    /// Removes a folder with everything in it, whichever of the store's ids it belongs to.
    package func removeFolder(_ path: String) throws(SandboxError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let name = parts.last, name != ".", name != ".." else { return }
        let parent = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
        try removeTree(String(name), below: parent)
    }

    /// Removes a folder of `temp` in a worker, since its files have many owners.
    func removeTemporary(_ name: String) throws(SandboxError) {
        try removeTree(name, below: path("temp"))
    }

    private func removeTree(_ name: String, below folder: String) throws(SandboxError) {
        let temp = try attempt("open \(folder)") { () throws(Errno) in
            try openPath(folder, O_RDONLY | O_DIRECTORY)
        }
        let worker = try worker.start(in: temp.raw, keeping: []) { (_) throws(SandboxError) in
            try attempt("remove \"\(name)\"") { () throws(Errno) in
                let root = try openPath("/", O_RDONLY | O_DIRECTORY)
                try emptyAndRemove(at: root.raw, name)
            }
            return .null
        }
        _ = try worker.finish()
    }

    /// Removes what killed imports and removals have left; how many there were.
    package func sweep() throws(SandboxError) -> Int {
        let names: [String]
        do throws(Errno) {
            let folder = try openPath(path("temp"), O_RDONLY | O_DIRECTORY)
            names = try directoryEntries(of: folder)
        } catch {
            if error == .noSuchFileOrDirectory { return 0 }
            throw SandboxError(error, "read \(path("temp"))")
        }
        var count = 0
        for name in names {
            let free: Descriptor? = try locked { () throws(SandboxError) in
                do throws(Errno) {
                    let folder = try openPath(path("temp/\(name)"), O_RDONLY | O_DIRECTORY)
                    try lockFile(folder.raw, wait: false)
                    return folder
                } catch { return nil }  // somebody works in it, or has just removed it
            }
            guard let free else { continue }
            try removeTemporary(name)
            _ = free.raw  // locked until here
            count += 1
        }
        return count
    }
}
