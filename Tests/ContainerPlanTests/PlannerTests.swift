import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

private let root = HostFacts(effectiveUID: 0, effectiveGID: 0, isInUserNamespace: false, workingDirectory: "/")
private let user = HostFacts(effectiveUID: 1000, effectiveGID: 1000, isInUserNamespace: false, workingDirectory: "/")
private let request = PlanRequest(id: "web", bundle: "/bundles/web")

private func mapped(_ containerID: UInt32, _ hostID: UInt32, _ size: UInt32) -> Spec.Linux.IDMapping {
    Spec.Linux.IDMapping(containerID: containerID, hostID: hostID, size: size)
}

@Suite("plans, compared with golden texts")
struct PlannerGoldenTests {
    @Test("the default specification, started by root")
    func defaultRoot() throws {
        try expectGolden(try plan(defaultSpec(), request, root).text, "default-root")
    }

    @Test("the default specification for an ordinary user")
    func defaultRootless() throws {
        let spec = defaultSpec(rootless: (uid: 1000, gid: 1001))
        try expectGolden(try plan(spec, request, user).text, "default-rootless")
    }

    @Test("an overlay root with changes in memory and a reaping init")
    func overlayInMemory() throws {
        let overlay = OverlayRoot(
            lower: ["/layers/two", "/"], upper: .memory(sizeBytes: 1 << 30), enforcesPermissions: false)
        let request = PlanRequest(
            id: "box", bundle: "/run/box", rootSource: .overlay(overlay), supervision: .reaper, pivots: false)
        var spec = defaultSpec(rootless: (uid: 1000, gid: 1000))
        spec.root = Spec.Root(path: "/")
        spec.mounts?.removeAll { $0.destination != "/proc" }
        try expectGolden(try plan(spec, request, user).text, "overlay-memory")
    }

    @Test("an overlay root with changes on disk")
    func overlayOnDisk() throws {
        let upper = OverlayRoot.Upper.directory(upper: "/state/my changes", work: "/state/work")
        let overlay = OverlayRoot(lower: ["/images/base"], upper: upper, squashUnmappedToRoot: false)
        var spec = good()
        spec.linux?.rootfsPropagation = .rslave
        let request = PlanRequest(id: "disk", bundle: "/b/", rootSource: .overlay(overlay))
        try expectGolden(try plan(spec, request, root).text, "overlay-disk")
    }

    @Test("binds: id-mapped, relative, recursive, of files; a remount and a tmpfs with everything")
    func mounts() throws {
        var spec = good()
        spec.linux?.namespaces?.append(Spec.Linux.Namespace(kind: .user))
        spec.linux?.uidMappings = [mapped(0, 100_000, 65_536)]
        spec.linux?.gidMappings = [mapped(0, 100_000, 1000), mapped(1000, 1000, 1), mapped(1001, 101_000, 64_535)]
        spec.mounts = [
            Spec.Mount(
                destination: "/data", type: "none", source: "data", options: ["rbind", "ridmap", "rro", "rprivate"],
                uidMappings: [mapped(0, 1000, 1)], gidMappings: [mapped(0, 1000, 1), mapped(1, 200_000, 10)]),
            Spec.Mount(destination: "home/me", source: "/home/me", options: ["bind", "idmap", "nosuid", "nodev"]),
            Spec.Mount(destination: "/etc/hosts", type: "bind", source: "/run/my hosts, new", options: ["ro"]),
            Spec.Mount(destination: "/opt", source: "/opt"),
            Spec.Mount(
                destination: "/tmp", type: "tmpfs",
                options: ["tmpcopyup", "noatime", "lazytime", "size=1m", "mode=1777", "dest-nofollow", "rnosuid"]),
            Spec.Mount(destination: "/data", options: ["remount", "rw", "relatime", "slave"]),
            Spec.Mount(
                destination: "/proc/uptime", type: "bind", source: "/var/lib/lxcfs/proc/uptime", options: ["bind"]),
        ]
        try expectGolden(try plan(spec, request, root).text, "mounts")
    }

    @Test("devices of every kind, one in the place of a default one; made by root, bound for others")
    func devices() throws {
        var spec = good()
        spec.linux?.devices = [
            Spec.Linux.Device(
                path: "/dev/fuse", kind: .character, major: 10, minor: 229, fileMode: 0o20600, uid: 5, gid: 6),
            Spec.Linux.Device(path: "/dev//null", kind: .unbuffered, major: 1, minor: 3, fileMode: 0o640),
            Spec.Linux.Device(path: "/dev/sda", kind: .block, major: 8, minor: 0),
            Spec.Linux.Device(path: "run/pipe", kind: .fifo, fileMode: 0o4600),
        ]
        try expectGolden(try plan(spec, request, root).text, "devices-root")
        try expectGolden(try plan(spec, request, user).text, "devices-rootless")
    }

    @Test("joined namespaces, clocks, sysctls, hooks and names")
    func surroundings() throws {
        var spec = good()
        spec.hostname = "web"
        spec.domainname = "example.org"
        spec.linux?.namespaces = [
            Spec.Linux.Namespace(kind: .pid, path: ""), Spec.Linux.Namespace(kind: .user, path: "/proc/7/ns/user"),
            Spec.Linux.Namespace(kind: .network, path: "/run/netns/my net"), Spec.Linux.Namespace(kind: .mount),
            Spec.Linux.Namespace(kind: .uts), Spec.Linux.Namespace(kind: .time),
        ]
        spec.linux?.timeOffsets = [
            .monotonic: Spec.Linux.TimeOffset(secs: -172_800), .boottime: Spec.Linux.TimeOffset(secs: 7, nanosecs: 5),
        ]
        spec.linux?.sysctl = [
            "net.ipv4.ip_unprivileged_port_start": "0", "net/ipv4/conf/eth0.7/rp_filter": "2",
            "net.ipv4.ping_group_range": "0 2147483647", "net.ipv4.conf.eth0/8.rp_filter": "1",
        ]
        spec.linux?.maskedPaths = ["/proc/kcore", "/sys/a b"]
        spec.linux?.readonlyPaths = ["/proc/sys"]
        spec.hooks = Spec.Hooks(
            createRuntime: [
                Spec.Hook(path: "/bin/net up", args: ["net", "up", ""], env: ["TOKEN=hunter2"], timeout: 5)
            ],
            poststop: [Spec.Hook(path: "/bin/clean", args: [])])
        let text = try plan(spec, request, root).text
        #expect(!text.contains("hunter2"))
        try expectGolden(text, "surroundings")
    }

    @Test("the identity of the process: a terminal, ids, limits, scheduling, confinement")
    func process() throws {
        var spec = good()
        spec.process = Spec.Process(
            terminal: true, consoleSize: Spec.Process.ConsoleSize(height: 50, width: 70_000),
            user: Spec.Process.User(uid: 33, gid: 34, umask: 0o27, additionalGids: [4, 20]),
            args: ["sh", "-c", "echo \"$HOME\"\n\u{1B}[2J\u{202E}", ""],
            env: ["PATH=/bin", "TOKEN=hunter2", "EMPTY=", "BARE"], cwd: "/srv/my site",
            capabilities: Spec.Process.Capabilities(bounding: ["CAP_KILL", "CAP_CHOWN"], ambient: []),
            rlimits: [
                Spec.Process.RLimit(kind: .noFile, hard: 4096, soft: 1024),
                Spec.Process.RLimit(kind: .core, hard: .max, soft: 0),
            ], noNewPrivileges: true, apparmorProfile: "web (enforce)", oomScoreAdj: -5,
            scheduler: Spec.Process.Scheduler(policy: .batch, nice: 3, flags: [.resetOnFork]),
            selinuxLabel: "system_u:system_r:svirt_t:s0:c1,c2",
            ioPriority: Spec.Process.IOPriority(class: .bestEffort, priority: 4))
        spec.linux?.personality = Spec.Linux.Personality(domain: .linux32)
        spec.linux?.seccomp = Spec.Linux.Seccomp(
            defaultAction: .errno, defaultErrnoRet: 38, architectures: [], listenerPath: "/run/agent",
            syscalls: [Spec.Linux.Seccomp.Syscall(names: ["read", "write"], action: .allow)])
        let text = try plan(spec, request, root).text
        #expect(!text.contains("hunter2"))
        try expectGolden(text, "process")
    }

    @Test("a bundle without linux and process")
    func bare() throws {
        let spec = Spec(ociVersion: "1.0.0", root: Spec.Root(path: "/srv/root", readonly: false))
        try expectGolden(try plan(spec, request, root).text, "bare")
    }
}
