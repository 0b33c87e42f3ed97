import Cgroups
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// What can be known of a container whose state file cannot be read: its init, and its cgroup, where the kept
    /// specification places it. Enough to end and to remove it.
    func salvage(_ folder: borrowing ContainerFolder) -> ContainerRecord {
        var record = ContainerRecord(id: folder.id, ociVersion: "1.0.0", bundle: "", rootfs: "", annotations: nil)
        record.status = .stopped
        if let noted = folder.notedInit() {
            (record.pid, record.startTime) = noted
            record.status = .running
        }
        // Without a readable specification nobody knows of a cgroup; its removal tells that it misses the hooks.
        do { record.cgroup = try placedCgroup(try spec(in: folder), record.id)?.json } catch {}
        return record
    }

    /// The directories that are there of those which a create would make. A unit of systemd's ends with its processes.
    private func placedCgroup(_ spec: Spec, _ id: String) throws(SandboxError) -> CgroupRecord? {
        guard cgroupManager != .disabled else { return nil }
        let host = try cgroupHost()
        switch try planCgroup(cgroupRequest(spec, id), host: host).placement {
        case .inherit, .systemd, .supervised: return nil
        case .files(let directories):
            let present = directories.filter { fileExists($0.path) }
            return present.isEmpty ? nil : CgroupRecord(directories: present, rootless: host.rootless)
        }
    }
}
