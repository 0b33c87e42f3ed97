/// Whiteouts as names: the form used where 0:0 character devices cannot be made.
///
/// `.wh.NAME` deletes `NAME` in the layers below, `.wh..wh..opq` in a folder makes it opaque
/// (OCI image-spec, layer.md, "Whiteouts").
package enum WhiteoutName {
    package static let prefix: [CChar] = [0x2e, 0x77, 0x68, 0x2e]
    /// `.wh..wh..opq`, zero-terminated.
    package static let opaque: [CChar] = prefix + prefix + [0x2e, 0x6f, 0x70, 0x71, 0]

    /// The name of the whiteout of `name`; both zero-terminated.
    package static func of(_ name: [CChar]) -> [CChar] { prefix + name }

    /// Whether a zero-terminated name is one of a whiteout, of an opaque marker or reserved.
    package static func isReserved(_ name: UnsafePointer<CChar>) -> Bool {
        for (index, byte) in prefix.enumerated() where name[index] != byte { return false }
        return true
    }

    /// The name that a whiteout's name deletes; nil for other names and for the markers `.wh..wh.*`.
    package static func target(_ name: [CChar]) -> [CChar]? {
        guard name.count > prefix.count + 1, name.starts(with: prefix) else { return nil }
        let target = Array(name.dropFirst(prefix.count))
        return target.starts(with: prefix) ? nil : target
    }
}
