/// A system call that a filter handed over (seccomp_unotify(2), `struct seccomp_notif`); its thread waits for an answer.
package struct CallNotification: Sendable {
    package var id: UInt64
    /// The thread, in this process's pid namespace.
    package var thread: pid_t
    package var number: UInt32
    package var architecture: UInt32
    package var arguments: [UInt64]
}

/// What becomes of a notified call.
package enum CallAnswer: Equatable, Sendable {
    /// The kernel carries it out as if there were no filter (Linux 5.5).
    case proceed
    case fail(errno: CInt)
    /// The call is not made, and its process ends by SIGSYS.
    case end
}

/// Takes the next notified call; nil when its thread died meanwhile. Waits when there is none, so poll(2) comes first.
package func receiveNotification(_ listener: CInt) throws(Errno) -> CallNotification? {
    // Room for what later kernels may append; they want it zeroed.
    var words = [UInt64](repeating: 0, count: 64)
    do throws(Errno) {
        try words.withUnsafeMutableBufferPointer { (words) throws(Errno) in
            _ = try syscallRetrying(
                Int(SYS_ioctl), Int(listener), SeccompRequest.receive, address(words.baseAddress))
        }
    } catch {
        if error == .noSuchFileOrDirectory { return nil }
        throw error
    }
    return CallNotification(
        id: words[0], thread: pid_t(truncatingIfNeeded: words[1]), number: UInt32(truncatingIfNeeded: words[2]),
        architecture: UInt32(truncatingIfNeeded: words[2] >> 32), arguments: Array(words[4..<10]))
}

/// Answers a call; that its thread has died meanwhile is no error.
package func answerNotification(
    _ listener: CInt, _ call: CallNotification, _ answer: CallAnswer
) throws(Errno) {
    // struct seccomp_notif_resp: id, value, error and flags.
    var words: InlineArray<3, UInt64> = [call.id, 0, 0]
    switch answer {
    case .proceed: words[2] = 1 << 32
    case .fail(let errno): words[2] = UInt64(UInt32(bitPattern: -errno))
    case .end:
        // The signal is there before the answer, so the thread never comes back to its program.
        try endProcess(of: call, listener)
        words[2] = UInt64(UInt32(bitPattern: -EPERM))
    }
    do throws(Errno) {
        try withUnsafeMutablePointer(to: &words) { (words) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_ioctl), Int(listener), SeccompRequest.send, address(words))
        }
    } catch { if error != .noSuchFileOrDirectory { throw error } }
}

/// Ends the process of a waiting call: by SIGSYS, as a filter's verdict does, or by SIGKILL where SIGSYS would not.
private func endProcess(of call: CallNotification, _ listener: CInt) throws(Errno) {
    do throws(Errno) {
        let lines = try readText("/proc/\(call.thread)/status").split(separator: "\n")
        // Of lists with one entry for each pid namespace the innermost is last.
        func last(_ name: String) -> Substring? {
            lines.first { $0.hasPrefix(name + ":") }?.split(whereSeparator: \.isWhitespace).last
        }
        guard let group = last("Tgid").flatMap({ Int($0) }), isNotificationValid(listener, call.id) else { return }
        let bit: UInt64 = 1 << UInt64(SIGSYS - 1)
        let isHeld = ["SigBlk", "SigIgn", "SigCgt"].contains { name in
            last(name).flatMap { UInt64($0, radix: 16) }.map { $0 & bit != 0 } ?? false
        }
        // Process 1 of a pid namespace is hit by nothing else from outside.
        let signal = isHeld || last("NStgid") == "1" ? SIGKILL : SIGSYS
        try syscallRetrying(Int(SYS_tgkill), group, Int(call.thread), Int(signal))
    } catch { if error != .noSuchFileOrDirectory && error != .noSuchProcess { throw error } }
}

/// Whether the call still waits: only then was memory read since then that of its thread.
package func isNotificationValid(_ listener: CInt, _ id: UInt64) -> Bool {
    var id = id
    return withUnsafeMutablePointer(to: &id) {
        clinux_syscall(Int(SYS_ioctl), Int(listener), SeccompRequest.isValid, address($0), 0, 0, 0) == 0
    }
}

/// ioctl(2) numbers of <linux/seccomp.h>, which are macros with sizes.
private enum SeccompRequest {
    static let receive = 0xc050_2100
    static let send = 0xc018_2101
    static let isValid = 0x4008_2102
}

/// process_vm_readv(2): up to `limit` bytes of another process, fewer when its memory ends before.
package func readMemory(of process: pid_t, at address: UInt64, limit: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    // One vector for each page: the call stops between vectors, not within one.
    var remote: [iovec] = []
    var next = address
    let end = address &+ UInt64(limit)
    while next < end {
        let stop = min(end, (next & ~4095) &+ 4096)
        remote.append(iovec(iov_base: UnsafeMutableRawPointer(bitPattern: UInt(next)), iov_len: Int(stop - next)))
        next = stop
    }
    let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
        var local = iovec(iov_base: UnsafeMutableRawPointer(buffer.baseAddress), iov_len: limit)
        return try withUnsafePointer(to: &local) { (local) throws(Errno) in
            try remote.withUnsafeBufferPointer { (remote) throws(Errno) in
                try syscallRetrying(
                    Int(SYS_process_vm_readv), Int(process), LinuxKernel.address(local), 1,
                    LinuxKernel.address(remote.baseAddress), remote.count, 0)
            }
        }
    }
    return Array(bytes[..<count])
}

/// A random number of the kernel (getrandom(2)).
package func randomNumber() throws(Errno) -> UInt64 {
    var number: UInt64 = 0
    try withUnsafeMutablePointer(to: &number) { (number) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_getrandom), address(number), 8, 0)
    }
    return number
}
