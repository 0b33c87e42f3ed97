import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A container's control group, in whichever hierarchies the host has: the one type through which the runtime makes,
/// limits, watches and removes it.
///
/// The order of a start:
/// ```
/// var cgroup = try Cgroup.create(plan, resources)     // directories, with their limits already in force
/// let directory = try cgroup.directoryDescriptor()    // v2 files: for clone3's CLONE_INTO_CGROUP
/// … clone …
/// try cgroup.enter(pid)                               // v1 and systemd; nothing to do after CLONE_INTO_CGROUP
/// state["cgroup"] = cgroup.record.json
/// ```
/// Later verbs take `Cgroup(record)`.
package struct Cgroup: Equatable, Sendable {
    package private(set) var record: CgroupRecord
    /// What was asked for and has no meaning or no right here, in words for the log.
    package private(set) var notes: [String] = []
    /// The unit that `enter` has still to start, with the limits it starts with.
    private var pending: Pending?

    private struct Pending: Equatable {
        var unit: SystemdUnit
        var resources: Spec.Linux.Resources?
        var limited: Bool
    }

    /// The group an earlier call has made.
    package init(_ record: CgroupRecord) { self.record = record }

    /// Whether the container is in a group of its own (or will be, once it enters).
    package var exists: Bool { !record.directories.isEmpty || pending != nil }
}

// Making and entering.
extension Cgroup {
    /// Makes what `plan` says and applies `resources`; for systemd, whose scopes cannot be empty, both wait for `enter`.
    ///
    /// `.refused` or `.unsupported` with a remedy when a limit cannot be set. Without limits, a group that may not be
    /// made is done without. The group is gone again after an error; folders made above it stay, as others may use them.
    package static func create(
        _ plan: CgroupPlan, resources: Spec.Linux.Resources?
    ) throws(SandboxError) -> Cgroup {
        var cgroup = Cgroup(CgroupRecord(rootless: plan.rootless))
        cgroup.notes = plan.notes
        switch plan.placement {
        case .inherit: break
        case .systemd(let unit):
            cgroup.pending = Pending(unit: unit, resources: resources, limited: plan.limited)
        case .files(let directories):
            let needed = try ResourcePlan.make(resources ?? .init(), directories: directories).writes
            let maker = CgroupMaker(
                rootless: plan.rootless, limited: plan.limited,
                needed: Set(needed.map(\.controller)).union(plan.rootless ? [] : ["devices"]))
            cgroup.record.directories = try maker.make(directories)
            if cgroup.record.directories.isEmpty { return cgroup }
            do { try cgroup.apply(resources ?? .init()) } catch {
                cgroup.discard()
                throw error
            }
        }
        return cgroup
    }

    /// Removes what a failed start leaves behind; the error that made it fail is what the caller reports.
    private func discard() {
        do { try remove(patience: .milliseconds(200)) } catch {}  // the start's own error is the one to tell
    }

    /// The directory for clone3(2)'s CLONE_INTO_CGROUP, with which the child is born in the group; nil where `enter`
    /// has to be called instead (version 1, systemd, no group).
    package func directoryDescriptor() throws(SandboxError) -> Descriptor? {
        guard pending == nil, record.isUnified, let path = record.unified?.path else { return nil }
        return try attempt("open cgroup \(path)") { () throws(Errno) in
            try openPath(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// Puts a process into the group; the container's first one starts its systemd scope.
    ///
    /// To be called while the process still has the caller's user id (systemd checks it) and before it makes its own
    /// cgroup namespace. In all hierarchies or, with an error, in none.
    package mutating func enter(_ pid: pid_t) throws(SandboxError) {
        if let pending {
            let started = try startUnit(
                pending.unit, pid: pid, resources: pending.resources, rootless: record.rootless)
            record = started
            self.pending = nil
            do { try apply(pending.resources ?? .init()) } catch {
                discard()
                throw error
            }
            return
        }
        try join(pid, alongside: nil)
    }

    /// Puts one more process into a running container's group, for `exec`.
    ///
    /// A container may have moved its first process (`initPID`) into a group below and switched on controllers for
    /// that, as systemd in a container does; the new process then joins it there.
    package func join(_ pid: pid_t, alongside initPID: pid_t?) throws(SandboxError) {
        do {
            try CgroupMover(pid: pid).move(into: record.directories)
        } catch {
            let code = error.errno.map(Errno.init(rawValue:))
            switch code {
            case .resourceBusy?, .notSupported?:
                guard let initPID else { throw error }
                try CgroupMover(pid: pid).move(into: try directories(of: initPID))
            case .permissionDenied?, .notPermitted?:
                // The kernel wants rights on what both groups have in common; systemd has them.
                guard let unit = record.unit else { throw error }
                try attachToUnit(unit, pid: pid)
            default: throw error
            }
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
        let plan = try ResourcePlan.make(resources, directories: record.directories)
        notes += plan.notes
        if let limit = plan.checkMemoryBelow { try checkMemory(below: limit) }
        try ResourceWriter(record: record).write(plan.writes)
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
