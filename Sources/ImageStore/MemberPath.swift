import Diagnostics

/// A member's name as the names of the folders around it and its own, and what the name means in a layer.
struct MemberPath {
    enum Meaning: Equatable {
        case member
        /// `.wh.NAME`: the layers below show no NAME here.
        case whiteout
        /// `.wh..wh..opq`: the layers below show nothing of the folder.
        case opaque
        /// Other names of aufs' own.
        case ignored
    }

    /// The enclosing folder's path from the root, zero-terminated; "." for the root itself.
    var folder: [CChar]
    /// Zero-terminated; of a whiteout, what it hides. Empty for the root itself.
    var name: [CChar]
    var meaning = Meaning.member

    private static let whiteout = Array(".wh.".utf8)

    /// - Throws: for names that lead out of the tree or that no file system has.
    init(_ path: [UInt8]) throws(SandboxError) {
        let names = path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
        for name in names {
            if name == [0x2E, 0x2E] {
                throw SandboxError(.refused, "\"\(shown(path))\": a name with .. leads out of the tree")
            }
            if name.count > 255 {
                throw SandboxError(.invalidInput, "\"\(shown(name.prefix(40)))…\": a name of more than 255 bytes")
            }
        }
        if names.dropLast().contains(where: { $0.starts(with: MemberPath.whiteout) }) {
            throw SandboxError(.invalidInput, "\"\(shown(path))\": a whiteout is no folder")
        }
        let parents = Array(names.dropLast().joined(separator: [UInt8(ascii: "/")]))
        folder = parents.isEmpty ? [0x2E, 0] : parents.map { CChar(bitPattern: $0) } + [0]
        if folder.count > 4095 - 256 {
            throw SandboxError(.invalidInput, "\"\(shown(path.prefix(60)))…\": a path of more than 4095 bytes")
        }
        name = []
        if let last = names.last { try setName(last, path) }
    }

    private mutating func setName(_ last: ArraySlice<UInt8>, _ path: [UInt8]) throws(SandboxError) {
        var own = last
        if last.starts(with: MemberPath.whiteout) {
            own = last.dropFirst(4)
            if own.starts(with: MemberPath.whiteout) {
                meaning = own.elementsEqual(Array(".wh..opq".utf8)) ? .opaque : .ignored
            } else {
                meaning = .whiteout
                if own.isEmpty || own == [0x2E] || own == [0x2E, 0x2E] {
                    throw SandboxError(.invalidInput, "\"\(shown(path))\": a whiteout of nothing")
                }
            }
        }
        name = own.map { CChar(bitPattern: $0) } + [0]
    }
}
