import Diagnostics
import LinuxKernel

extension ImageStore {
    /// What a removal did.
    package struct Removal: Equatable, Sendable {
        package var names: [String] = []
        package var images: [String] = []
        package var layers: [String] = []
        /// An import runs, so no layer was removed; a later prune does it.
        package var keepsLayers = false

        package init() {}
    }

    /// Takes a name away; an image without a name left goes with it, and the layers that no other image has.
    ///
    /// Given an id, all of the image's names go.
    package func remove(_ name: String) throws(SandboxError) -> Removal {
        try checkExists()
        var removal = Removal()
        try locked { () throws(SandboxError) in
            let id = try find(name)
            var names = try names()
            let own = names.filter { $0.value == id }.map(\.key)
            let isName = own.contains(name) || own.contains(name + ":latest")
            removal.names = isName ? own.filter { $0 == name || !own.contains(name) && $0 == name + ":latest" } : own
            if removal.names.count == own.count { try removeImage(id, &removal) }
            for name in removal.names { names[name] = nil }
            try write(names)
        }
        try removeLayers(&removal)
        return removal
    }

    /// Removes images without a name, layers without an image, and what killed imports have left.
    ///
    /// - Parameter all: also images with a name.
    package func prune(all: Bool) throws(SandboxError) -> Removal {
        try checkExists()
        var removal = Removal()
        try locked { () throws(SandboxError) in
            var names = try names()
            let named = Set(names.values)
            for id in try imageFolders() where all || !named.contains(id) {
                do throws(SandboxError) { try removeImage(id, &removal) } catch {
                    // An image in use stays; that is what prune is for.
                    if error.kind != .wrongState { throw error }
                }
            }
            for (name, id) in names where removal.images.contains(id) {
                names[name] = nil
                removal.names.append(name)
            }
            try write(names)
        }
        removal.names.sort()
        try removeLayers(&removal)
        return removal
    }

    private func checkExists() throws(SandboxError) {
        if !fileExists(path("layers")) {
            throw SandboxError(
                .notFound, "there are no images in \(folder)", remedy: "sandbox image import or pull brings some")
        }
    }

    /// Removes an image's folder, unless a sandbox uses it. The store is locked.
    private func removeImage(_ id: String, _ removal: inout Removal) throws(SandboxError) {
        let folder = imageFolder(id)
        do throws(Errno) {
            let lock = try openPath(folder, O_RDONLY | O_DIRECTORY)
            try lockFile(lock.raw, wait: false)
            // The record goes first: an image without one is none.
            for file in ["record.json", "config.json", "record.json.new", "config.json.new"] {
                do { try LinuxKernel.remove("\(folder)/\(file)") } catch {
                    if error != .noSuchFileOrDirectory { throw error }
                }
            }
            try LinuxKernel.remove(folder, directory: true)
        } catch {
            if error == .resourceTemporarilyUnavailable {
                throw SandboxError(
                    .wrongState, "image \(id.prefix(12)) is in use", remedy: "end the sandboxes that run it first")
            }
            throw SandboxError(error, "remove \(folder)")
        }
        removal.images.append(id)
    }

    /// Removes the layers that no image has. Each is moved away first, in one step, and then emptied.
    private func removeLayers(_ removal: inout Removal) throws(SandboxError) {
        let use = try attempt("lock \(folder)") { () throws(Errno) in
            try openPath(path("use"), O_RDWR | O_CREAT, mode: 0o600)
        }
        do throws(Errno) { try lockFile(use.raw, wait: false) } catch {
            removal.keepsLayers = true
            return
        }
        try locked { () throws(SandboxError) in
            var wanted: Set<String> = []
            for id in try images() { wanted.formUnion(try record(id).layers) }
            for layer in try layers() where !wanted.contains(layer) {
                try attempt("move layer \(layer.prefix(12)) away") { () throws(Errno) in
                    try rename(layerFolder(layer), to: nil, path("temp/removed-\(layer)"))
                }
                removal.layers.append(layer)
            }
        }
        _ = try sweep()
        _ = use.raw  // locked until here
    }

    package func layers() throws(SandboxError) -> [String] {
        try attempt("read \(path("layers"))") { () throws(Errno) in
            let folder = try openPath(path("layers"), O_RDONLY | O_DIRECTORY)
            return try directoryEntries(of: folder).filter { Digest(hex: $0) != nil }.sorted()
        }
    }

    /// Holds an image as long as the returned descriptor is open, so that nobody removes it.
    package func hold(_ id: String) throws(SandboxError) -> Descriptor {
        let folder = imageFolder(id)
        return try attempt("hold image \(id.prefix(12))") { () throws(Errno) in
            let lock = try openPath(folder, O_RDONLY | O_DIRECTORY)
            try shareFile(lock.raw, wait: false)
            return lock
        }
    }
}
