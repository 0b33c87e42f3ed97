/// A set of signals as the kernel's 64-bit mask: bit N-1 is signal N.
package struct SignalSet: Equatable, Sendable {
    package var bits: UInt64
    package init(bits: UInt64) { self.bits = bits }
    package init(_ signals: [CInt]) { bits = signals.reduce(0) { $0 | 1 << UInt64($1 - 1) } }
    package static let all = SignalSet(bits: .max)
    package static let none = SignalSet(bits: 0)
    package func contains(_ signal: CInt) -> Bool { bits & 1 << UInt64(signal - 1) != 0 }
}

/// rt_sigprocmask(2) SIG_SETMASK; returns the mask before.
@discardableResult
package func setSignalMask(_ set: SignalSet) throws(Errno) -> SignalSet {
    var new = set.bits
    var old: UInt64 = 0
    try withUnsafeMutablePointer(to: &new) { (new) throws(Errno) in
        try withUnsafeMutablePointer(to: &old) { (old) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_rt_sigprocmask), Int(SIG_SETMASK), address(new), address(old), 8)
        }
    }
    return SignalSet(bits: old)
}

/// A descriptor from which the blocked signals of `set` are read (signalfd(2)).
package func openSignals(_ set: SignalSet) throws(Errno) -> Descriptor {
    var bits = set.bits
    let raw = try withUnsafeMutablePointer(to: &bits) { (bits) throws(Errno) in
        try syscallRetrying(Int(SYS_signalfd4), -1, address(bits), 8, Int(O_CLOEXEC) | Int(O_NONBLOCK))
    }
    return Descriptor(owning: CInt(raw))
}

/// The next pending signal of a signalfd, or nil when none is pending.
package func readSignal(_ descriptor: CInt) throws(Errno) -> signalfd_siginfo? {
    var information = signalfd_siginfo()
    do {
        let count = try withUnsafeMutablePointer(to: &information) { (pointer) throws(Errno) in
            try syscallRetrying(
                Int(SYS_read), Int(descriptor), address(pointer), MemoryLayout<signalfd_siginfo>.size)
        }
        return count == MemoryLayout<signalfd_siginfo>.size ? information : nil
    } catch .resourceTemporarilyUnavailable { return nil }
}

/// Waits until one of the descriptors is ready (poll(2)); -1 waits without end. Returns the number of ready ones, 0
/// when the time is over.
@discardableResult
package func waitForEvents(_ descriptors: inout [pollfd], milliseconds: CInt = -1) throws(Errno) -> Int {
    try descriptors.withUnsafeMutableBufferPointer { (list) throws(Errno) in
        while true {
            let result = poll(list.baseAddress, nfds_t(list.count), milliseconds)
            if result >= 0 { return Int(result) }
            let code = errno
            if code != EINTR { throw Errno(rawValue: code) }
        }
    }
}
