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

    @Test("namespaces that it makes early are the clone's, and those it could not make are made by the clone")
    func early() throws {
        let keeper = try CloneKeeper(flags: UInt64(CLONE_NEWUSER), early: UInt64(CLONE_NEWUTS))
        defer { keeper.discard() }
        let own = try readLink("/proc/self/ns/uts")
        let made = try #require(
            try eventually {
                let link = try readLink("/proc/\(keeper.pid)/ns/uts")
                return link == own ? nil : link
            })
        let child = try keeper.clone(flags: UInt64(CLONE_NEWUTS)) {
            _exit((try? readLink("/proc/self/ns/uts")) == made ? 0 : 1)
        }
        #expect(try waitForProcess(child.pid)?.status == .exited(0))

        // unshare(2) knows no such flag.
        let refused = try CloneKeeper(flags: UInt64(CLONE_NEWUSER), early: UInt64(CLONE_NEWUTS | CLONE_VFORK))
        defer { refused.discard() }
        let second = try refused.clone(flags: UInt64(CLONE_NEWUTS)) {
            let link = try? readLink("/proc/self/ns/uts")
            _exit(link != nil && link != own ? 0 : 1)
        }
        #expect(try waitForProcess(second.pid)?.status == .exited(0))
    }

    /// What `find` finds within two seconds.
    private func eventually(_ find: () throws -> String?) throws -> String? {
        for _ in 0..<2000 {
            if let found = try find() { return found }
            usleep(1000)
        }
        return nil
    }
}
