import LinuxKernel
import OverlayModel

/// What the attributes of a layer's folder say about it.
struct FolderMarks {
    var opaque = false
    /// `overlay.opaque` is "x": files with `overlay.whiteout` are whiteouts.
    var attributeWhiteouts = false
}

extension Overlay {
    private static let opaqueNames = ["user.overlay.opaque", "trusted.overlay.opaque", "user.fuseoverlayfs.opaque"]

    /// Reads the marks of a folder; none where the file system has no attributes.
    func folderMarks(_ parent: CInt, _ name: [CChar], layer: Int, isBottom: Bool) throws(Errno) -> FolderMarks {
        var marks = FolderMarks()
        for attribute in attributeNames(parent, name) where Self.opaqueNames.contains(attribute) {
            switch try? getAttribute(at: parent, name, attribute) {  // gone in between: not a mark
            case [0x79]: marks.opaque = true
            case [0x78]: marks.attributeWhiteouts = true
            default: break
            }
        }
        if !marks.opaque, !isBottom, believesNames(layer) {
            marks.opaque = hasEntry(parent, Array(name.dropLast()) + [0x2f] + WhiteoutName.opaque)
        }
        return marks
    }

    func hasWhiteoutAttribute(_ folder: CInt, _ name: [CChar]) -> Bool {
        attributeNames(folder, name).contains { $0 == "user.overlay.whiteout" || $0 == "trusted.overlay.whiteout" }
    }

    /// The names of a file's attributes; empty where there are none to be had.
    func attributeNames(_ folder: CInt, _ name: [CChar]?) -> [String] {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try listAttributes(at: folder, name) } catch { return [] }
        if bytes.isEmpty { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
