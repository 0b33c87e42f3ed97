import LinuxKernel
import OverlayModel

/// What the attributes of a layer's folder say about it.
struct FolderMarks {
    var opaque = false
    /// `overlay.opaque` is "x": files with `overlay.whiteout` are whiteouts.
    var attributeWhiteouts = false
    /// Files in it may have been copied up, and then show the number of their origin.
    var impure = false
    /// Where the layers below have this folder.
    var redirect: RedirectPath?
}

extension Overlay {
    static let impureAttribute = "user.overlay.impure"
    static let originAttribute = "user.sandbox.overlay.origin"
    /// The same for files that cannot have `user.` attributes: symbolic links, devices, sockets and pipes (xattr(7)).
    static let privilegedOriginAttribute = "trusted.sandbox.overlay.origin"
    static let redirectAttribute = "user.sandbox.overlay.redirect"

    /// Reads the marks of a folder, given by name or, with nil, as the descriptor itself; none where the file system
    /// has no attributes.
    func folderMarks(_ folder: CInt, _ name: [CChar]?, layer: Int, isBottom: Bool) -> FolderMarks {
        if options.isPlain(layer) { return FolderMarks() }
        var marks = Self.marks(folder, name)
        if !marks.opaque, !isBottom, believesNames(layer) {
            let marker = (name.map { $0.dropLast() + [0x2f] } ?? []) + WhiteoutName.opaque
            marks.opaque = hasEntry(folder, Array(marker))
        }
        return marks
    }

    /// The marks that are attributes.
    static func marks(_ folder: CInt, _ name: [CChar]?) -> FolderMarks {
        var marks = FolderMarks()
        for attribute in attributeNames(folder, name) {
            switch attribute {
            case "user.overlay.opaque", "trusted.overlay.opaque", "user.fuseoverlayfs.opaque":
                switch value(folder, name, attribute) {
                case [0x79]: marks.opaque = true
                case [0x78]: marks.attributeWhiteouts = true
                default: break
                }
            case impureAttribute, "trusted.overlay.impure": marks.impure = true
            case redirectAttribute: marks.redirect = value(folder, name, attribute).flatMap { RedirectPath($0) }
            default: break
            }
        }
        return marks
    }

    /// An attribute's value; nil when it is gone or cannot be read, which is no mark.
    private static func value(_ folder: CInt, _ name: [CChar]?, _ attribute: String) -> [UInt8]? {
        if let name { return try? getAttribute(at: folder, name, attribute) }
        return try? getAttribute(at: folder, nil, attribute)
    }

    func hasWhiteoutAttribute(_ folder: CInt, _ name: [CChar]) -> Bool {
        Self.attributeNames(folder, name).contains {
            $0 == "user.overlay.whiteout" || $0 == "trusted.overlay.whiteout"
        }
    }

    /// The names of a file's attributes; empty where there are none to be had.
    static func attributeNames(_ folder: CInt, _ name: [CChar]?) -> [String] {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = if let name { try listAttributes(at: folder, name) } else { try listAttributes(at: folder, nil) }
        } catch {
            return []
        }
        if bytes.isEmpty { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The inode a copied-up file was made from, as it was noted on the copy.
    func origin(_ folder: CInt, _ name: [CChar]) -> Identity? {
        let stored =
            Self.value(folder, name, Self.originAttribute)
            ?? (isPrivileged ? Self.value(folder, name, Self.privilegedOriginAttribute) : nil)
        guard let stored else { return nil }
        let parts = String(decoding: stored, as: UTF8.self).split(separator: ":")
        guard parts.count == 2, let device = UInt64(parts[0], radix: 16), let inode = UInt64(parts[1], radix: 16) else {
            return nil
        }
        return Identity(device: device, inode: inode)
    }

    /// Notes on a copy which inode it was made from, so that its number stays over a remount. On file systems without
    /// attributes it does not.
    func noteOrigin(_ staged: StagedFile, _ origin: Identity) {
        let text = Array((String(origin.device, radix: 16) + ":" + String(origin.inode, radix: 16)).utf8)
        if let file = staged.file {
            try? setAttribute(at: file, nil, Self.originAttribute, text)
        } else if let name = staged.name, let workshop, isPrivileged {
            try? setAttribute(at: workshop.stage, name, Self.privilegedOriginAttribute, text)
        }
    }

    /// Whether files with an origin may be in the upper's side of a folder.
    func isImpure(_ node: Node) -> Bool {
        node.state.withLock { state in state.branches.first.map { $0.layer == 0 && $0.isImpure } ?? false }
    }

    /// Marks a folder of the upper as one in which files with an origin may be; once.
    func markImpure(_ node: Node, _ folder: CInt) {
        let isNew = node.state.withLock { state -> Bool in
            guard state.branches.first?.layer == 0, !state.branches[0].isImpure else { return false }
            state.branches[0].isImpure = true
            return true
        }
        if isNew { try? setAttribute(at: folder, nil, Self.impureAttribute, [0x79]) }  // as in noteOrigin
    }
}
