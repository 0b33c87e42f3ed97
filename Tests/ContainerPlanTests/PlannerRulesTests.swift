import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

private let root = HostFacts(effectiveUID: 0, effectiveGID: 0, isInUserNamespace: false, workingDirectory: "/")

private func planned(_ change: (inout Spec) -> Void) throws(SandboxError) -> Plan {
    var spec = good()
    change(&spec)
    return try plan(spec, PlanRequest(id: "web", bundle: "/bundles/web"), root)
}

private func refusal(_ change: (inout Spec) -> Void) -> SandboxError? {
    do { _ = try planned(change) } catch { return error }
    return nil
}

private func refusal(of mount: Spec.Mount) -> SandboxError? { refusal { $0.mounts = [mount] } }

private let map = [Spec.Linux.IDMapping(containerID: 0, hostID: 1000, size: 1)]

@Suite("what no plan can be made for")
struct PlannerErrorTests {
    @Test("no root, no command, no maps")
    func missing() {
        #expect(refusal { $0.root = nil } == SandboxError(.invalidInput, "root: a container needs a root filesystem"))
        for args in [nil, []] as [[String]?] {
            let error = refusal { $0.process?.args = args }
            #expect(error == SandboxError(.invalidInput, "process.args: the command is missing"))
        }
        for maps in [nil, []] as [[Spec.Linux.IDMapping]?] {
            let user = Spec.Linux(uidMappings: maps, namespaces: [Spec.Linux.Namespace(kind: .user)])
            let text = "linux.uidMappings: a user namespace needs at least one mapping"
            #expect(refusal { $0.linux = user } == SandboxError(.invalidInput, text))
            let group = Spec.Linux(
                uidMappings: map, gidMappings: maps, namespaces: [Spec.Linux.Namespace(kind: .user)])
            let other = "linux.gidMappings: a user namespace needs at least one mapping"
            #expect(refusal { $0.linux = group } == SandboxError(.invalidInput, other))
        }
    }

    @Test("a user namespace that is joined has its maps already")
    func joinedUserNamespace() throws {
        let joined = Spec.Linux.Namespace(kind: .user, path: "/proc/7/ns/user")
        #expect(try planned { $0.linux = Spec.Linux(namespaces: [joined]) }.idMaps == nil)
    }

    @Test("a mount without what it needs, named by its place")
    func mounts() {
        let source = SandboxError(.invalidInput, "mounts[0].source: a bind mount needs a source")
        #expect(refusal(of: Spec.Mount(destination: "/a", type: "bind")) == source)
        #expect(refusal(of: Spec.Mount(destination: "/a", source: "", options: ["rbind"])) == source)
        let type = SandboxError(.invalidInput, "mounts[0].type: missing, and the options ask for no bind mount")
        #expect(refusal(of: Spec.Mount(destination: "/a")) == type)
        #expect(refusal(of: Spec.Mount(destination: "/a", source: "data")) == type)
        #expect(refusal(of: Spec.Mount(destination: "/a", type: "none", source: "/data")) == type)
        let second = refusal {
            $0.mounts = [Spec.Mount(destination: "/a", type: "tmpfs"), Spec.Mount(destination: "/b")]
        }
        #expect(second?.message.hasPrefix("mounts[1].type: ") == true)
    }

    @Test("an id-mapped mount with half of its maps")
    func mountMaps() {
        let text = "mounts[0]: uidMappings and gidMappings must both be given, and not empty"
        for (uids, gids) in [(map, nil), (nil, map), (map, []), ([], map), ([], [])] as [([_]?, [_]?)] {
            let mount = Spec.Mount(
                destination: "/a", source: "/a", options: ["bind", "idmap"], uidMappings: uids, gidMappings: gids)
            #expect(refusal(of: mount) == SandboxError(.invalidInput, text))
        }
    }

    @Test(
        "a device without numbers, or with numbers that cannot be",
        arguments: [(nil, 1), (1, nil), (nil, nil), (-1, 1), (1, -1), (1 << 32, 0), (0, 1 << 32)] as [(Int64?, Int64?)])
    func devices(major: Int64?, minor: Int64?) {
        let text = "linux.devices[1]: a device needs a major and a minor number from 0 to 4294967295"
        for kind: Spec.Linux.Device.Kind in [.character, .unbuffered, .block] {
            let device = Spec.Linux.Device(path: "/dev/x", kind: kind, major: major, minor: minor)
            let error = refusal { $0.linux?.devices = [Spec.Linux.Device(path: "/dev/p", kind: .fifo), device] }
            #expect(error == SandboxError(.invalidInput, text))
        }
    }
}

@Suite("mounts at and inside /proc")
struct ProcMountTests {
    private static func refused(_ destination: String) -> SandboxError {
        SandboxError(
            .invalidInput, "mounts[0].destination: \"\(destination)\" is inside /proc, where nothing may be mounted",
            remedy: "mount a file system of type proc at /proc and leave its inside alone")
    }

    @Test(
        "nothing may stand in for the files that set labels (CVE-2019-16884)",
        arguments: [
            "/proc", "/proc/", "//proc", "proc", "/proc/.", "/x/../proc", "/../proc", "/proc/self",
            "proc/self/attr/exec",
            "/proc/thread-self/attr/current", "/proc/sys", "/proc/sys/kernel", "/proc/1", "/proc/uptimes",
            "/proc/uptime/x", "/proc/net", "/proc/./self//attr",
        ])
    func refusals(destination: String) {
        let shown = destination.hasPrefix("/") ? destination : "/" + destination
        let mounts = [
            Spec.Mount(destination: destination, type: "tmpfs", source: "tmpfs"),
            Spec.Mount(destination: destination, type: "bind", source: "/volume", options: ["rbind"]),
            Spec.Mount(destination: destination, source: "/volume"),
            Spec.Mount(destination: destination, type: "cgroup", source: "cgroup"),
            Spec.Mount(destination: destination, type: "proc", source: "/volume", options: ["bind"]),
        ]
        for mount in mounts { #expect(refusal(of: mount) == Self.refused(shown), "\(mount)") }
        #expect(
            refusal(of: Spec.Mount(destination: destination, type: "proc"))?.message
                == (normalized(destination) == "/proc" ? nil : Self.refused(shown).message))
    }

    @Test(
        "only the host's own /proc may be bound there, not a folder of the bundle that has its name",
        arguments: [
            "proc", "./proc", "../proc", "proc/", "x/../proc", "/bundles/web/proc", "/proc/self", "/proc/../data",
            "/x/../proc",
        ])
    func standIns(source: String) {
        let mount = Spec.Mount(destination: "/proc", type: "bind", source: source, options: ["rbind"])
        #expect(refusal(of: mount) == Self.refused("/proc"))
    }

    @Test(
        "a fresh proc, the host's, and the files that a volume may cover",
        arguments: [
            Spec.Mount(destination: "/proc", type: "proc", source: "proc"),
            Spec.Mount(destination: "proc/", type: "proc"),
            Spec.Mount(destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]),
            Spec.Mount(destination: "/proc", source: "/proc/", options: ["bind"]),
            Spec.Mount(destination: "/proc/sys/fs/binfmt_misc", type: "binfmt_misc", source: "binfmt_misc"),
            Spec.Mount(destination: "/process", type: "tmpfs"), Spec.Mount(destination: "/a/proc", type: "tmpfs"),
            Spec.Mount(destination: "/proc", options: ["remount", "ro"]),
        ]
            + [
                "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev",
                "sys/kernel/ns_last_pid", "sys/crypto/fips_enabled",
            ].map { Spec.Mount(destination: "/proc/" + $0, type: "bind", source: "/var/lib/lxcfs/" + $0) })
    func allowed(mount: Spec.Mount) throws {
        let first = try #require(try planned { $0.mounts = [mount] }.steps.first)
        switch first {
        case .bind(let bind): #expect(normalized(bind.destination) == normalized(mount.destination))
        case .fileSystem(let made): #expect(normalized(made.destination) == normalized(mount.destination))
        case .remount(let path, let options):
            #expect(path == mount.destination)
            #expect(options == MountOptions(parsing: ["ro"]))
        case .cgroup, .device, .link: Issue.record("not a mount: \(first)")
        }
    }
}

@Suite("plan rules")
struct PlannerRulesTests {
    @Test("a /dev of the host is left as it is: no devices, no links", arguments: ["/dev", "dev/", "/x/../dev"])
    func boundDev(destination: String) throws {
        let bound = try planned {
            $0.mounts = [Spec.Mount(destination: destination, source: "/dev", options: ["rbind"])]
            $0.linux?.devices = [Spec.Linux.Device(path: "/dev/fuse", kind: .character, major: 10, minor: 229)]
        }
        #expect(bound.steps.count == 1)
        let fresh = try planned { $0.mounts = [Spec.Mount(destination: destination, type: "tmpfs")] }
        #expect(fresh.steps.count == 1 + 6 + 6)
    }

    @Test(
        "whoever is not root of the host binds devices",
        arguments: [(0, false), (0, true), (1000, false), (1000, true)])
    func rootless(uid: UInt32, isNested: Bool) throws {
        let facts = HostFacts(effectiveUID: uid, effectiveGID: 0, isInUserNamespace: isNested, workingDirectory: "/")
        let steps = try plan(good(), PlanRequest(id: "a", bundle: "/b"), facts).steps
        let bound = steps.compactMap { step in if case .device(let node) = step { node.isBound } else { nil } }
        #expect(bound == Array(repeating: uid != 0 || isNested, count: 6))
    }

    @Test("every propagation of the root", arguments: Propagation.allCases)
    func propagation(kind: Propagation) throws {
        for (prefix, isRecursive) in [("", false), ("r", true)] {
            let word = try #require(Spec.Linux.Propagation(rawValue: prefix + kind.rawValue))
            let root = try planned { $0.linux?.rootfsPropagation = word }.root
            #expect(root.propagation == kind)
            #expect(root.propagationIsRecursive == isRecursive)
        }
        #expect(try planned { _ in }.root.propagation == nil)
    }

    @Test("the same specification gives the same text, whatever the order in its dictionaries")
    func stable() throws {
        let names = (0..<20).map { "net.ipv4.conf.eth\($0).rp_filter" }
        let texts = try [names, names.reversed(), names.shuffled()].map { names in
            try planned { spec in
                spec.linux?.sysctl = [:]
                for name in names { spec.linux?.sysctl?[name] = "1" }
            }.text
        }
        #expect(Set(texts).count == 1)
    }
}

@Suite("paths of plans")
struct PlanPathTests {
    @Test(
        "normalized",
        arguments: [
            ("", "/"), ("/", "/"), (".", "/"), ("..", "/"), ("a", "/a"), ("/a/", "/a"), ("//a///b//", "/a/b"),
            ("/a/./b/.", "/a/b"), ("/a/../b", "/b"), ("/a/b/../c", "/a/c"), ("/a/b/../../..", "/"),
            ("/../../etc", "/etc"), ("/...", "/..."),
            ("/a/..b/c..", "/a/..b/c.."), ("/ ", "/ "), ("/é/日本", "/é/日本"),
        ])
    func normalization(path: String, result: String) {
        #expect(normalized(path) == result)
        #expect(normalized(result) == result)
        #expect(Spec.Mount(destination: path).containerDestination == result, "validation sees the same path")
    }

    @Test(
        "absolutePath",
        arguments: [
            ("/a", "/b", "/a"), ("a", "/b", "/b/a"), ("a", "/b/", "/b/a"), ("a/../c", "/", "/a/../c"),
            ("./a", "/b", "/b/./a"), ("", "/b", "/b/"), ("//a", "/b", "//a"),
        ])
    func absolute(path: String, folder: String, result: String) { #expect(absolutePath(path, in: folder) == result) }

    @Test(
        "sysctlPath",
        arguments: [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
            ("net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter"),
            ("net/ipv4/conf/eno2.100/rp_filter", "net/ipv4/conf/eno2.100/rp_filter"),
            ("kernel.shm_rmid_forced", "kernel/shm_rmid_forced"), ("fs.mqueue.msg_max", "fs/mqueue/msg_max"),
        ])
    func sysctl(key: String, path: String) {
        #expect(sysctlPath(key) == path)
        #expect(sysctlFile(key) == path, "validation sees the same file")
    }

    @Test("a sysctl without separators is a file of its own")
    func plainSysctl() { #expect(sysctlPath("kernel") == "kernel") }
}
