import CFuse
import Diagnostics
import LinuxKernel
import Synchronization

/// An overlay whose layers are open and found fit, on a `/dev/fuse` descriptor that is mounted already.
package struct PreparedOverlay: ~Copyable {
    private let configuration: OverlayConfiguration
    private let overlay: Overlay

    /// Starts no thread, so the process may still fork. Its umask becomes 0. `invalidInput` for layers that cannot
    /// serve, `refused` for an upper that may be torn.
    package init(_ configuration: consuming OverlayConfiguration) throws(SandboxError) {
        umask(0)
        signal(SIGPIPE, SIG_IGN)
        let overlay = try Overlay(configuration)
        if let work = configuration.markedWork { try VolatileMark.set(work) }
        self.overlay = overlay
        self.configuration = configuration
    }

    /// Serves until it is unmounted: starts threads, waits for them, and returns when the connection ends. `system` when
    /// libfuse refuses.
    package func serve() throws(SandboxError) {
        try withCrew(threads: configuration.options.threads) { (crew) throws(SandboxError) in try serve(with: crew) }
    }

    fileprivate func serve(with crew: Crew) throws(SandboxError) {
        let device = configuration.fuseDevice.raw
        try withSession(overlay, device: device) { [overlay] session in
            OverlayServer.serve(session, overlay, device: device, with: crew)
        }
        if let work = configuration.markedWork { VolatileMark.clear(work) }
    }
}

/// Serves what `prepare` returns, until it is unmounted. The threads are there before: what `prepare` waits for is
/// answered that much sooner.
package func serveOverlay(preparing prepare: () throws(SandboxError) -> PreparedOverlay) throws(SandboxError) {
    try withCrew(threads: 0) { (crew) throws(SandboxError) in try prepare().serve(with: crew) }
}

/// Runs `body` on a thread of its own, with a crew of `threads`, 0 for as many as the machine can use.
private func withCrew(threads: Int, _ body: (Crew) throws(SandboxError) -> Void) throws(SandboxError) {
    var failure: SandboxError?
    onFreshThread {
        let crew = Crew(size: threads > 0 ? threads : defaultThreads())
        crew.begin()
        do throws(SandboxError) { try body(crew) } catch { failure = error }
        crew.finish()
    }
    if let failure { throw failure }
}

/// Runs `body` on a thread of its own and waits for it.
///
/// `Mutex` locks by thread id (FUTEX_LOCK_PI) and remembers the id per thread. After a fork the remembered id of the
/// only thread is its parent's, and a contended lock would spin for ever; new threads ask anew.
private func onFreshThread(_ body: () -> Void) {
    withoutActuallyEscaping(body) { body in
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        let result = pthread_create(&thread, nil, runThread, box.toOpaque())
        guard result == 0 else { return box.release() }
        pthread_join(thread, nil)
    }
}

/// Enough for every processor and some more, since a thread that waits for the disk serves nobody.
private func defaultThreads() -> Int { min(16, max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 2)) }

private func withSession(
    _ overlay: Overlay, device: CInt, _ body: (OpaquePointer) -> Void
) throws(SandboxError) {
    var operations = overlayOperations()
    var io = fuse_custom_io()
    io.read = { _, buffer, size, _ in readRequest(buffer, size) }
    io.writev = { _, vector, count, _ in writeReply(vector, count) }
    let name = strdup("sandbox-overlay")
    defer { free(name) }
    var vector: [UnsafeMutablePointer<CChar>?] = [name, nil]
    let session = vector.withUnsafeMutableBufferPointer { vector -> OpaquePointer? in
        var arguments = fuse_args(argc: 1, argv: vector.baseAddress, allocated: 0)
        return fuse_session_new(
            &arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size, Unmanaged.passUnretained(overlay).toOpaque())
    }
    guard let session else { throw SandboxError(.system, "libfuse refuses to make a session") }
    let copy = try attempt("duplicate the fuse device") { () throws(Errno) in
        CInt(try syscallRetrying(Int(SYS_fcntl), Int(device), Int(F_DUPFD_CLOEXEC), 3))
    }
    let result = fuse_session_custom_io(session, &io, copy)
    guard result == 0 else {
        close(copy)
        fuse_session_destroy(session)
        throw SandboxError(Errno(rawValue: -result), "attach the fuse session")
    }
    body(session)
    fuse_session_destroy(session)
    withExtendedLifetime(overlay) {}
}

/// Runs the workers, the first one on this thread, until the connection ends.
private func serve(_ session: OpaquePointer, _ overlay: Overlay, device: CInt, with crew: Crew) {
    crew.setWork { crew in
        let worker = Worker(overlay, crew, device: cloneDevice(device))
        worker.run { while answerOne(session, worker) {} }
    }
    let first = Worker(overlay, crew, device: device)
    first.run { while answerOne(session, first) {} }
    // The others use the session.
    crew.finish()
}

/// A descriptor of the same connection with a queue of its own for what is being answered; the first one where the
/// kernel has no such.
private func cloneDevice(_ device: CInt) -> CInt {
    let clone = open("/dev/fuse", O_RDWR | O_CLOEXEC)
    guard clone >= 0 else { return device }
    if cfuse_clone(clone, device) == 0 { return clone }
    close(clone)
    return device
}

/// Waits for one request and answers it; false when the connection has ended.
private func answerOne(_ session: OpaquePointer, _ worker: Worker) -> Bool {
    guard fuse_session_exited(session) == 0, worker.crew.beginWaiting() else {
        worker.crew.end()
        return false
    }
    let began = monotonicNanoseconds()
    let result = fuse_session_receive_buf(session, &worker.incoming)
    worker.crew.endWaiting()
    if result == -EINTR || result == -EAGAIN { return true }
    guard result > 0 else {
        worker.crew.end()
        return false
    }
    switch worker.backlog.note(waited: monotonicNanoseconds() - began) {
    case .stay: break
    case .grow: worker.crew.grow()
    case .shrink: worker.crew.shrink()
    }
    worker.request = cfuse_peek(worker.incoming.mem, Int(result))
    if worker.answersUnknown(worker.incoming.mem, Int(result)) { return true }
    fuse_session_process_buf(session, &worker.incoming)
    return true
}

private func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

private func readRequest(_ buffer: UnsafeMutableRawPointer?, _ size: Int) -> Int {
    guard let worker = Worker.current else {
        errno = EBADF
        return -1
    }
    return read(worker.device, buffer, size)
}

private func writeReply(_ vector: UnsafeMutablePointer<iovec>?, _ count: CInt) -> Int {
    guard let worker = Worker.current else {
        errno = EBADF
        return -1
    }
    if worker.request.opcode == UInt32(CFUSE_OPCODE_INIT), let vector {
        cfuse_add_init_flags(vector, count, worker.request.offered & UInt64(CFUSE_INIT_FLAGS))
    }
    return writev(worker.device, vector, count)
}
