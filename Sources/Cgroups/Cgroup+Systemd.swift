import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Cgroup {
    func startUnit(
        _ unit: SystemdUnit, pid: pid_t, resources: Spec.Linux.Resources?, rootless: Bool
    ) throws(SandboxError) -> CgroupRecord {
        throw SandboxError(.unsupported, "systemd scopes are not supported yet")
    }
    func attachToUnit(_ unit: CgroupRecord.Unit, pid: pid_t) throws(SandboxError) {}
    func updateUnit(_ unit: CgroupRecord.Unit, _ resources: Spec.Linux.Resources, unified: Bool) throws(SandboxError) {}
    func stopUnit(_ unit: CgroupRecord.Unit) throws(SandboxError) {}
}
