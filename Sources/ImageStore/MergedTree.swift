import Diagnostics
import LinuxKernel
import OverlayModel

/// Layers seen as one tree, for looking up single files; used where each layer's files can be read.
struct MergedTree {
    /// Descriptors of the layers' folders, topmost first.
    let layers: [CInt]

    /// A small file as text, links followed inside the tree; empty when it is not there.
    func text(_ path: String) throws(SandboxError) -> String {
        do throws(Errno) {
            guard let file = try open(path) else { return "" }
            return String(decoding: try readAll(file.raw, limit: 4 << 20), as: UTF8.self)
        } catch { throw SandboxError(error, "read the image's /\(path)") }
    }

    private func open(_ path: String) throws(Errno) -> Descriptor? {
        var rest = Array(path.split(separator: "/").map(String.init).reversed())
        var place: [String] = []
        for _ in 0..<256 {
            guard let name = rest.popLast() else { return nil }
            if name == "." || name.isEmpty { continue }
            if name == ".." {
                _ = place.popLast()
                continue
            }
            guard let (layer, status) = try look(place + [name]) else { return nil }
            let full = (place + [name]).joined(separator: "/")
            if status.isSymbolicLink {
                let target = try self.target(layers[layer], full)
                if target.hasPrefix("/") { place = [] }
                rest += target.split(separator: "/").map(String.init).reversed()
            } else if rest.isEmpty {
                return status.isRegular
                    ? try openEntry(at: layers[layer], path: full, O_RDONLY, resolve: [.beneath, .noSymlinks]) : nil
            } else {
                place.append(name)
            }
        }
        throw .tooManySymbolicLinkLevels
    }

    /// The topmost layer that has a path without links in it; nil when none has or one hides it.
    private func look(_ names: [String]) throws(Errno) -> (layer: Int, status: stat)? {
        for (index, layer) in layers.enumerated() {
            var hides = false
            for count in 1...names.count {
                let part = names.prefix(count).joined(separator: "/")
                guard let status = try status(layer, part) else { break }
                if status.isCharacterDevice && status.st_rdev == 0 { return nil }
                if count == names.count { return (index, status) }
                if !status.isDirectory { return nil }
                hides = hides || isOpaque(layer, part)
            }
            if hides { return nil }
        }
        return nil
    }

    private func status(_ layer: CInt, _ path: String) throws(Errno) -> stat? {
        do {
            let file = try openEntry(at: layer, path: path, O_PATH | O_NOFOLLOW, resolve: .beneath)
            return try descriptorStatus(file.raw)
        } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            throw error
        }
    }

    private func isOpaque(_ layer: CInt, _ path: String) -> Bool {
        do throws(Errno) {
            let folder = try openEntry(at: layer, path: path, O_RDONLY | O_DIRECTORY, resolve: .beneath)
            return try getAttribute(of: folder.raw, "user.overlay.opaque") == [UInt8(ascii: "y")]
        } catch { return false }  // no mark
    }

    private func target(_ layer: CInt, _ path: String) throws(Errno) -> String {
        let link = try openEntry(at: layer, path: path, O_PATH | O_NOFOLLOW, resolve: .beneath)
        return String(decoding: try readLink(at: link.raw, ""), as: UTF8.self)
    }
}
