import LinuxKernel
import Testing

@Suite("descriptors")
struct DescriptorTests {
    @Test("everything that makes a descriptor sets close-on-exec")
    func closeOnExec() throws {
        let folder = try Folder()
        let file = try openPath(folder.path, O_RDONLY)
        let resolved = try openPath(at: file.raw, ".", O_PATH, resolve: .inRoot)
        let twin = try file.duplicate(minimum: 50)
        let pipe = try Pipe()
        let pair = try socketPair()
        let event = try makeEventDescriptor()
        let numbers = [
            file.raw, resolved.raw, twin.raw, pipe.reading.raw, pipe.writing.raw, pair.first.raw, pair.second.raw,
            event.raw,
        ]
        #expect(numbers.allSatisfy(closesOnExec) && twin.raw >= 50)
    }

    @Test("a descriptor is closed with its scope, and not after it was released")
    func ownership() throws {
        // The other end of a pipe tells: a closed number may be taken by another test at once.
        let reading = try Pipe().takeReading()
        var byte = [UInt8](repeating: 0, count: 1)
        let end = try byte.withUnsafeMutableBytes { (byte) throws(Errno) in try readBytes(reading.raw, into: byte) }
        #expect(end == 0)
        let kept = try openPath("/", O_RDONLY).release()
        #expect(fcntl(kept, F_GETFD) >= 0)
        close(kept)
    }

    @Test("all but the kept ones are closed")
    func closing() throws {
        // In a child, so that nothing of the test process is closed.
        let made = try [900, 901, 902].map { (number) throws in
            try openPath("/", O_RDONLY).duplicate(minimum: number).release()
        }
        defer { made.forEach { close($0) } }
        let status = try inClonedChild {
            do { try closeDescriptors(from: made[0], except: [made[1]]) } catch { return 1 }
            return fcntl(made[0], F_GETFD) < 0 && fcntl(made[1], F_GETFD) >= 0 && fcntl(made[2], F_GETFD) < 0 ? 0 : 2
        }
        #expect(status == 0)
    }

    @Test("dup3 keeps or closes over exec as asked, also onto itself")
    func duplicates() throws {
        let file = try openPath("/", O_RDONLY)
        let target = try file.duplicate(minimum: 700).release()
        defer { close(target) }
        try duplicate(file.raw, onto: target)
        #expect(!closesOnExec(target))
        try duplicate(target, onto: target, closeOnExec: true)
        #expect(closesOnExec(target))
        try duplicate(file.raw, onto: target, closeOnExec: true)
        #expect(closesOnExec(target))
    }
}

/// The status of a child that only makes system calls: this process has threads.
private func inClonedChild(_ body: () -> CInt) throws -> CInt {
    let pid = clinux_syscall(Int(SYS_fork), 0, 0, 0, 0, 0, 0)
    if pid == 0 { _exit(body()) }
    let ended = try waitForProcess(pid_t(pid))
    return try #require(ended).status.exitCode
}
