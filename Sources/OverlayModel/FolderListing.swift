/// One name of a merged folder.
package struct ListedName: Equatable, Sendable {
    /// The name's bytes with a terminating zero, as system calls take it.
    package var name: [CChar]
    /// The inode number in its own layer.
    package var inode: UInt64
    /// `DT_REG`, `DT_DIR`, … of readdir(3).
    package var type: UInt8
    /// The topmost layer that has it.
    package var layer: Int

    package init(name: [CChar], inode: UInt64, type: UInt8, layer: Int) {
        self.name = name
        self.inode = inode
        self.type = type
        self.layer = layer
    }
}

/// Merges the listings of a folder's layers, given topmost first.
///
/// A name shows once, as the topmost layer has it; a whiteout hides it in the layers below.
package struct FolderListing: Sendable {
    package private(set) var names: [ListedName] = []
    /// What the layers above have or hide.
    private var hidden: Set<[CChar]> = []
    /// What the current layer has or hides: it concerns only the layers below.
    private var current: [[CChar]] = []
    private var isBottom = false

    package init() {}

    /// Begins with the next layer down; the names of the last one need not be remembered.
    package mutating func beginLayer(isBottom: Bool) {
        hidden.formUnion(current)
        current.removeAll(keepingCapacity: true)
        self.isBottom = isBottom
    }

    package mutating func add(_ entry: ListedName) {
        if !hidden.isEmpty, hidden.contains(entry.name) { return }
        names.append(entry)
        if !isBottom { current.append(entry.name) }
    }

    /// A whiteout of the current layer.
    package mutating func hide(_ name: [CChar]) {
        if !isBottom { current.append(name) }
    }
}
