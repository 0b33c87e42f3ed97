import Synchronization

/// An open folder: what it showed when it was first read, so that positions keep their meaning.
final class OpenFolder: Sendable {
    let node: Node
    let listing = Mutex<[Listed]?>(nil)

    struct Listed: Sendable {
        let name: [CChar]
        let inode: UInt64
        let type: UInt8
        let layer: Int
    }

    init(_ node: Node) { self.node = node }
}
