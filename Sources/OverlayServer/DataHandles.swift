import LinuxKernel
import Synchronization

/// Where `DataHandles` keeps a file's open descriptor, in one word that a node holds without a lock.
struct DataTicket: RawRepresentable, Equatable, Sendable {
    /// From the lowest: 20 bits of slot, one for writing, one for the upper layer, the rest counts the slot's uses.
    let rawValue: UInt64
    static let none = DataTicket(rawValue: 0)

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(slot: Int, generation: UInt64, isWritable: Bool, isUpper: Bool) {
        rawValue = UInt64(slot) | (isWritable ? 1 << 20 : 0) | (isUpper ? 1 << 21 : 0) | generation << 22
    }

    var slot: Int { Int(rawValue & 0xfffff) }
    var isWritable: Bool { rawValue & 1 << 20 != 0 }
    var isUpper: Bool { rawValue & 1 << 21 != 0 }
    var generation: UInt64 { rawValue >> 22 }

    /// Whether a file of that layer can be read, or written, through it.
    func suits(isUpper: Bool, writing: Bool) -> Bool {
        rawValue != 0 && self.isUpper == isUpper && (isWritable || !writing)
    }
}

/// Descriptors of files' data, open from one request to the next: as many as the limit says and those in use, of
/// which the ones that were not used lately give way.
final class DataHandles: Sendable {
    private struct Slot {
        var descriptor: CInt = -1
        var generation: UInt64 = 0
        var users = 0
        var wasUsed = false
        /// To be closed by the last user.
        var isDropped = false
    }

    private struct Table {
        var slots: [Slot] = []
        var free: [Int] = []
        var hand = 0
    }

    private let table = Mutex(Table())
    private let limit: Int

    init(limit: Int) { self.limit = max(16, limit) }

    /// Takes an open file in, in use once.
    func keep(_ descriptor: consuming Descriptor, isWritable: Bool, isUpper: Bool) -> DataTicket {
        let number = descriptor.release()
        let (ticket, victim) = table.withLock { table -> (DataTicket, CInt) in
            let (slot, victim) = Self.place(&table, limit)
            // Never 0, which a ticket that means nothing has.
            let generation = table.slots[slot].generation + 1
            table.slots[slot] = Slot(descriptor: number, generation: generation, users: 1, wasUsed: true)
            return (
                DataTicket(slot: slot, generation: generation, isWritable: isWritable, isUpper: isUpper), victim
            )
        }
        if victim >= 0 { close(victim) }
        return ticket
    }

    /// The descriptor of a ticket, in use until `leave`; nil when it had to give way.
    func use(_ ticket: DataTicket) -> CInt? {
        table.withLock { table in
            let slot = ticket.slot
            guard slot < table.slots.count, table.slots[slot].generation == ticket.generation,
                table.slots[slot].descriptor >= 0, !table.slots[slot].isDropped
            else { return nil }
            table.slots[slot].users += 1
            table.slots[slot].wasUsed = true
            return table.slots[slot].descriptor
        }
    }

    /// Ends one use.
    func leave(_ ticket: DataTicket) { change(ticket) { $0.users -= 1 } }

    /// Closes what nobody uses any more; what is in use is closed when that ends.
    func drop(_ ticket: DataTicket) { change(ticket) { $0.isDropped = true } }

    /// A descriptor that is in nobody's use, the caller's from now on; nil when there is none.
    func take(_ ticket: DataTicket) -> CInt? {
        table.withLock { table in
            let index = ticket.slot
            guard index < table.slots.count, table.slots[index].generation == ticket.generation,
                table.slots[index].descriptor >= 0, table.slots[index].users == 0
            else { return nil }
            defer { table.slots[index].descriptor = -1 }
            table.free.append(index)
            return table.slots[index].descriptor
        }
    }

    private func change(_ ticket: DataTicket, _ body: (inout Slot) -> Void) {
        if ticket == .none { return }
        let closing = table.withLock { table -> CInt in
            let index = ticket.slot
            guard index < table.slots.count, table.slots[index].generation == ticket.generation,
                table.slots[index].descriptor >= 0
            else { return -1 }
            body(&table.slots[index])
            guard table.slots[index].isDropped, table.slots[index].users <= 0 else { return -1 }
            defer { table.slots[index].descriptor = -1 }
            table.free.append(index)
            return table.slots[index].descriptor
        }
        if closing >= 0 { close(closing) }
    }

    /// A slot for one more, and the descriptor that gives way to it, or -1.
    private static func place(_ table: inout Table, _ limit: Int) -> (Int, CInt) {
        if let slot = table.free.popLast() { return (slot, -1) }
        if table.slots.count >= limit {
            for _ in 0..<(2 * table.slots.count) {
                let slot = table.hand
                table.hand = (table.hand + 1) % table.slots.count
                if table.slots[slot].users > 0 { continue }
                if !table.slots[slot].wasUsed { return (slot, table.slots[slot].descriptor) }
                table.slots[slot].wasUsed = false
            }
        }
        table.slots.append(Slot())
        return (table.slots.count - 1, -1)
    }
}
