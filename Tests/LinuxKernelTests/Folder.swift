import LinuxKernel

/// A folder that is there while a test runs.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/sandbox-kernel-calls.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = template.withUnsafeBufferPointer { text in text.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit { _ = try? runProgram("/bin/rm", ["-rf", path]) }

    func write(_ text: String, to name: String) throws {
        let file = try openPath("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try writeAll(file.raw, text)
    }

    func open(_ flags: CInt = O_RDONLY | O_DIRECTORY) throws -> Descriptor { try openPath(path, flags) }
}

/// Whether a descriptor is closed by exec.
func closesOnExec(_ raw: CInt) -> Bool { fcntl(raw, F_GETFD) & FD_CLOEXEC != 0 }
