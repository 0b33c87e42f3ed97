import LinuxKernel
import OverlayModel

/// A file as somebody has it open. The handle is `none` where the kernel opens files unasked.
struct OpenedFile {
    let node: Node
    let handle: DataTicket
}

/// A file's descriptor in use.
struct HeldData {
    let ticket: DataTicket
    let descriptor: CInt
}

/// The way to the data of a file: by the descriptor of whoever has it open, as long as that means the layer's file that
/// the overlay shows, else by one of the inode's own. So all who have it open see a copy-up.
extension Overlay {
    /// Calls `body` with a descriptor of the file's data. A lower file must have been raised for writing.
    func withData<Value>(
        _ file: OpenedFile, writing: Bool, _ body: (CInt) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let held = try hold(file, writing: writing)
        defer { data.leave(held.ticket) }
        return try body(held.descriptor)
    }

    private func hold(_ file: OpenedFile, writing: Bool) throws(Errno) -> HeldData {
        if let held = holdOpen(file, writing: writing) { return held }
        return try tree.shared { () throws(Errno) in
            try withEntry(file.node) { (folder, name, _) throws(Errno) in
                if writing, !file.node.isUpperFile { throw .staleHandle }
                let opened = try openData(folder, name, writing ? O_RDWR : O_RDONLY)
                return keep(file.node, opened, isWritable: writing)
            }
        }
    }

    /// The same when it is open already.
    func holdOpen(_ file: OpenedFile, writing: Bool) -> HeldData? {
        let isUpper = file.node.isUpperFile
        let own = file.handle
        if own.suits(isUpper: isUpper, writing: writing), let number = data.use(own) {
            return HeldData(ticket: own, descriptor: number)
        }
        let shared = file.node.dataTicket
        guard shared.suits(isUpper: isUpper, writing: writing), let number = data.use(shared) else { return nil }
        return HeldData(ticket: shared, descriptor: number)
    }

    /// Opens an entry's data, or that of a descriptor. The node's lock is held, so that its layer stays what it is.
    func openData(_ folder: CInt, _ name: UnsafePointer<CChar>?, _ flags: CInt) throws(Errno) -> Descriptor {
        if let name { return try openEntry(at: folder, name, flags | O_NONBLOCK) }
        return try reopen(folder, flags | O_NONBLOCK)
    }

    /// Makes an open file the node's descriptor, in use once. The node's lock is held, or nobody else knows it yet.
    private func keep(_ node: Node, _ opened: consuming Descriptor, isWritable: Bool) -> HeldData {
        let number = opened.raw
        let ticket = data.keep(opened, isWritable: isWritable, isUpper: node.isUpperFile)
        data.drop(node.exchangeData(ticket))
        return HeldData(ticket: ticket, descriptor: number)
    }

    /// What whoever opened a file has of it, in use until `giveBack`. Where the kernel does not say when that is, the
    /// descriptor stays the node's for now.
    func handOut(
        _ node: Node, _ opened: consuming Descriptor, isWritable: Bool
    ) -> DataTicket {
        if !opensUnasked { return data.keep(opened, isWritable: isWritable, isUpper: node.isUpperFile) }
        data.leave(keep(node, opened, isWritable: isWritable).ticket)
        return .none
    }

    func giveBack(_ ticket: DataTicket) {
        data.drop(ticket)
        data.leave(ticket)
    }

    /// READ: `body` gets a descriptor and says how many bytes it has read. A file that is read to its end at once is not
    /// kept open.
    func read(
        _ file: OpenedFile, count: Int, at position: Int64, _ body: (CInt) throws(Errno) -> Int
    ) throws(Errno) -> Int {
        if let held = holdOpen(file, writing: false) {
            defer { data.leave(held.ticket) }
            return try body(held.descriptor)
        }
        return try tree.shared { () throws(Errno) in
            try withEntry(file.node) { (folder, name, _) throws(Errno) in
                let opened = try openData(folder, name, O_RDONLY)
                let done = try body(opened.raw)
                if position > 0 || done == count { data.leave(keep(file.node, opened, isWritable: false).ticket) }
                return done
            }
        }
    }
}

/// pread(2).
func readAt(
    _ descriptor: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ position: Int64
) throws(Errno) -> Int {
    try syscallRetrying(Int(SYS_pread64), Int(descriptor), Int(bitPattern: buffer), count, Int(position))
}
