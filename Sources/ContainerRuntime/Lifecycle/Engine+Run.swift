import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Creates and starts a container; in the foreground waits for its end, deletes it and returns its exit status.
    package func run(_ id: String, _ options: EngineOptions) throws(SandboxError) -> CInt {
        var options = options
        options.commandMask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
        try becomeSubreaper(options)
        var created = try create(id, options, gated: false)
        var record = created.record
        let notify = try start(&created, &record)
        if options.detach {
            try telling { () throws(SandboxError) in try created.process.waitForExecution(warn: warn) }
            let process = created.process
            unlock(created.folder)
            if let notify { try notify.waitUntilReady(process.child.handle, process.pid) }
            return 0
        }
        let spec = created.bundle.spec
        let process = created.process
        // Others may read the state and signal the container meanwhile.
        unlock(created.folder)
        return try supervise(process, spec, record, options, notify: notify)
    }

    /// Starts a created container, or removes it; the socket for its notifications.
    private func start(
        _ created: inout Created, _ record: inout ContainerRecord
    ) throws(SandboxError) -> NotifyProxy? {
        do throws(SandboxError) {
            let notify = try notifyProxy(created.folder)
            try created.process.start()
            record.status = .running
            try created.folder.write(record)
            try runPoststart(record, created.folder)
            return notify
        } catch {
            created.process.destroy()
            // The failure itself matters more than leftovers, which the next create of this id takes over.
            do { try remove(created.folder, record) } catch {}
            throw error
        }
    }

    /// Takes over what the container orphans, for as long as this process waits for it.
    func becomeSubreaper(_ options: EngineOptions) throws(SandboxError) {
        if options.detach || !options.becomesSubreaper { return }
        try attempt("become a subreaper") { () throws(Errno) -> Void in
            try processControl(PR_SET_CHILD_SUBREAPER, 1)
        }
    }

    /// Stays with a running container until its end; its folder must not be locked by this process.
    func supervise(
        _ process: consuming InitProcess, _ spec: Spec, _ record: ContainerRecord, _ options: EngineOptions,
        notify: consuming NotifyProxy? = nil
    ) throws(SandboxError) -> CInt {
        let wantsTerminal = spec.process?.terminal ?? false
        let relays = wantsTerminal && options.consoleSocket == nil
        let status: CInt
        do throws(SandboxError) {
            var supervisor = try Supervisor(
                process, hasReaper: false, terminalDescriptor: relays ? nearestTerminal() : nil,
                startsInForeground: true, usesStandardStreams: relays, warn: warn, notify: notify)
            status = try supervisor.run()
        } catch {
            // The failure itself matters more than leftovers, which `delete --force` removes.
            do { try delete(record.id, force: true) } catch {}
            throw error
        }
        if !options.keep { try delete(record.id, force: true) }
        return status
    }
}

/// Runs `body` for a caller who does not see what the command writes: its failure has to be told here, too.
func telling(_ body: () throws(SandboxError) -> Void) throws(SandboxError) {
    do { try body() } catch {
        var error = error
        error.isTold = false
        throw error
    }
}

func unlock(_ folder: consuming ContainerFolder) {}

/// The first of the descriptors 0 to 2 that is a terminal.
package func callerTerminal() -> CInt? { (0...2).first { isTerminal($0) } }

/// The same, else this session's terminal, which stays open; nil without one.
func nearestTerminal() -> CInt? {
    if let terminal = callerTerminal() { return terminal }
    // A process without a controlling terminal cannot open it.
    do { return try openPath("/dev/tty", O_RDWR).release() } catch { return nil }
}
