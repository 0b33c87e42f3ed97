import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Stops every process of a container where it is (cgroups(7) freezer).
    package func pause(_ id: String) throws(SandboxError) {
        let (record, cgroup) = try runningCgroup(id, "pause")
        guard record.currentStatus == .running || record.currentStatus == .created else {
            throw SandboxError(.wrongState, "container not running or created: \(record.currentStatus.rawValue)")
        }
        try cgroup.freeze()
    }

    /// Lets the processes of a paused container go on.
    package func resume(_ id: String) throws(SandboxError) {
        let (_, cgroup) = try runningCgroup(id, "resume")
        guard try cgroup.isFrozen() else { throw SandboxError(.wrongState, "container not paused") }
        try cgroup.thaw()
    }

    /// The process ids of a container, as the host sees them.
    package func processes(_ id: String) throws(SandboxError) -> [pid_t] {
        let record = try store.read(id)
        if let cgroup = try cgroup(of: record), cgroup.exists { return try cgroup.pids().sorted() }
        return record.currentStatus == .stopped || record.pid == 0 ? [] : [record.pid]
    }

    /// Changes the limits of a container.
    ///
    /// - Parameter schemata: lines for its class of service in the resctrl file system; the container must have one.
    package func update(
        _ id: String, _ resources: Spec.Linux.Resources, schemata: [String] = []
    ) throws(SandboxError) {
        try validate(resources, at: "resources")
        let folder = try store.open(id)
        let record = try folder.record()
        if record.currentStatus == .stopped { throw SandboxError(.wrongState, "cannot update a stopped container") }
        guard var cgroup = try cgroup(of: record) else {
            throw SandboxError(.wrongState, "the container has no cgroup of its own, so its limits cannot be changed")
        }
        if !schemata.isEmpty {
            guard let rdt = try spec(in: folder).linux?.intelRdt else {
                throw SandboxError(
                    .wrongState, "the container has no class of service of its own to change",
                    remedy: "create it with linux.intelRdt")
            }
            try ResctrlPlace.change(rdt, id: id, lines: schemata)
        }
        try cgroup.update(resources)
        for note in cgroup.notes { warn(note) }
    }

    /// Whether the container's processes are stopped by `pause`.
    package func isPaused(_ record: ContainerRecord) throws(SandboxError) -> Bool {
        guard let cgroup = try cgroup(of: record), cgroup.exists, record.currentStatus != .stopped else { return false }
        return try cgroup.isFrozen()
    }

    /// Whether this host has cgroups of version 2 alone.
    package func hasUnifiedCgroups() throws(SandboxError) -> Bool { try CgroupHost.read().mode == .unified }

    private func runningCgroup(
        _ id: String, _ verb: String
    ) throws(SandboxError) -> (record: ContainerRecord, cgroup: Cgroup) {
        let folder = try store.open(id)
        let record = try folder.record()
        if record.currentStatus == .stopped { throw SandboxError(.wrongState, "container not running") }
        guard let cgroup = try cgroup(of: record), cgroup.exists else {
            throw SandboxError(
                .unsupported, "\(verb): the container has no cgroup of its own",
                remedy: "give it one: run as root, or with a delegated cgroup")
        }
        return (record, cgroup)
    }
}
