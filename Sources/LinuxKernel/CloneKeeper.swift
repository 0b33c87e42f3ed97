/// A process that waits in new namespaces, where others can prepare them, until it is told to clone the one that they
/// are for.
///
/// It shares this process's memory and descriptors (CLONE_VM, CLONE_FILES), so it costs next to nothing, and what it
/// clones starts with a copy of the memory as it is then. It dies with this process.
package final class CloneKeeper {
    package let pid: pid_t
    private let keeper: UnsafeMutablePointer<clinux_keeper>
    private let stack: UnsafeMutableRawPointer
    /// The command's pipe; the reading end is the keeper's too, whose descriptors are this process's.
    private let command: (reading: CInt, writing: CInt)
    private var isReaped = false
    private var isDiscarded = false

    /// As much as a main thread's usual limit; only what is touched is there.
    private static let stackSize = 8 << 20

    /// Starts it in new namespaces of `flags` (CLONE_NEW*). Every signal must be blocked: it would act on them as this
    /// process does.
    ///
    /// - Parameter early: further ones that it makes by itself, beside this process; its `clone` is to ask for them too.
    package init(flags: UInt64, early: UInt64 = 0) throws(Errno) {
        let pipe = try Pipe()
        let address = try syscallRetrying(
            Int(SYS_mmap), 0, Self.stackSize, Int(PROT_READ | PROT_WRITE),
            Int(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK), -1, 0)
        guard let stack = UnsafeMutableRawPointer(bitPattern: address) else { throw .noMemory }
        self.stack = stack
        keeper = .allocate(capacity: 1)
        keeper.initialize(to: clinux_keeper())
        // The kernel's guard below a stack is for those that grow; this one does not.
        try syscallRetrying(Int(SYS_mprotect), address, 4096, Int(PROT_NONE))
        command = pipe.release()
        keeper.pointee.command = command.reading
        keeper.pointee.early = early
        pid = pid_t(try check(clinux_start_keeper(keeper, stack + Self.stackSize, flags)))
    }

    /// Clones a child of this process into the keeper's namespaces and new ones of `flags`, runs `body` in it, and ends
    /// the keeper.
    package func clone(flags: UInt64, body: () -> Never) throws(Errno) -> Child {
        var handle: CInt = -1
        let result = try withUnsafeMutablePointer(to: &handle) { (handle) throws(Errno) in
            keeper.pointee.arguments.flags = flags | UInt64(CLONE_PARENT) | UInt64(CLINUX_CLONE_PIDFD)
            keeper.pointee.arguments.pidfd = UInt64(UInt(bitPattern: handle))
            return try ask(body)
        }
        discard()
        return Child(pid: pid_t(try check(result)), handle: Descriptor(owning: handle))
    }

    private func ask(_ body: () -> Never) throws(Errno) -> Int {
        try withoutActuallyEscaping(body) { (body) throws(Errno) in
            let box = Unmanaged.passRetained(CloneBody(body))
            defer { box.release() }
            keeper.pointee.context = box.toOpaque()
            keeper.pointee.body = { context in
                guard let context else { return }
                Unmanaged<CloneBody>.fromOpaque(context).takeUnretainedValue().run()
            }
            // What it says if somebody else has killed it.
            keeper.pointee.result = -Int(ESRCH)
            try writeAll(command.writing, [0])
            _ = try waitForProcess(pid)
            isReaped = true
            return keeper.pointee.result
        }
    }

    /// Ends and reaps it, once.
    package func discard() {
        guard !isDiscarded else { return }
        isDiscarded = true
        do {
            if !isReaped {
                try sendSignal(SIGKILL, to: pid)
                _ = try waitForProcess(pid)
            }
            try syscallRetrying(Int(SYS_munmap), Int(bitPattern: stack), Self.stackSize)
        } catch {}  // it is this process's own child until it is reaped
        close(command.reading)
        close(command.writing)
        keeper.deallocate()
    }
}

private final class CloneBody {
    let run: () -> Never
    init(_ run: @escaping () -> Never) { self.run = run }
}
