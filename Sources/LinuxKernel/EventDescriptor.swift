/// eventfd2(2): a counter that is readable when it is not 0; close-on-exec and non-blocking.
package func makeEventDescriptor() throws(Errno) -> Descriptor {
    Descriptor(owning: CInt(try syscallRetrying(Int(SYS_eventfd2), 0, Int(O_CLOEXEC | O_NONBLOCK))))
}

/// ppoll(2) on one descriptor: the events that are ready, 0 when `timeout` has passed (nil: waits for ever).
///
/// A signal ends the wait early with EINTR.
package func pollDescriptor(_ raw: CInt, _ events: Int16, timeout: Duration?) throws(Errno) -> Int16 {
    var entry = pollfd(fd: raw, events: events, revents: 0)
    var limit = timespec()
    if let timeout {
        let parts = max(timeout, .zero).components
        limit = timespec(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    }
    try withUnsafeMutablePointer(to: &entry) { (entry) throws(Errno) in
        try withUnsafePointer(to: &limit) { (limit) throws(Errno) -> Void in
            try syscallOnce(
                Int(SYS_ppoll), address(entry), 1, timeout == nil ? 0 : address(limit), 0, 8)
        }
    }
    return entry.revents
}
