import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What engines say to `exec`.
package struct ExecOptions {
    package var process: Spec.Process
    /// The container's, when it has been read already.
    package var specification: Spec?
    package var consoleSocket: String?
    package var pidFile: String?
    package var pidfdSocket: String?
    package var detach = false
    package var ignorePaused = false
    package var preservedDescriptors: CInt = 0
    /// Groups below the container's that the process joins instead; nil: where the container's first process is.
    package var cgroupsBelow: CgroupsBelow?

    package init(process: Spec.Process) { self.process = process }
}

extension Engine {
    /// The specification of a container as it was at its create, for `exec` to start from.
    package func specification(of id: String) throws(SandboxError) -> Spec { try store.spec(id) }

    /// Runs one more process in a running container; in the foreground returns its exit status.
    package func exec(_ id: String, _ options: ExecOptions) throws(SandboxError) -> CInt {
        let mask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
        // Without the container's lock: a process that starts in a paused container goes on only after a resume.
        let record = try store.read(id)
        switch record.currentStatus {
        case .running, .created: break
        case .stopped, .creating:
            throw SandboxError(.wrongState, "cannot exec in a container that is not running: container not running")
        }
        let cgroup = try cgroup(of: record)
        if !options.ignorePaused, let cgroup, cgroup.exists, try cgroup.isFrozen() {
            throw SandboxError(
                .wrongState, "cannot exec in a paused container", remedy: "resume it first, or use --ignore-paused")
        }
        let containerSpec = if let known = options.specification { known } else { try store.spec(id) }
        let namespaces = try namespaces(of: record)
        var plan = try planExec(id, options.process, containerSpec.linux, namespaces)
        if !options.process.hasTerminalSettings { plan.process?.consoleSize = nil }
        var request = CreateRequest(plan: plan)
        request.joinsContainer = true
        request.commandMask = mask
        request.consoleSocket = options.consoleSocket
        request.preservedDescriptors = options.preservedDescriptors
        request.newKeyring = false
        request.warn = warn
        if let agent = SeccompAgent(containerSpec.linux?.seccomp) {
            let state = record.state
            request.listenerReady = { (listener, pid) throws(SandboxError) in try agent.take(listener, pid, state) }
        }
        request.terminalSize = callerTerminal().flatMap(terminalSize)
        request.joinedCgroup = try joinedCgroup(cgroup, record, options)
        try confine(&request, seccomp: containerSpec.linux?.seccomp, options.process.capabilities)
        if !(options.process.terminal ?? false) && !(request.seccomp?.needsListener ?? false) { request.gate = .open }
        var process = try createContainer(request)
        do throws(SandboxError) {
            if case .message = request.gate { try process.start() }
            if let path = options.pidFile { try writePIDFile(path, process.pid) }
            if let path = options.pidfdSocket { try sendHandle(process, to: path) }
            if options.detach {
                try telling { () throws(SandboxError) in try process.waitForExecution(warn: warn) }
                return 0
            }
        } catch {
            process.destroy()
            throw error
        }
        let wantsTerminal = options.process.terminal == true && options.consoleSocket == nil
        var supervisor = try Supervisor(
            process, hasReaper: false, terminalDescriptor: wantsTerminal ? nearestTerminal() : nil,
            startsInForeground: true, usesStandardStreams: wantsTerminal, warn: warn)
        return try supervisor.run()
    }

    private func joinedCgroup(
        _ cgroup: Cgroup?, _ record: ContainerRecord, _ options: ExecOptions
    ) throws(SandboxError) -> (cgroup: Cgroup, pid: pid_t?)? {
        if let cgroup, cgroup.exists {
            guard let below = options.cgroupsBelow else { return (cgroup, record.pid) }
            return (try cgroup.descending(below), nil)
        }
        guard options.cgroupsBelow == nil else {
            throw SandboxError(.wrongState, "--cgroup: the container has no cgroup of its own")
        }
        return nil
    }

    private func planExec(
        _ id: String, _ process: Spec.Process, _ linux: Spec.Linux?, _ joined: [NamespacePlan.Joined]
    ) throws(SandboxError) -> Plan {
        try validate(process, at: "process")
        return try ContainerPlan.planExec(id, process, linux ?? Spec.Linux(), joined: joined)
    }

    /// The namespaces of a container's first process that are not this process's own.
    private func namespaces(of record: ContainerRecord) throws(SandboxError) -> [NamespacePlan.Joined] {
        var joined: [NamespacePlan.Joined] = []
        for (kind, name) in Self.namespaceFiles {
            // Its command will be the first process in it: init has made it for its execution.
            let isAhead = kind == .time && record.status == .created
            let path = "/proc/\(record.pid)/ns/\(isAhead ? "time_for_children" : name)"
            do throws(Errno) {
                if try readLink(path) != readLink("/proc/self/ns/\(name)") {
                    joined.append(NamespacePlan.Joined(kind: kind, path: path))
                }
            } catch {
                // A kernel without this kind of namespace has no such file.
                if error == .noSuchFileOrDirectory && processStatus(record.pid) != nil { continue }
                throw hiddenNamespace(error, name, record)
            }
        }
        return joined
    }

    /// A namespace that was joined, or a container with CAP_SYS_PTRACE: others may be there, and init stays closed.
    func hiddenNamespace(_ error: Errno, _ name: String, _ record: ContainerRecord) -> SandboxError {
        let waits = error == .permissionDenied && record.status == .created
        return SandboxError(
            error, "name the container's \(name) namespace",
            remedy: waits ? "start the container first: until then its process is closed to this user" : nil)
    }

    private static let namespaceFiles: [(Spec.Linux.Namespace.Kind, String)] = [
        (.user, "user"), (.ipc, "ipc"), (.uts, "uts"), (.network, "net"), (.pid, "pid"), (.cgroup, "cgroup"),
        (.time, "time"), (.mount, "mnt"),
    ]
}

extension Spec.Process {
    fileprivate var hasTerminalSettings: Bool { terminal == true }
}

/// The rows and columns of a terminal; nil when it does not say.
func terminalSize(_ descriptor: CInt) -> TerminalSize? {
    do {
        let size = try windowSize(descriptor)
        return TerminalSize(rows: size.ws_row, columns: size.ws_col)
    } catch { return nil }
}

/// Sends a process's pidfd over a unix socket.
func sendHandle(_ process: borrowing InitProcess, to path: String) throws(SandboxError) {
    let handle = process.child.handle.raw
    try attempt("send the pidfd to \(path)") { () throws(Errno) in
        let socket = try connectUnixSocket(path)
        try send(socket.raw, Array("pidfd".utf8), descriptors: [handle])
    }
}
