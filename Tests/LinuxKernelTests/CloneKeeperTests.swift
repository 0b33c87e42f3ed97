import LinuxKernel
import Testing

@Suite("a process that keeps namespaces for another")
struct CloneKeeperTests {
    @Test("what it clones is this process's child and has this process's memory of that moment")
    func clones() throws {
        let keeper = try CloneKeeper(flags: UInt64(CLONE_NEWUSER))
        defer { keeper.discard() }
        #expect(try readLink("/proc/\(keeper.pid)/ns/user") != readLink("/proc/self/ns/user"))
        // After the keeper was made: only a copy that is taken now holds it.
        let code = CInt.random(in: 1...100)
        let parent = getpid()
        let child = try keeper.clone(flags: UInt64(CLONE_NEWUTS)) { _exit(getppid() == parent ? code : 101) }
        #expect(try waitForProcess(child.pid)?.status == .exited(code))
        #expect(throws: Errno.noChildProcess) { try waitForProcess(keeper.pid) }
    }

    @Test("one that is not needed leaves nothing, and one that was killed says so")
    func unused() throws {
        let keeper = try CloneKeeper(flags: UInt64(CLONE_NEWUSER))
        keeper.discard()
        keeper.discard()
        #expect(throws: Errno.noChildProcess) { try waitForProcess(keeper.pid) }
        let killed = try CloneKeeper(flags: UInt64(CLONE_NEWUSER))
        defer { killed.discard() }
        try sendSignal(SIGKILL, to: killed.pid)
        #expect(throws: Errno.noSuchProcess) { _ = try killed.clone(flags: 0) { _exit(0) } }
    }
}
