import LinuxKernel
import Synchronization

/// A file somebody has open. Its descriptor keeps its number when the file is copied up: the number then means the
/// copy.
final class OpenFile: Sendable {
    let node: Node
    let number: CInt
    let flags: CInt
    private let isUpper: Atomic<Bool>

    init(_ node: Node, _ descriptor: consuming Descriptor, flags: CInt, isUpper: Bool) {
        self.node = node
        self.flags = flags
        self.isUpper = Atomic(isUpper)
        number = descriptor.release()
    }

    deinit { close(number) }

    var writes: Bool { flags & O_ACCMODE != O_RDONLY }
    var descriptor: CInt { number }
    /// Whether the inode was copied up after this was opened.
    var isStale: Bool { !isUpper.load(ordering: .acquiring) && node.isUpperFile }

    /// Lets the number mean another open file.
    func replace(_ descriptor: borrowing Descriptor) throws(Errno) {
        try duplicate(descriptor.raw, onto: number, closeOnExec: true)
        isUpper.store(true, ordering: .releasing)
    }
}

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
