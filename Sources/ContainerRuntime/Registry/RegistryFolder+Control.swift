import Diagnostics
import LinuxKernel

extension RegistryFolder {
    /// The socket on which terminals attach and join.
    package func listen() throws(SandboxError) -> Descriptor {
        try attempt("listen at \(path)/control") { () throws(Errno) in
            try listenForPackets(in: directory.raw, "control")
        }
    }
}

extension RegistryEntry {
    /// A connection to the sandbox's supervisor; nil when it ended a moment ago.
    package func connect() throws(SandboxError) -> Descriptor? {
        guard let folder else { return nil }
        do throws(Errno) {
            let directory = try openPath(folder, O_PATH | O_DIRECTORY)
            return try connectForPackets(in: directory.raw, "control")
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .connectionRefused, .notDirectory: return nil
            default: throw SandboxError(error, "connect to sandbox \(record.name)")
            }
        }
    }

    /// Waits for the sandbox's end and returns its exit status; nil when nobody saw it.
    package func wait() throws(SandboxError) -> CInt? {
        if let status = record.exitStatus { return status }
        guard let folder else { return nil }
        do throws(Errno) { return try wait(folder) } catch {
            // It has ended between the look and the wait.
            if error == .noSuchFileOrDirectory || error == .noSuchProcess { return nil }
            throw SandboxError(error, "wait for sandbox \(record.name)")
        }
    }

    private func wait(_ folder: String) throws(Errno) -> CInt? {
        // Opened before the wait: the folder goes when the sandbox has ended.
        let end = try openPath("\(folder)/exit", O_RDONLY)
        let supervisor = try record.supervisor.open()
        var ready = [pollfd(fd: supervisor.raw, events: Int16(POLLIN), revents: 0)]
        try waitForEvents(&ready)
        return CInt(String(decoding: try readAll(end.raw, limit: 64), as: UTF8.self))
    }
}
