import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Writes a running container's processes to files through criu(8); unless it is to go on, the container is
    /// deleted then.
    package func checkpoint(_ id: String, _ options: CheckpointOptions) throws(SandboxError) {
        warnOfRootless("checkpoint")
        let folder = try store.open(id)
        let record = try folder.record()
        guard record.currentStatus == .running else {
            throw SandboxError(
                .wrongState, "container \(id) cannot be checkpointed in \(record.currentStatus.rawValue) state")
        }
        let criu = try CriuProgram(self.criu)
        let process = try attempt("open process \(record.pid)") { () throws(Errno) in try openProcess(record.pid) }
        let spec = try spec(in: folder)
        let folders = try CheckpointFolders(options, making: true)
        var request = CriuRequest(
            kind: options.preDump ? .preDump : .dump, options: options, logName: "dump.log", root: record.rootfs)
        request.pid = record.pid
        request.freezer = try freezer(of: record)
        request.configuration = criuConfiguration(spec)
        request.isUnprivileged = geteuid() != 0
        try describe(&request, spec, record)
        if !options.preDump { try folders.write(record.descriptors ?? []) }
        try dump(request, criu, log: folders.log("dump.log"))
        if options.preDump || options.leavesRunning { return }
        try waitForEnd(process, record)
        try remove(folder, record)
    }

    /// What of the container is the host's; a pre-dump looks at memory alone.
    private func describe(
        _ request: inout CriuRequest, _ spec: Spec, _ record: ContainerRecord
    ) throws(SandboxError) {
        let plan = try ContainerPlan.plan(spec, PlanRequest(id: record.id, bundle: record.bundle), facts)
        let cgroup = try cgroup(of: record)?.record ?? CgroupRecord()
        let surroundings = ContainerSurroundings(plan: plan, cgroup: cgroup)
        request.externals = try surroundings.dumpedNamespaces()
        if request.kind == .preDump { return }
        let root = try attempt("open the container's root") { () throws(Errno) in
            ContainerRoot(descriptor: try openPath("/proc/\(record.pid)/root", O_PATH | O_DIRECTORY))
        }
        request.externalMounts = try surroundings.dumpedMounts(root)
    }

    private func dump(_ request: CriuRequest, _ criu: CriuProgram, log: String) throws(SandboxError) {
        let options = request.options
        debug { "criu: \(criu.path), dump of process \(request.pid ?? 0), log \(log)" }
        let start = CriuProcess.Start(
            program: criu.path, imagePath: options.imagePath, workPath: options.workPath)
        var request = request
        request.imageFolder = start.imageNumber
        request.workFolder = start.workNumber
        var process = try CriuProcess(start)
        do throws(SandboxError) {
            try process.release()
            try process.ask(request) { (name, _, _) throws(SandboxError) in
                debug { "criu: \(name)" }
                guard name == "status-ready", let status = options.statusDescriptor else { return }
                try attempt("write to --status-fd \(status)") { () throws(Errno) in try writeAll(status, [0]) }
                close(status)
            }
        } catch {
            _ = process.finish(killing: true)
            throw criu.explain(error, log: log)
        }
        let end = process.finish(killing: request.kind == .preDump)
        // After a pre-dump criu waits for the dump, which is another criu's business here.
        if request.kind == .dump, end != .exited(0) {
            throw criu.explain(SandboxError(.system, "criu failed: \(end?.text ?? "gone")"), log: log)
        }
    }

    /// criu kills the processes it has dumped.
    private func waitForEnd(_ process: borrowing Descriptor, _ record: ContainerRecord) throws(SandboxError) {
        var ready = [pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)]
        let count = try attempt("wait for process \(record.pid)") { () throws(Errno) in
            try waitForEvents(&ready, milliseconds: 10_000)
        }
        guard count > 0 else {
            throw SandboxError(.system, "process \(record.pid) is still there after its checkpoint", errno: EBUSY)
        }
    }

    /// The group whose freezer criu may use; without one it stops each process by itself.
    private func freezer(of record: ContainerRecord) throws(SandboxError) -> String? {
        guard let group = try cgroup(of: record), group.exists else { return nil }
        if let legacy = group.record.legacy("freezer") { return legacy.path }
        guard let unified = group.record.unified, fileExists(unified.path + "/cgroup.freeze") else { return nil }
        return unified.path
    }

    /// The annotation `org.criu.config` names a file with criu's options, and switches the usual one off when empty.
    func criuConfiguration(_ spec: Spec) -> String? {
        guard let named = spec.annotations?["org.criu.config"] else { return "/etc/criu/runc.conf" }
        return named.isEmpty ? nil : named
    }

    func warnOfRootless(_ verb: String) {
        if facts.isRootless { warn("\(verb): criu needs rights of the host's root, and may fail without") }
    }
}
