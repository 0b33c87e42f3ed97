import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The images of one user, below one folder:
///
///     names.json            names to images
///     images/ID/            record.json, config.json; a shared lock on it says that the image is in use
///     layers/SUM/           fs (the tree), layer.json; shared by all images that hold the layer
///     temp/                 what is being made or removed; locked by whoever does it, swept when nobody does
///     lock, use             locks: for changes of what is above, and (shared) for as long as an import runs
///
/// A layer's tree has its whiteouts and opaque marks in the form that overlays read, and its files belong to the ids of
/// the maps that `idmap` holds. All of it is closed to other users, so that setuid programs are out of their reach.
package struct ImageStore {
    package let folder: String
    package let worker: StoreWorker

    /// - Parameter folder: absolute; made when something is stored.
    package init(folder: String, worker: StoreWorker) {
        self.folder = folder
        self.worker = worker
    }

    /// This machine's architecture, as images name it.
    package static var hostArchitecture: String { ImageConfig.hostArchitecture }

    func path(_ part: String) -> String { "\(folder)/\(part)" }
    func layerFolder(_ digest: String) -> String { path("layers/\(digest)") }
    func imageFolder(_ id: String) -> String { path("images/\(id)") }
    package func tree(of layer: String) -> String { layerFolder(layer) + "/fs" }

    /// Makes the folders that are missing, closed to others.
    func make() throws(SandboxError) {
        var part = ""
        for name in folder.split(separator: "/") {
            part += "/" + name
            try makePrivate(part)
        }
        for name in ["images", "layers", "temp"] { try makePrivate(path(name)) }
        try locked { () throws(SandboxError) in try checkMaps() }
    }

    private func makePrivate(_ path: String) throws(SandboxError) {
        do throws(Errno) { try makeDirectory(path, mode: 0o700) } catch {
            if fileExists(path) { return }
            throw SandboxError(error, "make \(path)")
        }
    }

    /// Refuses layers that were unpacked with other ids than these.
    package func checkMapsForUse() throws(SandboxError) { try checkMaps() }

    /// Layers belong to the ids they were unpacked with; under other maps they would be other people's.
    private func checkMaps() throws(SandboxError) {
        let file = path("idmap")
        do throws(Errno) {
            let text = try readText(file)
            if text == worker.mapText { return }
        } catch {
            guard error == .noSuchFileOrDirectory else { throw SandboxError(error, "read \(file)") }
            return try replace(file, Array(worker.mapText.utf8))
        }
        throw SandboxError(
            .wrongState, "\(folder) was filled with other ids than are granted now (subuid(5), subgid(5))",
            remedy: "grant the former ones again, or let another folder hold images: XDG_DATA_HOME=DIR sandbox image …")
    }

    /// Writes a file beside its place and moves it there, so that it is the old one or the new one whatever happens.
    func replace(_ path: String, _ bytes: [UInt8]) throws(SandboxError) {
        try attempt("write \(path)") { () throws(Errno) in
            let temporary = path + ".new"
            do {
                let file = try openPath(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
                try writeAll(file.raw, bytes)
                try syscallRetrying(Int(SYS_fdatasync), Int(file.raw))
            }
            try rename(temporary, to: nil, path)
        }
    }

    /// Runs `body` as the only one who changes the store.
    func locked<Value: ~Copyable>(_ body: () throws(SandboxError) -> Value) throws(SandboxError) -> Value {
        let lock = try attempt("lock \(folder)") { () throws(Errno) in
            let file = try openPath(path("lock"), O_RDWR | O_CREAT, mode: 0o600)
            try lockFile(file.raw)
            return file
        }
        let value = try body()
        _ = lock.raw  // held until here
        return value
    }
}

extension ImageStore {
    /// Names and the ids of their images.
    package func names() throws(SandboxError) -> [String: String] {
        let file = path("names.json")
        let bytes: [UInt8]
        do throws(Errno) { bytes = try readFile(file) } catch {
            if error == .noSuchFileOrDirectory { return [:] }
            throw SandboxError(error, "read \(file)")
        }
        return try within(file) { () throws(SandboxError) in
            do throws(JSONFailure) { return try [String: String](json: JSON(parsingText: bytes)) } catch {
                throw error.located()
            }
        }
    }

    func write(_ names: [String: String]) throws(SandboxError) {
        try replace(path("names.json"), names.json.encodedPretty())
    }

    /// The ids of all images.
    package func images() throws(SandboxError) -> [String] {
        try imageFolders().filter { fileExists(imageFolder($0) + "/record.json") }
    }

    /// As `images`, and what a killed import or removal has left of some.
    func imageFolders() throws(SandboxError) -> [String] {
        do throws(Errno) {
            let folder = try openPath(path("images"), O_RDONLY | O_DIRECTORY)
            return try directoryEntries(of: folder).filter { Digest(hex: $0) != nil }.sorted()
        } catch {
            if error == .noSuchFileOrDirectory { return [] }
            throw SandboxError(error, "read \(path("images"))")
        }
    }

    package func record(_ id: String) throws(SandboxError) -> ImageRecord {
        let file = imageFolder(id) + "/record.json"
        let bytes = try attempt("read \(file)") { () throws(Errno) in try readFile(file) }
        return try within(file) { () throws(SandboxError) in try ImageRecord(decoding: bytes) }
    }

    /// The image's configuration as it came.
    package func configuration(_ id: String) throws(SandboxError) -> [UInt8] {
        let file = imageFolder(id) + "/config.json"
        return try attempt("read \(file)") { () throws(Errno) in try readFile(file) }
    }

    /// The id that a name stands for: the name itself, the name with `:latest`, or at least four digits of the id.
    package func find(_ name: String) throws(SandboxError) -> String {
        let names = try names()
        if let id = names[name] ?? names[name + ":latest"] { return id }
        let prefix = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
        let found = prefix.utf8.count >= 4 ? try images().filter { $0.hasPrefix(prefix) } : []
        if found.count == 1 { return found[0] }
        if found.count > 1 {
            throw SandboxError(
                .invalidInput, "\"\(name)\": \(found.count) images' ids begin so", remedy: "give more digits")
        }
        throw SandboxError(
            .notFound, "no image \"\(name)\"",
            remedy: "sandbox image list shows what is there; sandbox image import or pull brings more")
    }
}

extension JSON {
    /// A document whose syntax errors come without a place: for the store's own files.
    init(parsingText bytes: [UInt8]) throws(JSONFailure) {
        do throws(SandboxError) { self = try JSON(parsing: bytes) } catch { throw JSONFailure(error.message) }
    }
}
