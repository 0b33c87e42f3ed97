/// Absolute host and container paths as text.
///
/// All of it works on bytes: Swift's characters would join `/` with a combining mark after it, and its `==` takes
/// two names for one that the kernel keeps apart.
package enum Paths {
    private static let slash = UInt8(ascii: "/")

    /// The names a path consists of, without empty ones and `.`.
    package static func components(_ path: String) -> [String] {
        path.utf8.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "." }
    }

    /// An absolute path in its shortest form, `..` taken lexically and never above `/`.
    package static func normalized(_ path: String) -> String {
        var names: [String] = []
        for name in components(path) {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// `path` as an absolute path: `~` and `~/…` are in `home`, other relative paths in `folder`.
    package static func absolute(_ path: String, in folder: String, home: String) -> String {
        if path.utf8.first == slash { return normalized(path) }
        if path == "~" { return normalized(home) }
        if path.utf8.starts(with: "~/".utf8) { return normalized(home + "/" + path.dropFirst(2)) }
        return normalized(folder + "/" + path)
    }

    /// `name` within `folder`.
    package static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/" + name : folder + "/" + name
    }

    /// The folder a normalized path is in; `/` for itself.
    package static func parent(_ path: String) -> String {
        guard let index = path.utf8.lastIndex(of: slash), index != path.utf8.startIndex else { return "/" }
        return String(path[..<index])
    }

    /// The last name of a normalized path; empty for `/`.
    package static func name(_ path: String) -> String {
        guard let index = path.utf8.lastIndex(of: slash) else { return path }
        return String(path[path.utf8.index(after: index)...])
    }

    /// Byte for byte the same path.
    package static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    /// Whether a normalized path is `folder` or lies in it.
    package static func isInside(_ path: String, _ folder: String) -> Bool {
        if folder == "/" || same(path, folder) { return true }
        return path.utf8.starts(with: folder.utf8) && path.utf8.dropFirst(folder.utf8.count).first == slash
    }

    /// What leads from `folder` to `path`, without a slash in front; nil when it is not inside, empty when it is
    /// `folder`.
    package static func relative(_ path: String, to folder: String) -> String? {
        guard isInside(path, folder) else { return nil }
        let rest = folder == "/" ? path.utf8.dropFirst() : path.utf8.dropFirst(folder.utf8.count).drop { $0 == slash }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Parents before what is in them, names by their bytes; for normalized paths.
    package static func ordered(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8) { left, right in
            // A slash ends a name, and so comes before any byte that continues it.
            left != right && (left == slash || right != slash && left < right)
        }
    }
}
