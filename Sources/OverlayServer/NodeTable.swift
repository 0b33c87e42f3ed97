import LinuxKernel
import Synchronization

/// The inodes the kernel knows, found by folder and name, and by identity where one inode has several names.
///
/// A node stays in the table while the kernel holds a lookup of it or while a node below it is in the table; it is
/// kept alive with it, so neither its address nor its layer's inode number can come to mean another file.
final class NodeTable: Sendable {
    private struct Key: Hashable {
        let parent: ObjectIdentifier
        let name: [CChar]
        init(_ parent: Node, _ name: [CChar]) {
            self.parent = ObjectIdentifier(parent)
            self.name = name
        }

        /// All bytes at once; an array would be hashed byte by byte.
        func hash(into hasher: inout Hasher) {
            hasher.combine(parent)
            name.withUnsafeBytes { hasher.combine(bytes: $0) }
        }

        static func == (one: Key, other: Key) -> Bool {
            one.parent == other.parent && one.name.count == other.name.count
                && one.name.withUnsafeBufferPointer { one in
                    other.name.withUnsafeBufferPointer { other in
                        guard let first = one.baseAddress, let second = other.baseAddress else { return true }
                        return memcmp(first, second, one.count) == 0
                    }
                }
        }
    }

    private struct Tables {
        var entries: [Key: Node] = [:]
        var identities: [Identity: Node] = [:]
    }

    private let tables = Mutex(Tables())
    private let quota: Quota?
    private let data: DataHandles
    private let handles: FolderHandles

    init(quota: Quota?, data: DataHandles, handles: FolderHandles) {
        self.quota = quota
        self.handles = handles
        self.data = data
    }

    /// The names from the root to a node, by one of its names.
    func path(_ node: Node) -> [[CChar]] {
        tables.withLock { _ in
            var names: [[CChar]] = []
            var current = node
            while let location = current.names.last {
                names.append(location.name)
                current = location.parent
            }
            return names.reversed()
        }
    }

    /// The node of a name, with one more lookup counted.
    func find(_ parent: Node, _ name: [CChar]) -> Node? {
        tables.withLock { tables in
            guard let node = tables.entries[Key(parent, name)] else { return nil }
            Self.countLookup(node)
            return node
        }
    }

    /// Counts one more lookup of a node that is in the table.
    func retain(_ node: Node) { tables.withLock { _ in Self.countLookup(node) } }

    /// The node of a name without counting a lookup; valid while the kernel holds it.
    func peek(_ parent: Node, _ name: [CChar]) -> Node? { tables.withLock { $0.entries[Key(parent, name)] } }

    /// Enters what a lookup found; the node of the same name or the same inode, if there is one, wins over a new one.
    func enter(
        _ parent: Node, _ name: [CChar], identity: Identity?, make: (Location) -> Node
    ) -> Node {
        tables.withLock { tables in
            let key = Key(parent, name)
            let location = Location(parent: parent, name: name)
            let known = identity.flatMap { tables.identities[$0] }
            let node = known ?? make(location)
            // Seldom is there one, so that a look before would be one too many.
            if let other = tables.entries.updateValue(node, forKey: key) {
                tables.entries[key] = other
                Self.countLookup(other)
                return other
            }
            if known != nil {
                node.names.append(location)
            } else if let identity {
                tables.identities[identity] = node
                node.registeredIdentities.append(identity)
            }
            parent.children += 1
            Self.countLookup(node)
            return node
        }
    }

    /// Gives a node one more name.
    func addName(_ node: Node, _ parent: Node, _ name: [CChar]) {
        tables.withLock { tables in
            node.names.append(Location(parent: parent, name: name))
            tables.entries[Key(parent, name)] = node
            parent.children += 1
        }
    }

    /// Takes a name away; the names that are left.
    func removeName(_ node: Node, _ parent: Node, _ name: [CChar]) -> [Location] {
        let (left, dead) = tables.withLock { tables -> ([Location], [Node]) in
            guard let index = node.names.firstIndex(where: { $0.parent === parent && $0.name == name }) else {
                return (node.names, [])
            }
            node.names.remove(at: index)
            let key = Key(parent, name)
            if tables.entries[key] === node { tables.entries[key] = nil }
            parent.children -= 1
            return (node.names, Self.removeUnused(parent, &tables))
        }
        bury(dead)
        return left
    }

    /// Replaces one of a node's names by another.
    func moveName(_ node: Node, from: (Node, [CChar]), to: (Node, [CChar])) {
        let dead = tables.withLock { tables -> [Node] in
            node.names.removeAll { $0.parent === from.0 && $0.name == from.1 }
            let key = Key(from.0, from.1)
            if tables.entries[key] === node { tables.entries[key] = nil }
            node.names.append(Location(parent: to.0, name: to.1))
            tables.entries[Key(to.0, to.1)] = node
            to.0.children += 1
            from.0.children -= 1
            return Self.removeUnused(from.0, &tables)
        }
        bury(dead)
    }

    /// Whether a node has a name besides this one that is known.
    func hasOtherName(_ node: Node, _ parent: Node, _ name: [CChar]) -> Bool {
        tables.withLock { _ in node.names.contains { $0.parent !== parent || $0.name != name } }
    }

    func hasNames(_ node: Node) -> Bool { tables.withLock { _ in !node.names.isEmpty } }

    /// Makes a node findable by one more real inode, for files with several names.
    func register(_ node: Node, _ identity: Identity) {
        tables.withLock { tables in
            if tables.identities.updateValue(node, forKey: identity) !== node {
                node.registeredIdentities.append(identity)
            }
        }
    }

    /// Ends that, before the layer's file system can give the number to another file.
    func unregister(_ node: Node) {
        tables.withLock { Self.dropIdentities(node, &$0) }
    }

    /// The kernel drops `count` lookups of a node.
    func forget(_ node: Node, _ count: UInt64) {
        let dead = tables.withLock { tables -> [Node] in
            guard node.lookups > 0 else { return [] }
            node.lookups -= min(count, node.lookups)
            guard node.lookups == 0 else { return [] }
            let dead = Self.removeUnused(node, &tables)
            Unmanaged.passUnretained(node).release()
            return dead
        }
        bury(dead)
    }

    /// What ends with nodes that nobody knows any more, outside the lock.
    private func bury(_ dead: [Node]) {
        for node in dead {
            if node.isFolder { handles.remove(node) } else { data.drop(node.exchangeData(.none)) }
            quota?.release(node)
        }
    }

    var count: Int { tables.withLock { $0.entries.count } }

    private static func countLookup(_ node: Node) {
        if node.lookups == 0 { _ = Unmanaged.passRetained(node) }
        node.lookups += 1
    }

    /// Takes a node out that nobody refers to any more, and its folders in turn; they are returned so that they are
    /// freed outside the lock.
    private static func removeUnused(_ start: Node, _ tables: inout Tables) -> [Node] {
        var dead: [Node] = []
        var pending = [start]
        while let node = pending.popLast() {
            guard node.lookups == 0, node.children == 0 else { continue }
            dead.append(node)
            for location in node.names {
                let key = Key(location.parent, location.name)
                guard tables.entries[key] === node else { continue }
                tables.entries[key] = nil
                location.parent.children -= 1
                pending.append(location.parent)
            }
            dropIdentities(node, &tables)
            node.names = []
        }
        return dead
    }

    private static func dropIdentities(_ node: Node, _ tables: inout Tables) {
        for identity in node.registeredIdentities where tables.identities[identity] === node {
            tables.identities[identity] = nil
        }
        node.registeredIdentities = []
    }
}
