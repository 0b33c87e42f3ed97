import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Sends a signal to a container's first process (runtime-spec `runtime.md`, Kill).
    ///
    /// Where the container has no pid namespace of its own, nothing else ends with that process: SIGKILL goes to all of
    /// its processes then, even when the first one is gone.
    /// - Parameter all: to every process of the container; without any that is no error.
    package func kill(_ id: String, signal: CInt, all: Bool = false) throws(SandboxError) {
        let record = try store.read(id)
        let isAlive =
            switch record.currentStatus {
            case .created, .running: true
            case .stopped, .creating: false
            }
        var takesAll = all
        if signal == SIGKILL && !all { takesAll = try !hasOwnProcesses(id) }
        if takesAll, let cgroup = try cgroup(of: record), cgroup.exists {
            if try !cgroup.pids().isEmpty { return signal == SIGKILL ? try cgroup.kill() : try cgroup.signal(signal) }
        }
        if !isAlive && all { return }
        guard isAlive else { throw SandboxError(.wrongState, "container not running", errno: ESRCH) }
        try attempt("send signal \(signal) to container \(id)") { () throws(Errno) in
            let process = try openProcess(record.pid)
            // The number may have gone to another process before it was opened.
            guard let status = processStatus(record.pid), status.startTime == record.startTime else {
                throw .noSuchProcess
            }
            try sendSignal(signal, toProcess: process.raw)
        }
    }

    /// Whether the container's processes end with its first one.
    private func hasOwnProcesses(_ id: String) throws(SandboxError) -> Bool {
        let namespaces = try store.spec(id).linux?.namespaces ?? []
        return namespaces.contains { $0.kind == .pid && ($0.path ?? "").isEmpty }
    }

    /// Removes what a container holds; with `force` it is killed first, and a missing one is no error.
    package func delete(_ id: String, force: Bool) throws(SandboxError) {
        if force { destroyUnlocked(id) }
        let folder: ContainerFolder
        do { folder = try store.open(id) } catch {
            if force && error.kind == .notFound { return }
            throw error
        }
        let record: ContainerRecord
        do { record = try folder.record() } catch {
            if !force { throw error }
            if error.kind != .notFound { warn("\(error)") }
            record = salvage(folder)
        }
        switch record.currentStatus {
        case .stopped: break
        case .created, .running, .creating:
            guard force || record.currentStatus == .created else {
                throw SandboxError(
                    .wrongState, "cannot delete container \(id) that is not stopped: \(record.currentStatus.rawValue)",
                    remedy: "kill it first, or use delete --force")
            }
            try destroyProcess(record)
        }
        try remove(folder, record)
    }

    func cgroup(of record: ContainerRecord) throws(SandboxError) -> Cgroup? {
        guard let json = record.cgroup else { return nil }
        return Cgroup(try CgroupRecord(decoding: json.encoded()))
    }

    /// Kills a container's process without waiting for its lock: a start that hangs in a hook has it until then.
    private func destroyUnlocked(_ id: String) {
        // Whatever is in the way here is met again, and told, with the lock.
        do { try destroyProcess(store.read(id)) } catch {}
    }

    /// Kills a container's first process, and the rest of its pid namespace with it, and waits for its end.
    private func destroyProcess(_ record: ContainerRecord) throws(SandboxError) {
        guard record.pid > 0 else { return }
        let process: Descriptor
        do { process = try openProcess(record.pid) } catch {
            if error == .noSuchProcess { return }
            throw SandboxError(error, "open process \(record.pid)")
        }
        guard let status = processStatus(record.pid), status.startTime == record.startTime else { return }
        do { try sendSignal(SIGKILL, toProcess: process.raw) } catch {
            if error != .noSuchProcess { throw SandboxError(error, "kill process \(record.pid)") }
        }
        var ready = [pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)]
        var count = try attempt("wait for process \(record.pid)") { () throws(Errno) in
            try waitForEvents(&ready, milliseconds: 50)
        }
        if count == 0 {
            // A version 1 freezer holds killed processes, too.
            if let cgroup = try cgroup(of: record), cgroup.exists, try cgroup.isFrozen() { try cgroup.thaw() }
            count = try attempt("wait for process \(record.pid)") { () throws(Errno) in
                try waitForEvents(&ready, milliseconds: 10_000)
            }
        }
        guard count > 0 else {
            throw SandboxError(.system, "process \(record.pid) of container \(record.id) does not die", errno: EBUSY)
        }
    }

    /// Removes cgroup, state and runs the poststop hooks, whose failures are only reported (runtime-spec
    /// `runtime.md`, Lifecycle 13).
    func remove(_ folder: borrowing ContainerFolder, _ record: ContainerRecord) throws(SandboxError) {
        if let cgroup = try cgroup(of: record), cgroup.exists {
            // What shared the container's cgroup without its pid namespace ends with it.
            if try !cgroup.pids().isEmpty { try cgroup.kill() }
            try cgroup.remove()
        }
        try record.resctrl?.leave()
        // A damaged copy of the specification must not keep the container from being removed.
        var hooks: [Spec.Hook] = []
        do { hooks = try spec(in: folder).hooks?.poststop ?? [] } catch { warn("\(error)") }
        try folder.remove()
        for hook in hooks {
            do { try runHooks([hook], kind: "poststop", state: record.state.encoded()) } catch { warn("\(error)") }
        }
    }
}
