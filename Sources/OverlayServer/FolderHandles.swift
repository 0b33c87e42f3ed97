import LinuxKernel
import Synchronization

/// Bounds how many folder descriptors stay open: the oldest one is closed.
///
/// Nodes are not held, and not held weakly either: a weak reference makes each later retain and release of its object
/// several times as slow, and every file refers to its folder. Instead `remove` comes before a node's end.
final class FolderHandles: @unchecked Sendable {
    private struct Slot {
        var node: Unmanaged<Node>?
        var layer = 0
    }

    private struct Ring {
        var slots: [Slot] = []
        var hand = 0
        /// Where a node's handles are.
        var places: [ObjectIdentifier: [Int]] = [:]
    }

    private let ring = Mutex(Ring())
    private let limit: Int

    /// `limit` is the number of descriptors kept open.
    init(limit: Int) { self.limit = max(16, limit) }

    /// Notes that a node now keeps a handle, and closes another one's when there are too many. The lock of one node may
    /// be held.
    func add(_ node: Node, layer: Int) {
        let closed = ring.withLock { ring -> FolderHandle? in
            // A handle of a node that is about to end goes with it.
            if node.isLeaving { return nil }
            let (place, closed) = Self.makeRoom(&ring, limit)
            ring.slots[place] = Slot(node: Unmanaged.passUnretained(node), layer: layer)
            ring.places[ObjectIdentifier(node), default: []].append(place)
            return closed
        }
        withExtendedLifetime(closed) {}
    }

    /// A slot, and the handle that was in it. Handles of nodes that somebody is at work on, this thread maybe, stay.
    private static func makeRoom(_ ring: inout Ring, _ limit: Int) -> (Int, FolderHandle?) {
        if ring.slots.count >= limit {
            for _ in 0..<ring.slots.count {
                let place = ring.hand
                ring.hand = (place + 1) % ring.slots.count
                let slot = ring.slots[place]
                guard let owner = slot.node?.takeUnretainedValue() else { return (place, nil) }
                let closed = owner.state.withLockIfAvailable { state -> FolderHandle? in
                    guard let index = state.branches.firstIndex(where: { $0.layer == slot.layer }) else { return nil }
                    defer { state.branches[index].handle = nil }
                    return state.branches[index].handle
                }
                guard let closed else { continue }
                leave(&ring, owner, place)
                return (place, closed)
            }
        }
        ring.slots.append(Slot())
        return (ring.slots.count - 1, nil)
    }

    /// Before a node ends, and while it is alive.
    func remove(_ node: Node) {
        ring.withLock { ring in
            node.isLeaving = true
            for place in ring.places.removeValue(forKey: ObjectIdentifier(node)) ?? [] { ring.slots[place].node = nil }
        }
    }

    private static func leave(_ ring: inout Ring, _ node: Node, _ place: Int) {
        let key = ObjectIdentifier(node)
        ring.places[key]?.removeAll { $0 == place }
        if ring.places[key]?.isEmpty == true { ring.places[key] = nil }
    }
}
