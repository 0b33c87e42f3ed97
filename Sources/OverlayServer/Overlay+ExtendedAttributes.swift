import LinuxKernel
import OverlayModel

extension Overlay {
    /// ENOSYS for an overlay without attributes: the kernel then stops asking.
    private func storedName(_ name: String) throws(Errno) -> String {
        if options.noExtendedAttributes { throw .noFunction }
        if options.writesThrough { return name }
        switch AttributeName.stored(name) {
        case .plain: return name
        case .escaped(let other): return other
        case .refused: throw .notPermitted
        }
    }

    /// GETXATTR: the size, or the size needed when `buffer` is empty.
    func getExtendedAttribute(
        _ node: Node, _ name: String, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        if !options.writesThrough, case .refused = AttributeName.stored(name) { throw .noAttribute }
        let stored = try storedName(name)
        return try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, entry, _) throws(Errno) in
                try getAttribute(at: folder, entry, stored, into: buffer)
            }
        }
    }

    /// LISTXATTR: the names a guest may see, each with its terminating zero.
    func listExtendedAttributes(_ node: Node) throws(Errno) -> [UInt8] {
        if options.noExtendedAttributes { throw .noFunction }
        let names = try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, entry, _) throws(Errno) in try listAttributes(at: folder, entry) }
        }
        var shown: [UInt8] = []
        if options.writesThrough { return names }
        for name in names.split(separator: 0) {
            guard let visible = AttributeName.shown(String(decoding: name, as: UTF8.self)) else { continue }
            shown.append(contentsOf: visible.utf8)
            shown.append(0)
        }
        return shown
    }

    /// SETXATTR; `flags` are `XATTR_CREATE` and `XATTR_REPLACE`.
    func setExtendedAttribute(
        _ node: Node, _ name: String, _ value: UnsafeRawBufferPointer, flags: CInt
    ) throws(Errno) {
        try changeAttribute(node, name) { (folder, entry, stored) throws(Errno) in
            try setAttribute(at: folder, entry, stored, value, flags: flags)
        }
    }

    /// REMOVEXATTR.
    func removeExtendedAttribute(_ node: Node, _ name: String) throws(Errno) {
        try changeAttribute(node, name) { (folder, entry, stored) throws(Errno) in
            try removeAttribute(at: folder, entry, stored)
        }
    }

    private func changeAttribute(
        _ node: Node, _ name: String,
        _ change: (CInt, UnsafePointer<CChar>?, String) throws(Errno) -> Void
    ) throws(Errno) {
        _ = try writable()
        let stored = try storedName(name)
        try raise(node, .all)
        try tree.shared { () throws(Errno) in
            try withEntry(node) { (folder, entry, state) throws(Errno) in
                try change(folder, entry, stored)
                state.hasDefaultACL = nil
            }
        }
    }
}
