/// A path from a tree's root, as the bytes that the kernel keeps: names need not be text. The root itself is empty.
package struct TreePath: Hashable, Sendable {
    /// Names joined by slashes, none in front.
    package let bytes: [UInt8]

    package static let root = TreePath(bytes: [])
    private static let slash = UInt8(ascii: "/")

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// `a/./b/` as `a/b`; nil for absolute paths and such that leave the tree.
    package init?(relative text: String) {
        guard text.utf8.first != TreePath.slash, !text.utf8.contains(0) else { return nil }
        var names: [[UInt8]] = []
        for name in text.utf8.split(separator: TreePath.slash) where !name.elementsEqual([0x2e]) {
            if name.elementsEqual([0x2e, 0x2e]) {
                if names.popLast() == nil { return nil }
            } else {
                names.append(Array(name))
            }
        }
        bytes = Array(names.joined(separator: [TreePath.slash]))
    }

    package var isRoot: Bool { bytes.isEmpty }

    package func appending(_ name: some Sequence<UInt8>) -> TreePath {
        TreePath(bytes: isRoot ? Array(name) : bytes + [TreePath.slash] + name)
    }

    package var parent: TreePath {
        guard let index = bytes.lastIndex(of: TreePath.slash) else { return .root }
        return TreePath(bytes: Array(bytes[..<index]))
    }

    package var name: ArraySlice<UInt8> {
        guard let index = bytes.lastIndex(of: TreePath.slash) else { return bytes[...] }
        return bytes[(index + 1)...]
    }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: TreePath.slash) }

    /// Whether it is `folder` or lies in it.
    package func isInside(_ folder: TreePath) -> Bool {
        if folder.isRoot || self == folder { return true }
        return bytes.count > folder.bytes.count && bytes[folder.bytes.count] == TreePath.slash
            && bytes.starts(with: folder.bytes)
    }

    /// With a zero at the end, as system calls take it; `.` for the root.
    package var terminated: [CChar] {
        isRoot ? [0x2e, 0] : bytes.map { CChar(bitPattern: $0) } + [0]
    }
}

extension TreePath: Comparable {
    /// Folders before what is in them, names by their bytes.
    package static func < (a: TreePath, b: TreePath) -> Bool {
        a.bytes.lexicographicallyPrecedes(b.bytes) { rank($0) < rank($1) }
    }

    private static func rank(_ byte: UInt8) -> UInt8 { byte == slash ? 0 : byte }
}

extension TreePath {
    /// The path as text where it is text; nil otherwise.
    package var text: String? { String(validating: bytes, as: UTF8.self) }

    /// For people and for patch(1): as it is, or within quotes with C's escapes where a name holds anything that could
    /// be taken for something else (git-config(1), core.quotePath off).
    package func quoted(prefix: String = "") -> String {
        let name = text
        let isPlain =
            name?.unicodeScalars.allSatisfy { scalar in
                scalar != "\"" && scalar != "\\" && !TreePath.isInvisible(scalar)
            } ?? false
        if isPlain, let name { return prefix + name }
        var result = "\"" + prefix
        if let name {
            for scalar in name.unicodeScalars { result += TreePath.escaped(scalar) }
        } else {
            for byte in bytes { result += byte < 0x80 ? TreePath.escaped(Unicode.Scalar(byte)) : octal(byte) }
        }
        return result + "\""
    }

    /// Whether a character moves the cursor, changes the direction of text or shows nothing at all.
    package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7f { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: return true
        default: return false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        case "\"": "\\\""
        case "\\": "\\\\"
        default:
            isInvisible(scalar) ? String(scalar).utf8.map(octal).joined() : String(scalar)
        }
    }
}

private func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
}
