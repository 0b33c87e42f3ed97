import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Starts a created container and returns when its command has been executed.
    ///
    /// - Throws: `wrongState` for a container that is not created; the command's own failure when it cannot be executed.
    package func start(_ id: String) throws(SandboxError) {
        let folder = try store.open(id)
        var record = try folder.record()
        switch record.currentStatus {
        case .created: break
        case .running: throw SandboxError(.wrongState, "cannot start a container that is running")
        case .stopped: throw SandboxError(.wrongState, "cannot start a container that has stopped")
        case .creating: throw SandboxError(.wrongState, "cannot start a container that is being created")
        }
        let process = try attempt("open process \(record.pid)") { () throws(Errno) in try openProcess(record.pid) }
        let notify = try notifyProxy(folder)
        try openGate(folder.gatePath, process)
        record.status = .running
        try folder.write(record)
        try runPoststart(record, folder)
        // Others may use the container before it is ready.
        unlock(folder)
        if let notify { try notify.waitUntilReady(process, record.pid) }
    }

    /// Writes the byte init waits for, then waits until init has let go of the gate by executing the command or dying.
    private func openGate(
        _ path: String, _ process: borrowing Descriptor
    ) throws(SandboxError) {
        let gate = try writingEnd(path)
        try attempt("open the start gate \(path)") { () throws(Errno) in try writeAll(gate.raw, [1]) }
        var ready = [
            pollfd(fd: gate.raw, events: 0, revents: 0), pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0),
        ]
        try attempt("wait for the command") { () throws(Errno) in _ = try waitForEvents(&ready) }
        if let error = try startFailure(path) { throw error }
        // Both are gone when it fails; the gate itself is not needed any more.
        do { try LinuxKernel.remove(path) } catch {}
    }

    private func writingEnd(_ path: String) throws(SandboxError) -> Descriptor {
        do { return try openPath(path, O_WRONLY | O_NONBLOCK) } catch {
            // No reader: init is dead though its process number is still there.
            if error.rawValue == ENXIO { throw SandboxError(.wrongState, "the container's init is dead") }
            throw SandboxError(error, "open the start gate \(path)")
        }
    }

    /// What init left in the gate when it could not execute the command: kept there by this process's writing end.
    private func startFailure(_ path: String) throws(SandboxError) -> SandboxError? {
        let reader = try attempt("read \(path)") { () throws(Errno) in try openPath(path, O_RDONLY | O_NONBLOCK) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        do {
            let count = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(Errno) in
                try readBytes(reader.raw, into: UnsafeMutableRawBufferPointer(bytes))
            }
            bytes.removeLast(bytes.count - count)
        } catch {
            if error == .resourceTemporarilyUnavailable { return nil }
            throw SandboxError(error, "read \(path)")
        }
        if case .failed(var error)? = InitMessage(bytes: bytes) {
            error.isTold = false
            return error
        }
        return nil
    }

    /// The poststart hooks; a failure stops the container (runtime-spec `runtime.md`, Lifecycle 9).
    func runPoststart(_ record: ContainerRecord, _ folder: borrowing ContainerFolder) throws(SandboxError) {
        guard let hooks = try spec(in: folder).hooks?.poststart, !hooks.isEmpty else { return }
        do {
            try runHooks(hooks, kind: "poststart", state: record.state.encoded())
        } catch {
            // Dead already is what is wanted.
            do { try sendSignal(SIGKILL, to: record.pid) } catch {}
            throw error
        }
    }

    /// The specification as it was at the create.
    func spec(in folder: borrowing ContainerFolder) throws(SandboxError) -> Spec {
        try Spec(decoding: folder.read("config.json"))
    }
}
