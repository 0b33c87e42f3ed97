import Glibc

/// One inode of the tree as it should be.
final class Item {
    enum Kind: Equatable { case folder, file, link, pipe }

    let kind: Kind
    var mode: mode_t
    var data: [UInt8] = []
    var target = ""
    var children: [String: Item] = [:]
    var attributes: [String: [UInt8]] = [:]
    /// How many names it has.
    var names = 1
    /// The modification time where a call has set it, in seconds.
    var modified: Int?
    /// The inode number seen first; it must stay.
    var number: UInt64?
    /// Whether a lower layer has a part in it.
    var isLower = false

    init(_ kind: Kind, mode: mode_t) {
        self.kind = kind
        self.mode = mode
    }

    var isFolder: Bool { kind == .folder }

    /// Whether `other` is this folder or somewhere below it.
    func contains(_ other: Item) -> Bool {
        self === other || children.values.contains { $0.isFolder && $0.contains(other) }
    }

    /// How many folders deep the tree below is.
    var height: Int { isFolder ? 1 + (children.values.map { $0.height }.max() ?? 0) : 0 }

    /// Every item below, each once.
    func forEach(_ body: (Item) -> Void) {
        for child in children.values {
            body(child)
            if child.isFolder { child.forEach(body) }
        }
    }

    func put(_ bytes: [UInt8], at offset: Int) {
        if bytes.isEmpty { return }
        if data.count < offset + bytes.count { data += [UInt8](repeating: 0, count: offset + bytes.count - data.count) }
        data.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        modified = nil
    }

    func resize(_ size: Int) {
        if size < data.count { data.removeLast(data.count - size) }
        if size > data.count { data += [UInt8](repeating: 0, count: size - data.count) }
        modified = nil
    }
}

/// A name in a folder of the tree, and what is there.
struct Place {
    let folder: Item
    let name: String
    /// From the root of the mount, without a slash at the start.
    let path: String
    var item: Item? { folder.children[name] }
}

/// What rename(2) answers by the rules of the virtual file system; 0 when it is done.
func renameAnswer(_ from: Place, _ to: Place, noReplace: Bool, exchange: Bool, redirects: Bool) -> CInt {
    guard let source = from.item else { return ENOENT }
    let target = to.item
    if noReplace, target != nil { return EEXIST }
    if exchange, target == nil { return ENOENT }
    if source.isFolder, source.contains(to.folder) { return EINVAL }
    if let target, target.isFolder, target.contains(from.folder) { return exchange ? EINVAL : ENOTEMPTY }
    if source === target { return 0 }
    if let target, !exchange {
        if source.isFolder, !target.isFolder { return ENOTDIR }
        if !source.isFolder, target.isFolder { return EISDIR }
    }
    let moved = [source] + (exchange ? [target].compactMap { $0 } : [])
    if !redirects, moved.contains(where: { $0.isFolder && $0.isLower }) { return EXDEV }
    if let target, !exchange, target.isFolder, !target.children.isEmpty { return ENOTEMPTY }
    return 0
}

/// Does in the reference what rename(2) did.
func move(_ from: Place, _ to: Place, exchange: Bool) {
    guard let source = from.item, source !== to.item else { return }
    let target = to.item
    to.folder.children[to.name] = source
    if exchange {
        from.folder.children[from.name] = target
    } else {
        from.folder.children[from.name] = nil
        target?.names -= 1
    }
}
