import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A container's control group, in whichever hierarchies the host has: the one type through which the runtime makes,
/// limits, watches and removes it.
///
/// The order of a start:
/// ```
/// var cgroup = try Cgroup.create(plan, resources: resources)  // directories, with their limits already in force
/// if cgroup.takesNewborn { … cgroup.directoryDescriptor() … }  // v2, hybrid: clone3's CLONE_INTO_CGROUP
/// … clone …
/// child:  if cgroup.entersItself { try cgroup.enterSelf(born: …) }  // v1, hybrid: first thing, with one thread
/// parent: if cgroup.startsWithProcess { try cgroup.enter(pid) }     // systemd's scope for an engine
/// parent: state["cgroup"] = cgroup.record.json
/// ```
/// Later verbs take `Cgroup(record)`.
package struct Cgroup: Equatable, Sendable {
    package private(set) var record: CgroupRecord
    /// What was asked for and has no meaning or no right here, in words for the log.
    package private(set) var notes: [String] = []
    private var takesLegacyFiles = false
    /// The unit that `enter` has still to start, with the limits it starts with.
    private var pending: Pending?

    private struct Pending: Equatable {
        var unit: SystemdUnit
        var resources: Spec.Linux.Resources?
    }

    /// The group an earlier call has made.
    package init(_ record: CgroupRecord) { self.record = record }

    /// Whether the container is in a group of its own (or will be, once it enters).
    package var exists: Bool { !record.directories.isEmpty || pending != nil }
}

// Making and entering.
extension Cgroup {
    /// Makes what `plan` says and applies `resources`; for an engine's systemd scope, which cannot be empty, both wait
    /// for `enter`.
    ///
    /// `.refused` or `.unsupported` with a remedy when a limit cannot be set. Without limits, a group that may not be
    /// made is done without. The group is gone again after an error; folders made above it stay, as others may use them.
    package static func create(
        _ plan: CgroupPlan, resources: Spec.Linux.Resources?
    ) throws(SandboxError) -> Cgroup {
        var cgroup = Cgroup(CgroupRecord(rootless: plan.rootless))
        cgroup.notes = plan.notes
        cgroup.takesLegacyFiles = plan.takesLegacyFiles
        switch plan.placement {
        case .inherit: break
        case .systemd(let unit): cgroup.pending = Pending(unit: unit, resources: resources)
        case .supervised(let unit, let otherwise):
            let scope: CgroupRecord?
            do {
                scope = try startSupervised(unit, rootless: plan.rootless)
            } catch {
                guard error.kind == .unsupported else { throw error }
                cgroup.notes.append("no service manager: \(error.message)")
                scope = nil
            }
            cgroup.record.unit = scope?.unit
            try cgroup.make(scope?.directories ?? otherwise, plan, resources ?? .init())
        case .files(let directories): try cgroup.make(directories, plan, resources ?? .init())
        }
        return cgroup
    }

    private mutating func make(
        _ directories: [CgroupDirectory], _ plan: CgroupPlan, _ resources: Spec.Linux.Resources
    ) throws(SandboxError) {
        let needed = try ResourcePlan.make(
            resources, directories: directories, takesLegacyFiles: takesLegacyFiles
        ).writes
        let maker = CgroupMaker(
            rootless: plan.rootless, limited: plan.limited,
            needed: Set(needed.map(\.controller)).union(plan.rootless || !plan.filtersDevices ? [] : ["devices"]),
            isNamed: plan.isNamed)
        record.directories = try maker.make(directories)
        if record.directories.isEmpty { return }
        do {
            if plan.filtersDevices { try apply(resources) } else { try write(resources) }
        } catch {
            discard()
            throw error
        }
    }

    /// Removes what a failed start leaves behind; the error that made it fail is what the caller reports.
    private func discard() {
        do { try remove(patience: .milliseconds(200)) } catch {}  // the start's own error is the one to tell
    }

    /// Whether a child can be born in the group's version 2 directory (clone3(2), CLONE_INTO_CGROUP).
    package var takesNewborn: Bool { pending == nil && record.unified != nil }

    /// Whether the child has to call `enterSelf`, since it cannot be born in version 1 directories.
    package var entersItself: Bool { pending == nil && record.directories.contains { !$0.unified } }

    /// Whether `enter` has to be called with the first process: systemd starts no scope without one.
    package var startsWithProcess: Bool { pending != nil }

    /// The version 2 directory, for clone3(2); `.wrongState` unless `takesNewborn`.
    package func directoryDescriptor() throws(SandboxError) -> Descriptor {
        guard takesNewborn, let path = record.unified?.path else {
            throw SandboxError(.wrongState, "the container's cgroup does not take a process at its birth")
        }
        return try attempt("open cgroup \(path)") { () throws(Errno) in
            try openPath(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// Puts the calling process, which has one thread, into the group; for the child, before it changes its user or
    /// its mounts.
    ///
    /// A thread may move itself in version 1 without the lock that stops every fork and exit of the machine, for which
    /// moving another process waits 5 to 15 ms: this takes 0.2 ms.
    ///
    /// - born: already in the version 2 directory.
    package func enterSelf(born: Bool) throws(SandboxError) {
        for directory in record.directories where !(born && directory.unified) {
            let file = directory.path + (directory.unified ? "/cgroup.procs" : "/tasks")
            do { try writeFile(file, "0") } catch {
                // sched_rt_can_attach: a group without real-time runtime takes no such thread.
                let isRealTime = error == .invalidArgument && sched_getscheduler(0) != SCHED_OTHER
                throw SandboxError(
                    error, "enter cgroup \(directory.path)",
                    remedy: isRealTime ? "start it without real-time scheduling: chrt --other 0 sandbox …" : nil)
            }
        }
    }

    /// Puts a process into the group; the container's first one starts its systemd scope.
    ///
    /// To be called while the process still has the caller's user id (systemd checks it) and before it makes its own
    /// cgroup namespace. In all hierarchies or, with an error, in none.
    package mutating func enter(_ pid: pid_t) throws(SandboxError) {
        guard let pending else { return try join(pid, alongside: nil) }
        let resources = pending.resources ?? .init()
        record = try startUnit(pending.unit, pid: pid, resources: resources, rootless: record.rootless)
        self.pending = nil
        do { try apply(resources) } catch {
            discard()
            throw error
        }
    }

    /// Puts one more process into a running container's group, for `exec`.
    ///
    /// A container may have moved its first process (`initPID`) into a group below and switched on controllers for
    /// that, as systemd in a container does; the new process then joins it there.
    package func join(_ pid: pid_t, alongside initPID: pid_t?) throws(SandboxError) {
        do { try move(pid, alongside: initPID) } catch {
            // The kernel wants rights on what the old and the new group have in common; systemd has them.
            guard let unit = record.unit, let top = record.unified, error.errno == EACCES || error.errno == EPERM else {
                throw error
            }
            var place = top.path
            if let initPID { place = try directories(of: initPID).first { $0.unified }?.path ?? place }
            // The unit's folder is the group's own, or above it.
            let unitPath = unitFolder(unit.name, above: top.path)
            try attachToUnit(unit, pid: pid, below: String(place.dropFirst(unitPath.utf8.count)))
        }
    }

    private func unitFolder(_ name: String, above path: String) -> String {
        var folder = path
        while folder != "/", lastPart(folder) != name { folder = parentPath(folder) }
        return folder == "/" ? path : folder
    }

    private func move(_ pid: pid_t, alongside initPID: pid_t?) throws(SandboxError) {
        do { try CgroupMover(pid: pid).move(into: record.directories) } catch {
            guard let initPID, error.errno == EBUSY || error.errno == ENOTSUP else { throw error }
            try CgroupMover(pid: pid).move(into: directories(of: initPID))
        }
    }

    /// The directories in which a process is, when they are this group's or below it.
    private func directories(of pid: pid_t) throws(SandboxError) -> [CgroupDirectory] {
        let places = try CgroupMover(pid: pid).places(like: record.directories)
        return zip(record.directories, places).map { directory, place in
            guard let place, place.hasPrefix(directory.path + "/") else { return directory }
            var below = directory
            below.path = place
            return below
        }
    }
}

// Limits.
extension Cgroup {
    /// Writes the limits and device rules of `resources`, and nothing for what it leaves out.
    package mutating func apply(_ resources: Spec.Linux.Resources) throws(SandboxError) {
        try write(resources)
        try applyDevices(resources.devices ?? [])
    }

    /// Changes the limits of a running container; device rules only when there are any.
    package mutating func update(_ resources: Spec.Linux.Resources) throws(SandboxError) {
        guard exists else {
            throw SandboxError(
                .wrongState, "the container has no cgroup of its own, so its limits cannot be changed",
                remedy: remedyForMissingGroup(rootless: record.rootless))
        }
        if let unit = record.unit { try updateUnit(unit, resources, unified: record.isUnified) }
        try write(resources)
        if let devices = resources.devices, !devices.isEmpty { try applyDevices(devices) }
    }

    private mutating func write(_ resources: Spec.Linux.Resources) throws(SandboxError) {
        let plan = try ResourcePlan.make(
            resources, directories: record.directories, takesLegacyFiles: takesLegacyFiles)
        notes += plan.notes
        if let limit = plan.checkMemoryBelow { try checkMemory(below: limit) }
        try ResourceWriter(record: record).write(plan.writes)
        if let cpus = resources.cpu?.cpus, !cpus.isEmpty { try checkProcessors(cpus, "linux.resources.cpu.cpus") }
        if let cpus = resources.unified?["cpuset.cpus"] {
            try checkProcessors(cpus, "linux.resources.unified[\"cpuset.cpus\"]")
        }
    }

    /// Version 2 takes any processors the machine may have and leaves out, in silence, those a group above has not.
    private func checkProcessors(_ cpus: String, _ asked: String) throws(SandboxError) {
        guard record.legacy("cpuset") == nil, let path = record.unified?.path else { return }
        let wanted: [Int]
        do { wanted = try parseList(cpus, asked) } catch { return }  // a form of the kernel's own, `0-8:1/2`
        let file = path + "/cpuset.cpus.effective"
        let text = try attempt("read \(file)") { () throws(Errno) in try readText(file) }
        let effective = String(text.filter { !$0.isWhitespace })
        let had = effective.isEmpty ? [] : try parseList(effective, file)
        if Set(had) != Set(wanted) {
            throw SandboxError(
                .invalidInput, "\(asked): of \(cpus) only \(effective) can be had here",
                remedy: "ask for processors of \(effective)")
        }
    }

    private func checkMemory(below limit: Int64) throws(SandboxError) {
        guard let directory = record.legacy("memory") ?? record.unified else { return }
        let file = directory.path + (directory.unified ? "/memory.current" : "/memory.usage_in_bytes")
        let used = try attempt("read \(file)") { () throws(Errno) in readNumber(try readText(file)) }
        if let used, used > UInt64(limit) {
            throw SandboxError(
                .refused, "linux.resources.memory.limit: \(limit) bytes are less than the \(used) in use",
                remedy: "give a higher limit, or leave out checkBeforeUpdate")
        }
    }

    private mutating func applyDevices(_ rules: [Spec.Linux.Resources.DeviceRule]) throws(SandboxError) {
        guard !record.directories.isEmpty else { return }
        let policy = try DevicePolicy(rules)
        for (index, rule) in rules.enumerated() {
            guard let access = rule.access, access.contains(where: { !"rwm".contains($0) }) else { continue }
            notes.append("linux.resources.devices[\(index)].access: only r, w and m of \"\(access)\" mean something")
        }
        do {
            if let directory = record.legacy("devices") {
                try policy.applyLegacy(directory.path)
            } else if let directory = record.unified {
                try policy.applyUnified(directory.path)
            }
        } catch {
            // Without the host's rights the container cannot make device nodes, nor open one its user could not.
            guard record.rootless else { throw error }
            if !rules.isEmpty { notes.append("linux.resources.devices: not enforced without root (\(error.message))") }
        }
    }
}

/// A whole number in a file of the kernel; `max` and anything else is nil.
func readNumber(_ text: some StringProtocol) -> UInt64? {
    UInt64(text.split(separator: "\n", maxSplits: 1).first ?? "")
}
