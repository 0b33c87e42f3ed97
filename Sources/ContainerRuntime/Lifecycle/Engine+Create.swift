import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// A created container: its locked folder, its record and its init.
    package struct Created: ~Copyable {
        package let folder: ContainerFolder
        package var record: ContainerRecord
        package var process: InitProcess
        package let bundle: Bundle
    }

    /// Creates the container `id` from a bundle and records it (runtime-spec `runtime.md`, Create).
    ///
    /// Whatever fails leaves no process, cgroup or state behind.
    package func create(
        _ id: String, _ options: EngineOptions, gated: Bool
    ) throws(SandboxError) -> Created {
        try requireValidID(id)
        let bundle = try Bundle(path: options.bundle, facts: facts)
        let folder = try store.create(id)
        do throws(SandboxError) {
            var record = ContainerRecord(
                id: id, ociVersion: bundle.spec.ociVersion, bundle: bundle.path, rootfs: try bundle.rootfs(),
                annotations: bundle.spec.annotations)
            record.descriptors = standardDescriptorNames(bundle.spec)
            let process = try makeProcess(bundle, options, folder, &record, gated: gated)
            do throws(SandboxError) {
                try finishCreate(process, options, folder, &record, gated: gated)
            } catch {
                process.destroy()
                throw error
            }
            return Created(folder: folder, record: record, process: process, bundle: bundle)
        } catch {
            // The failure itself matters more than leftovers, which the next create of this id takes over.
            do { try folder.remove() } catch {}
            throw error
        }
    }

    private func makeProcess(
        _ bundle: Bundle, _ options: EngineOptions, _ folder: borrowing ContainerFolder,
        _ record: inout ContainerRecord, gated: Bool
    ) throws(SandboxError) -> InitProcess {
        try checkTerminal(bundle.spec, options)
        let id = record.id
        let spec = try preparedForNotification(bundle.spec, folder)
        var plan = try within("\(bundle.path)/config.json") { () throws(SandboxError) in
            try ContainerPlan.plan(
                spec, PlanRequest(id: id, bundle: bundle.path, pivots: options.pivots), facts)
        }
        pass(options, to: &plan)
        try folder.replace("config.json", bundle.bytes)
        var request = CreateRequest(plan: plan)
        if gated {
            try folder.makeGate()
            request.gate = .fifo(path: folder.gatePath)
        }
        try confine(&request, seccomp: bundle.spec.linux?.seccomp, bundle.spec.process?.capabilities)
        request.commandMask = options.commandMask
        request.consoleSocket = options.consoleSocket
        request.preservedDescriptors = options.preservedDescriptors
        request.newKeyring = options.newKeyring
        // Root reaches it anyway.
        request.opensToOwner = geteuid() != 0
        request.warn = warn
        request.listenDescriptors = options.listenDescriptors
        let template = record.state
        if let agent = SeccompAgent(bundle.spec.linux?.seccomp) {
            request.listenerReady = { (listener, pid) throws(SandboxError) in
                var state = template
                state.status = .creating
                state.pid = pid
                try agent.take(listener, pid, state)
            }
        }
        request.hookState = { status, pid in
            var state = template
            state.status = ContainerState.Status(rawValue: status) ?? .creating
            state.pid = pid
            return state.encoded()
        }
        let cgroup = try makeCgroup(bundle.spec, id)
        request.cgroup = cgroup
        if !cgroup.exists && !plan.namespaces.makes(.pid) {
            warn(
                "without a pid namespace and a cgroup of its own not all of the container's processes can be found and "
                    + "ended. Such configuration is strongly discouraged")
        }
        // With its cgroup, so that what a killed create leaves can be removed.
        record.cgroup = cgroup.record.json
        do { try folder.write(record) } catch {
            // The failure to write is what the caller reports.
            do { try cgroup.remove() } catch {}
            throw error
        }
        return try createContainer(request)
    }

    /// The container's cgroup with its limits; root's containers have one even without limits, for engines count on it.
    func makeCgroup(_ spec: Spec, _ id: String) throws(SandboxError) -> Cgroup {
        let resources = spec.linux?.resources
        guard cgroupManager != .disabled else {
            try refuseLimits(resources)
            let nothing = CgroupRequest(containerID: id, driver: .files, always: false)
            return try Cgroup.create(try planCgroup(nothing, host: cgroupHost()), resources: nil)
        }
        let host = try cgroupHost()
        do throws(SandboxError) {
            return try Cgroup.create(try planCgroup(cgroupRequest(spec, id), host: host), resources: resources)
        } catch {
            guard host.rootless, error.errno == EACCES || error.errno == EPERM else { throw error }
            // In words that engines' users know.
            throw error.within(
                "unable to apply cgroup configuration: rootless needs no limits + no cgrouppath when no permission is "
                    + "granted for cgroups")
        }
    }

    func cgroupRequest(_ spec: Spec, _ id: String) -> CgroupRequest {
        CgroupRequest(
            containerID: id, path: spec.linux?.cgroupsPath, resources: spec.linux?.resources,
            annotations: spec.annotations ?? [:], driver: cgroupManager == .systemd ? .systemd : .files,
            always: !(rootlessCgroups ?? facts.isRootless))
    }

    func cgroupHost() throws(SandboxError) -> CgroupHost {
        var host = try CgroupHost.read()
        if let rootlessCgroups { host.rootless = rootlessCgroups }
        return host
    }

    private func refuseLimits(_ resources: Spec.Linux.Resources?) throws(SandboxError) {
        guard resources?.hasLimits ?? false else { return }
        throw SandboxError(
            .invalidInput, "linux.resources: has limits, and --cgroup-manager disabled leaves nobody to keep them",
            remedy: "take the limits out, or use --cgroup-manager cgroupfs")
    }

    /// The variables of sd_listen_fds(3); the process's own number is only known to it.
    private func pass(_ options: EngineOptions, to plan: inout Plan) {
        guard options.listenDescriptors > 0 else { return }
        plan.process?.environment.removeAll { $0.hasPrefix("LISTEN_") }
        plan.process?.environment.append("LISTEN_FDS=\(options.listenDescriptors)")
        if let names = options.listenNames { plan.process?.environment.append("LISTEN_FDNAMES=\(names)") }
    }

    /// Compiles the filter and reads the capabilities, before any process exists.
    func confine(
        _ request: inout CreateRequest, seccomp: Spec.Linux.Seccomp?, _ capabilities: Spec.Process.Capabilities?
    ) throws(SandboxError) {
        if let seccomp {
            let program = try filter(seccomp)
            for warning in program.warnings { warn(warning) }
            // One thread has none to synchronize with.
            debug { "seccomp filter flags: \(program.flags.subtracting(.synchronizeThreads).rawValue)" }
            request.seccomp = program
        }
        guard let capabilities else { return }
        let (plan, warnings) = CapabilityPlan.parse(capabilities)
        for warning in warnings { warn(warning) }
        request.capabilities = plan
    }

    /// A small filter is compiled faster than a kept one is found.
    private func filter(_ seccomp: Spec.Linux.Seccomp) throws(SandboxError) -> SeccompProgram {
        let names = (seccomp.syscalls ?? []).reduce(0) { $0 + $1.names.count }
        if names < 100 { return try SeccompProgram.compile(seccomp) }
        // No container can have this name.
        return try FilterCache(folder: store.root + "/@filters").program(seccomp)
    }

    /// A terminal needs somebody to take it, and nobody is given one that was not asked for.
    func checkTerminal(_ spec: Spec, _ options: EngineOptions) throws(SandboxError) {
        let wanted = spec.process?.terminal ?? false
        if wanted && options.detach && options.consoleSocket == nil {
            throw SandboxError(
                .invalidInput, "process.terminal is true, and no console socket is there to take the terminal",
                remedy: "give --console-socket PATH, or set process.terminal to false")
        }
        if !wanted && options.consoleSocket != nil {
            throw SandboxError(
                .invalidInput, "a console socket is given, and process.terminal is not true",
                remedy: "leave --console-socket out, or set process.terminal to true")
        }
    }

    private func finishCreate(
        _ process: borrowing InitProcess, _ options: EngineOptions, _ folder: borrowing ContainerFolder,
        _ record: inout ContainerRecord, gated: Bool
    ) throws(SandboxError) {
        record.pid = process.pid
        guard let status = processStatus(process.pid) else {
            throw SandboxError(.system, "the container's init died")
        }
        record.startTime = status.startTime
        record.status = .created
        record.cgroup = process.cgroup?.record.json
        record.resctrl = process.resctrl
        try folder.write(record)
        try folder.noteInit(record)
        if gated { try process.tell(.recorded) }
        if let path = options.pidFile { try writePIDFile(path, process.pid) }
        if let path = options.pidfdSocket { try sendHandle(process, to: path) }
    }
}

/// Writes a pid in one step, so that nobody reads half of it.
func writePIDFile(_ path: String, _ pid: pid_t) throws(SandboxError) {
    try attempt("write the pid file \(path)") { () throws(Errno) in
        let (folder, name) = splitPath(path)
        let temporary = "\(folder)/.\(name).\(getpid())"
        let file = try openPath(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        try writeAll(file.raw, "\(pid)")
        try rename(temporary, to: nil, path)
    }
}
