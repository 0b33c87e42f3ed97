import Diagnostics
import LinuxKernel
import Testing

@Suite("processes and sockets")
struct ProcessTests {
    @Test(
        "a program's output and end are told",
        arguments: [
            ("echo hello; exit 3", WaitStatus.exited(3), "hello\n"), ("kill -KILL $$", .signaled(SIGKILL), ""),
            ("printf 'a\\0b'", .exited(0), "a\0b"), ("echo $PATH", .exited(0), "/usr/bin:/bin:/usr/sbin:/sbin\n"),
            ("cat; echo lost >&2", .exited(0), ""),
        ])
    func programs(script: String, status: WaitStatus, output: String) throws {
        let result = try runProgram("/bin/sh", ["-c", script])
        #expect(result.status == status && result.bytes == Array(output.utf8))
    }

    @Test("a program that prints too much is stopped, one that is not there is an error")
    func runaway() throws {
        #expect(throws: Errno.fileTooLarge) { try runProgram("/bin/sh", ["-c", "yes"], limit: 100_000) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try runProgram("/does/not/exist", []) }
    }

    @Test("statuses are the shell's")
    func statuses() {
        #expect(WaitStatus.exited(7).exitCode == 7 && WaitStatus.signaled(9).exitCode == 137)
        #expect(WaitStatus.stopped(SIGTSTP).exitCode == 128 + SIGTSTP)
    }

    @Test("descriptors cross a socket with their bytes")
    func descriptorPassing() throws {
        let pair = try socketPair()
        let pipe = try Pipe()
        try send(pair.first.raw, Array("take".utf8), descriptors: [pipe.reading.raw, pipe.writing.raw])
        let datagram = try receive(pair.second.raw)
        let (bytes, numbers) = (datagram.bytes, datagram.descriptors)
        defer { numbers.forEach { close($0) } }
        try #require(numbers.count == 2)
        #expect(bytes.elementsEqual("take".utf8) && numbers.allSatisfy(closesOnExec))
        try writeAll(numbers[1], "through")
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = try buffer.withUnsafeMutableBytes { (buffer) throws(Errno) in
            try readBytes(pipe.reading.raw, into: buffer)
        }
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "through")
    }

    @Test("the end of a socket is an empty message")
    func endOfSocket() throws {
        let first = try socketPair().takeFirst()
        #expect(try receive(first.raw).bytes.isEmpty)
    }

    @Test("a socket's path may be longer than its address")
    func longSocketPaths() throws {
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try connectUnixSocket("/tmp/" + String(repeating: "d/", count: 60) + "socket")
        }
        #expect(throws: Errno.fileNameTooLong) {
            _ = try connectUnixSocket("/tmp/" + String(repeating: "s", count: 300))
        }
        #expect(throws: Errno.fileNameTooLong) { _ = try connectLocalStream(String(repeating: "s", count: 108)) }
    }

    @Test("an event wakes the one who polls")
    func events() throws {
        let event = try makeEventDescriptor()
        #expect(try pollDescriptor(event.raw, Int16(POLLIN), timeout: .milliseconds(1)) == 0)
        try writeAll(event.raw, [1, 0, 0, 0, 0, 0, 0, 0])
        #expect(try pollDescriptor(event.raw, Int16(POLLIN), timeout: nil) == Int16(POLLIN))
    }

    @Test("errors are named in lower case")
    func errorTexts() {
        #expect(Errno.notPermitted.text == "operation not permitted")
        let error = SandboxError(.noSuchFileOrDirectory, "open x")
        #expect(error.kind == .notFound && error.description == "open x: no such file or directory")
    }
}
