extension Spec {
    /// The version of the specification that is implemented in full.
    package static let implementedVersion = "1.3.0"
    /// The oldest version that is understood.
    package static let oldestVersion = "1.0.0"
}

/// What `spec` writes for a user to start from, the same as other runtimes write.
///
/// `rootless` nil: for root. Else the ids of the user who will start it: they become root inside a user namespace, and
/// what only root can do is left out. `cgroupNamespace` is for hosts with the unified hierarchy.
package func defaultSpec(
    rootless: (uid: UInt32, gid: UInt32)? = nil, hostname: String = "sandbox", cgroupNamespace: Bool = true
) -> Spec {
    var linux = defaultLinux
    if cgroupNamespace { linux.namespaces?.append(Spec.Linux.Namespace(kind: .cgroup)) }
    var spec = Spec(
        ociVersion: Spec.implementedVersion, process: defaultProcess, root: Spec.Root(path: "rootfs", readonly: true),
        hostname: hostname, mounts: defaultMounts, linux: linux)
    if let rootless { makeRootless(&spec, uid: rootless.uid, gid: rootless.gid) }
    return spec
}

/// No network of its own, for nothing could set it up; no limits, for there may be no cgroup to write to; no owners in
/// mount options, for only one id is mapped; and the host's `/sys`, for a new one needs a network namespace.
private func makeRootless(_ spec: inout Spec, uid: UInt32, gid: UInt32) {
    spec.linux?.namespaces?.removeAll { $0.kind == .network || $0.kind == .user }
    spec.linux?.namespaces?.append(Spec.Linux.Namespace(kind: .user))
    spec.linux?.uidMappings = [Spec.Linux.IDMapping(containerID: 0, hostID: uid, size: 1)]
    spec.linux?.gidMappings = [Spec.Linux.IDMapping(containerID: 0, hostID: gid, size: 1)]
    spec.linux?.resources = nil
    spec.mounts = spec.mounts?.map { mount in
        if mount.destination == "/sys" {
            return Spec.Mount(
                destination: "/sys", type: "none", source: "/sys",
                options: ["rbind", "nosuid", "noexec", "nodev", "ro"]
            )
        }
        var mount = mount
        mount.options?.removeAll { $0.hasPrefix("uid=") || $0.hasPrefix("gid=") }
        return mount
    }
}

private var defaultProcess: Spec.Process {
    let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    return Spec.Process(
        terminal: true, args: ["sh"],
        env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        cwd: "/",
        capabilities: Spec.Process.Capabilities(
            bounding: capabilities, effective: capabilities, permitted: capabilities),
        rlimits: [Spec.Process.RLimit(kind: .noFile, hard: 1024, soft: 1024)],
        noNewPrivileges: true)
}

private var defaultMounts: [Spec.Mount] {
    [
        Spec.Mount(destination: "/proc", type: "proc", source: "proc"),
        Spec.Mount(
            destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        Spec.Mount(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        Spec.Mount(
            destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        Spec.Mount(
            destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
        Spec.Mount(
            destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
        Spec.Mount(
            destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
            options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]
}

private var defaultLinux: Spec.Linux {
    let kinds: [Spec.Linux.Namespace.Kind] = [.pid, .network, .ipc, .uts, .mount]
    return Spec.Linux(
        resources: Spec.Linux.Resources(devices: [Spec.Linux.Resources.DeviceRule(allow: false, access: "rwm")]),
        namespaces: kinds.map { Spec.Linux.Namespace(kind: $0) },
        maskedPaths: [
            "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
            "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
        ],
        readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
}
