import LinuxKernel
import OverlayModel
import Synchronization

/// A real inode of a layer's file system.
struct Identity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64

    init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// Where an inode is found: a name in a folder.
struct Location: Sendable {
    let parent: Node
    /// Zero-terminated.
    let name: [CChar]
}

/// One layer's part of a merged folder.
struct Branch: Sendable {
    let layer: Int
    /// The path from the layer's root where it is not the parent's path and the folder's name (a redirect).
    var path: RedirectPath?
    /// What this layer notes about where the layers below have the folder.
    var redirect: RedirectPath?
    /// Whether zero-length files with the attribute `overlay.whiteout` are whiteouts here (`overlay.opaque` is "x").
    var hasAttributeWhiteouts = false
    /// Whether files in it may have been copied up from inodes whose numbers they show.
    var isImpure = false
    var handle: FolderHandle?
}

/// An open folder of a layer (`O_PATH`), shared by those that use it at the moment.
final class FolderHandle: Sendable {
    let descriptor: CInt
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor.release() }
    deinit { close(descriptor) }
}

/// One inode of the overlay. Its address is the number the kernel knows it by, so it lives while the kernel does.
///
/// `lock` guards what `State` holds and is kept while a path through `location` is in use, so that a name cannot be
/// taken away or given to another file in between. The fields that belong to the table are guarded by its lock.
final class Node: @unchecked Sendable {
    struct State: Sendable {
        /// The name through which a file is opened; nil once it has none. A folder's changes only under the tree lock.
        var location: Location?
        var identity: Identity
        /// The inode itself (`O_PATH`) once its last name is gone; -1 before.
        var orphan: CInt = -1
        /// A folder's layers, topmost first; empty for other files.
        var branches: [Branch] = []
        /// How many names the overlay shows for a file that is kept in the index; nil for all others.
        var indexedLinks: Int?
        /// Whether a folder passes on access control lists; nil when not looked up yet.
        var hasDefaultACL: Bool?
    }

    /// The file type bits of `st_mode`.
    let kind: mode_t
    /// The real inode whose number is shown.
    let origin: Identity
    /// The inode number shown.
    let number: UInt64
    /// The layer of a file that is not a folder; 0 is the upper.
    let layer: Atomic<Int>
    let state: Mutex<State>

    /// How many names a lower file had when it was met; 0 for all others. Set before the node is shared.
    var lowerLinks = 0
    /// Whether it is a lower file that this process may not read, nor the kernel let anybody open. Set before the node is
    /// shared.
    var isUnreadable = false
    /// Whether a rule denies its use. Set before the node is shared.
    var isDenied = false
    /// The bytes the quota counts for it; -1 for what is not in the upper, or without a quota.
    let charged = Atomic<Int64>(-1)
    /// Whether its reading (1) and writing (2) were traced.
    let noted = Atomic<UInt8>(0)
    /// Where the overlay keeps its data open.
    private let data = Atomic<UInt64>(0)

    /// Whether the table has let go of it. Guarded by the folder handles' lock.
    var isLeaving = false

    // Guarded by the table's lock.
    var lookups: UInt64 = 0
    var children = 0
    var names: [Location]
    /// The real inodes the table finds this node by; empty while it has one name.
    var registeredIdentities: [Identity] = []

    init(kind: mode_t, origin: Identity, number: UInt64, layer: Int, names: [Location], state: State) {
        self.kind = kind
        self.origin = origin
        self.number = number
        self.layer = Atomic(layer)
        self.names = names
        self.state = Mutex(state)
    }

    deinit {
        let orphan = state.withLock { $0.orphan }
        if orphan >= 0 { close(orphan) }
    }

    var isFolder: Bool { kind == S_IFDIR }
    var isUpperFile: Bool { layer.load(ordering: .acquiring) == 0 }
    /// What the kernel calls this inode.
    var handle: UInt64 { UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())) }
    var dataTicket: DataTicket { DataTicket(rawValue: data.load(ordering: .acquiring)) }
    /// Puts another ticket in the place of the one it had.
    func exchangeData(_ ticket: DataTicket) -> DataTicket {
        DataTicket(rawValue: data.exchange(ticket.rawValue, ordering: .acquiringAndReleasing))
    }
    var location: Location? { state.withLock { $0.location } }
    var branches: [Branch] { state.withLock { $0.branches } }
    /// A layer's folder, when it is open.
    func handle(layer: Int) -> FolderHandle? {
        state.withLock { state in
            for index in state.branches.indices where state.branches[index].layer == layer {
                return state.branches[index].handle
            }
            return nil
        }
    }
    var hasUpperBranch: Bool { state.withLock { $0.branches.first?.layer == 0 } }
}
