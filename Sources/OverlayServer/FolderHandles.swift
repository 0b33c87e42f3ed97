import LinuxKernel
import Synchronization

/// Bounds how many folder descriptors stay open: the oldest that was not used again since the last round is closed.
final class FolderHandles: Sendable {
    private struct Slot {
        weak var node: Node?
        let layer: Int
    }

    private struct Ring {
        var slots: [Slot] = []
        var hand = 0
    }

    private let ring = Mutex(Ring())
    private let limit: Int

    /// `limit` is the number of descriptors kept open.
    init(limit: Int) { self.limit = max(16, limit) }

    /// Notes that a node now keeps a handle, and closes another one's when there are too many.
    func add(_ node: Node, layer: Int) {
        let victim = ring.withLock { ring -> Slot? in
            let slot = Slot(node: node, layer: layer)
            if ring.slots.count < limit {
                ring.slots.append(slot)
                return nil
            }
            let victim = ring.slots[ring.hand]
            ring.slots[ring.hand] = slot
            ring.hand = (ring.hand + 1) % ring.slots.count
            return victim
        }
        guard let victim, let owner = victim.node else { return }
        let handle = owner.state.withLock { state -> FolderHandle? in
            guard let index = state.branches.firstIndex(where: { $0.layer == victim.layer }) else { return nil }
            defer { state.branches[index].handle = nil }
            return state.branches[index].handle
        }
        withExtendedLifetime(handle) {}
    }
}
