import Confinement
import ContainerPlan
import LinuxKernel
import RuntimeSpec

/// What this runtime can do, whatever the host has (runtime-spec `features.md`); only `supportedFlags` asks the kernel.
package func runtimeFeatures() -> Features {
    Features(
        ociVersionMin: "1.0.0", ociVersionMax: "1.3.0",
        hooks: ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        mountOptions: MountOptions.knownNames, linux: linuxFeatures(),
        annotations: [
            // Known to engines from the reference runtime.
            "io.github.seccomp.libseccomp.version": libseccompVersion,
            "org.opencontainers.runc.checkpoint.enabled": "true",
        ],
        potentiallyUnsafeConfigAnnotations: ["bundle", "org.criu.config", "org.systemd.property."])
}

private func linuxFeatures() -> Features.Linux {
    let implemented = Features.Linux.Support(enabled: true)
    return Features.Linux(
        namespaces: Spec.Linux.Namespace.Kind.allCases, capabilities: CapabilityName.allKnown,
        cgroup: Features.Linux.Cgroup(v1: true, v2: true, systemd: true, systemdUser: true, rdma: true),
        seccomp: Features.Linux.Seccomp(
            enabled: true, actions: Spec.Linux.Seccomp.Action.allCases,
            operators: Spec.Linux.Seccomp.Operator.allCases, archs: Spec.Linux.Seccomp.Architecture.allCases,
            knownFlags: Spec.Linux.Seccomp.Flag.allCases,
            supportedFlags: Spec.Linux.Seccomp.Flag.allCases.filter(\.isSupported)),
        apparmor: implemented, selinux: implemented,
        intelRdt: Features.Linux.IntelRdt(enabled: true, schemata: true, monitoring: true),
        memoryPolicy: Features.Linux.MemoryPolicy(
            modes: Spec.Linux.MemoryPolicy.Mode.allCases, flags: Spec.Linux.MemoryPolicy.Flag.allCases),
        mountExtensions: Features.Linux.MountExtensions(idmap: implemented),
        netDevices: implemented)
}
