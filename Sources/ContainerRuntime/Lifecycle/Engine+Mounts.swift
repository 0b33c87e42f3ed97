import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// Mounts more in a running container, each as at a create, and all or nothing.
    package func addMounts(_ id: String, _ mounts: [Spec.Mount]) throws(SandboxError) {
        let folder = try store.open(id)
        try liveMounts(folder, mounts).add()
    }

    /// Takes mounts of a running container away, the last first; only their destinations count.
    package func removeMounts(_ id: String, _ mounts: [Spec.Mount]) throws(SandboxError) {
        let folder = try store.open(id)
        let destinations = mounts.map { Spec.Mount(destination: $0.destination, type: "tmpfs", source: "tmpfs") }
        try liveMounts(folder, destinations).remove()
    }

    private func liveMounts(
        _ folder: borrowing ContainerFolder, _ mounts: [Spec.Mount]
    ) throws(SandboxError) -> LiveMounts {
        let record = try folder.record()
        switch record.currentStatus {
        case .running, .created: break
        case .stopped, .creating: throw SandboxError(.wrongState, "container not running")
        }
        var spec = try spec(in: folder)
        spec.mounts = mounts
        try validate(spec)
        var plan = try ContainerPlan.plan(spec, PlanRequest(id: record.id, bundle: record.bundle), facts)
        plan.steps = plan.steps.filter { step in
            switch step {
            case .bind, .fileSystem, .remount: true
            case .cgroup, .device, .link: false
            }
        }
        guard plan.steps.count == mounts.count else {
            throw SandboxError(.unsupported, "mounts: cgroups cannot be mounted in a running container")
        }
        do throws(Errno) {
            let isShared = try readLink("/proc/\(record.pid)/ns/user") == readLink("/proc/self/ns/user")
            return LiveMounts(pid: record.pid, plan: plan, isUserNamespaceShared: isShared)
        } catch { throw hiddenNamespace(error, "user", record) }
    }
}
