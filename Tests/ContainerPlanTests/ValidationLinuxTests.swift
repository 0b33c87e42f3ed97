import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

@Suite("validation of what only Linux has")
struct ValidationLinuxTests {
    @Test(
        "namespaces and mappings",
        arguments: [
            Row("linux.namespaces[5].type: pid is listed twice") { $0.linux?.namespaces?.append(.init(kind: .pid)) },
            Row(#"linux.namespaces[5].path: expected an absolute path, found "ns""#) {
                $0.linux?.namespaces?.append(.init(kind: .cgroup, path: "ns"))
            },
            Row("linux.uidMappings: needs a user namespace in linux.namespaces") {
                $0.linux?.uidMappings = [.init(containerID: 0, hostID: 0, size: 1)]
            },
            Row("linux.uidMappings: missing, and a new user namespace needs it") {
                $0.linux?.namespaces?.append(.init(kind: .user))
            },
            Row("linux.gidMappings: missing, and a new user namespace needs it") {
                $0.linux?.namespaces?.append(.init(kind: .user))
                $0.linux?.uidMappings = [.init(containerID: 0, hostID: 0, size: 1)]
            },
            Row(nil) { $0.linux?.namespaces?.append(.init(kind: .user, path: "/proc/1/ns/user")) },
            // Engines that make the namespace themselves give its maps as well.
            Row(nil) {
                $0.linux?.namespaces?.append(.init(kind: .user, path: "/proc/1/ns/user"))
                $0.linux?.uidMappings = [.init(containerID: 0, hostID: 0, size: 1)]
            },
            Row("linux.uidMappings[1].containerID: overlaps linux.uidMappings[0]") {
                $0.useUserNamespace([
                    .init(containerID: 0, hostID: 1000, size: 10), .init(containerID: 9, hostID: 5000, size: 10),
                ])
            },
            Row("linux.uidMappings[1].hostID: overlaps linux.uidMappings[0]") {
                $0.useUserNamespace([
                    .init(containerID: 50, hostID: 1000, size: 10), .init(containerID: 0, hostID: 991, size: 10),
                ])
            },
            Row(nil) {
                $0.useUserNamespace([
                    .init(containerID: 10, hostID: 1000, size: 10), .init(containerID: 0, hostID: 990, size: 10),
                ])
            },
            Row("linux.uidMappings[0].hostID: 4294967295 and the 0 behind it go past the last id") {
                $0.useUserNamespace([.init(containerID: 0, hostID: .max, size: 1)])
            },
            Row(nil) { $0.useUserNamespace([.init(containerID: 0, hostID: 0, size: .max)]) },
            Row("linux.uidMappings: more than 340 runs") {
                $0.useUserNamespace((0..<341).map { .init(containerID: $0, hostID: $0 * 2, size: 1) })
            },
            Row("linux.timeOffsets: needs a time namespace in linux.namespaces") {
                $0.linux?.timeOffsets = [.monotonic: .init(secs: 1)]
            },
            Row("linux.timeOffsets: a time namespace that is joined has its own") {
                $0.linux?.timeOffsets = [.monotonic: .init(secs: 1)]
                $0.linux?.namespaces?.append(.init(kind: .time, path: "/t"))
            },
            Row("linux.timeOffsets.boottime.nanosecs: expected 0 to 999999999, found 1000000000") {
                $0.linux?.timeOffsets = [.boottime: .init(nanosecs: 1_000_000_000)]
                $0.linux?.namespaces?.append(.init(kind: .time))
            },
        ])
    func namespaces(row: Row) { row.check() }

    @Test(
        "kernel parameters need the namespace they belong to",
        arguments: [
            ("net.ipv4.ip_forward", "network", true), ("net/ipv4/ip_forward", "network", true),
            ("kernel.shmmax", "ipc", true), ("kernel.shm_rmid_forced", "ipc", true), ("fs.mqueue.msg_max", "ipc", true),
            ("kernel.domainname", "uts", true), ("user.max_user_namespaces", "user", false),
        ])
    func parameters(name: String, kind: String, isThere: Bool) {
        var spec = good()
        spec.linux?.sysctl = [name: "1"]
        let path = JSONFailure.path([.key("linux"), .key("sysctl"), .key(name)])
        let error = SandboxError(.invalidInput, "\(path): needs a \(kind) namespace in linux.namespaces")
        if isThere {
            #expect(throws: Never.self) { try validate(spec) }
            spec.linux?.namespaces?.removeAll { $0.kind.rawValue == kind }
        }
        #expect(throws: error) { try validate(spec) }
    }

    @Test(
        "other kernel parameters",
        arguments: [
            Row(#"linux.sysctl["kernel.hostname"]: set by the property hostname"#) {
                $0.linux?.sysctl = ["kernel.hostname": "x"]
            },
            Row(#"linux.sysctl["kernel.core_pattern"]: not separate for each namespace"#) {
                $0.linux?.sysctl = ["kernel.core_pattern": "|/x"]
            },
            Row(#"linux.sysctl["vm.swappiness"]: not separate for each namespace"#) {
                $0.linux?.sysctl = ["vm.swappiness": "1"]
            },
            Row(#"linux.sysctl["net/../kernel/core_pattern"]: no name of a kernel parameter"#) {
                $0.linux?.sysctl = ["net/../kernel/core_pattern": "|/x"]
            },
            Row(#"linux.sysctl["net.//.kernel"]: no name of a kernel parameter"#) {
                $0.linux?.sysctl = ["net.//.kernel": "1"]
            },
            Row(#"linux.sysctl["net..x"]: no name of a kernel parameter"#) { $0.linux?.sysctl = ["net..x": "1"] },
            Row("linux.sysctl.net: no name of a kernel parameter") { $0.linux?.sysctl = ["net": "1"] },
            Row(#"linux.sysctl["net.core.x"]: contains a NUL byte"#) { $0.linux?.sysctl = ["net.core.x": "\0"] },
        ])
    func otherParameters(row: Row) { row.check() }

    @Test(
        "the file of a kernel parameter",
        arguments: [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
            ("net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter"),
            ("net/ipv4/conf/eno2.100/rp_filter", "net/ipv4/conf/eno2.100/rp_filter"),
        ])
    func file(name: String, file: String) { #expect(sysctlFile(name) == file) }

    @Test(
        "paths and devices",
        arguments: [
            Row(#"linux.maskedPaths[0]: expected an absolute path, found "proc""#) { $0.linux?.maskedPaths = ["proc"] },
            Row(#"linux.readonlyPaths[1]: expected an absolute path, found "x""#) {
                $0.linux?.readonlyPaths = ["/a", "x"]
            },
            Row("linux.maskedPaths: needs a mount namespace in linux.namespaces") {
                $0.linux?.maskedPaths = ["/proc/kcore"]
                $0.linux?.namespaces?.removeAll { $0.kind == .mount }
            },
            Row(nil) { $0.linux?.devices = [.init(path: "/dev/p", kind: .fifo)] },
            // Engines add the file type to the mode.
            Row(nil) { $0.linux?.devices = [.init(path: "/x", kind: .block, major: 8, minor: 0, fileMode: 0o60660)] },
            Row(#"linux.devices[0].path: expected an absolute path, found "dev""#) {
                $0.linux?.devices = [.init(path: "dev", kind: .fifo)]
            },
            Row("linux.devices[0].major: missing") { $0.linux?.devices = [.init(path: "/d", kind: .character)] },
            Row("linux.devices[0].minor: missing") {
                $0.linux?.devices = [.init(path: "/d", kind: .unbuffered, major: 1)]
            },
            Row("linux.devices[0].major: expected 0 to 4095, found -1") {
                $0.linux?.devices = [.init(path: "/d", kind: .character, major: -1, minor: 1)]
            },
            Row("linux.devices[0].fileMode: expected 0 to 4095, found 65536") {
                $0.linux?.devices = [.init(path: "/d", kind: .fifo, fileMode: 0o200000)]
            },
            Row("linux.netDevices: needs a network namespace in linux.namespaces") {
                $0.linux?.netDevices = ["eth0": .init()]
                $0.linux?.namespaces?.removeAll { $0.kind == .network }
            },
            Row(nil) { $0.linux?.netDevices = ["eth0": .init(name: "eth%d"), "eth1": .init(name: "eth%d")] },
            Row(#"linux.netDevices["a b"]: no name of a network device"#) { $0.linux?.netDevices = ["a b": .init()] },
            Row(#"linux.netDevices.eth0.name: expected a name of a network device, found "sixteen-bytes-xx""#) {
                $0.linux?.netDevices = ["eth0": .init(name: "sixteen-bytes-xx")]
            },
            Row(#"linux.netDevices.eth1: gets the same name as "eth0", "x""#) {
                $0.linux?.netDevices = ["eth0": .init(name: "x"), "eth1": .init(name: "x")]
            },
        ])
    func paths(row: Row) { row.check() }

    @Test(
        "placement",
        arguments: [
            Row(#"linux.personality.flags[0]: unknown flag "X""#) {
                $0.linux?.personality = .init(domain: .linux32, flags: ["X"])
            },
            Row(nil) { $0.linux?.intelRdt = .init(closID: "/", schemata: ["L3:0=f"], memBwSchema: "MB:0=20") },
            Row(#"linux.intelRdt.closID: expected the name of a folder, found "..""#) {
                $0.linux?.intelRdt = .init(closID: "..")
            },
            Row(#"linux.intelRdt.closID: expected the name of a folder, found "a/b""#) {
                $0.linux?.intelRdt = .init(closID: "a/b")
            },
            Row("linux.intelRdt.schemata[0]: more than one line") {
                $0.linux?.intelRdt = .init(schemata: ["L3:0=f\nMB:0=1"])
            },
            Row(#"linux.intelRdt.memBwSchema: expected a line starting with "MB:", found "L3:0=1""#) {
                $0.linux?.intelRdt = .init(memBwSchema: "L3:0=1")
            },
            Row(nil) { $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "0-1", flags: [.staticNodes]) },
            Row("linux.memoryPolicy.nodes: MPOL_BIND mode requires at least 1 node but got none") {
                $0.linux?.memoryPolicy = .init(mode: .bind)
            },
            Row("linux.memoryPolicy.nodes: MPOL_LOCAL mode requires 0 nodes but got 1") {
                $0.linux?.memoryPolicy = .init(mode: .local, nodes: "0")
            },
            Row("linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other") {
                $0.linux?.memoryPolicy = .init(mode: .preferred, flags: [.staticNodes, .relativeNodes])
            },
        ])
    func placement(row: Row) { row.check() }

    @Test(
        "resources",
        arguments: [
            Row(#"linux.resources.devices[0].access: expected letters out of "rwm", found "x""#) {
                $0.linux?.resources = .init(devices: [.init(allow: true, access: "x")])
            },
            Row(nil) { $0.linux?.resources = .init(devices: [.init(allow: true, kind: .all, major: -1, minor: -1)]) },
            Row("linux.resources.devices[0].major: expected -1 to 4294967295, found -2") {
                $0.linux?.resources = .init(devices: [.init(allow: true, major: -2)])
            },
            Row("linux.resources.memory.swap: 1 is less than the limit 2, which it includes") {
                $0.linux?.resources = .init(memory: .init(limit: 2, swap: 1))
            },
            Row(nil) { $0.linux?.resources = .init(memory: .init(limit: 2, swap: -1)) },
            Row("linux.resources.memory.swappiness: expected 0 to 100, found 101") {
                $0.linux?.resources = .init(memory: .init(swappiness: 101))
            },
            Row("linux.resources.memory.limit: expected -1 to 9223372036854775807, found -2") {
                $0.linux?.resources = .init(memory: .init(limit: -2))
            },
            Row(#"linux.resources.cpu.mems: expected a list as "0-3,7", found "x""#) {
                $0.linux?.resources = .init(cpu: .init(mems: "x"))
            },
            Row("linux.resources.cpu.idle: expected 0 to 1, found 2") {
                $0.linux?.resources = .init(cpu: .init(idle: 2))
            },
            Row(nil) { $0.linux?.resources = .init(blockIO: .init(weight: 0, leafWeight: 1000)) },
            Row("linux.resources.blockIO.weight: expected 10 to 1000, found 9") {
                $0.linux?.resources = .init(blockIO: .init(weight: 9))
            },
            Row("linux.resources.blockIO.weightDevice[0]: needs a weight or a leafWeight") {
                $0.linux?.resources = .init(blockIO: .init(weightDevice: [.init(major: 8, minor: 0)]))
            },
            Row("linux.resources.blockIO.throttleReadIOPSDevice[0].minor: expected 0 to 4294967295, found -1") {
                $0.linux?.resources = .init(
                    blockIO: .init(throttleReadIOPSDevice: [.init(major: 8, minor: -1, rate: 1)]))
            },
            Row(#"linux.resources.hugepageLimits[0].pageSize: expected a size as "2MB", found "02MB""#) {
                $0.linux?.resources = .init(hugepageLimits: [.init(pageSize: "02MB", limit: 1)])
            },
            Row("linux.resources.rdma.mlx5_1: needs a limit") {
                $0.linux?.resources = .init(rdma: ["mlx5_1": .init()])
            },
            Row(nil) { $0.linux?.resources = .init(unified: ["memory.max": "max"]) },
            Row(#"linux.resources.unified["../cgroup.procs"]: no name of a cgroup file"#) {
                $0.linux?.resources = .init(unified: ["../cgroup.procs": "0"])
            },
            Row(#"linux.resources.unified[""]: no name of a cgroup file"#) {
                $0.linux?.resources = .init(unified: ["": "0"])
            },
        ])
    func resources(row: Row) { row.check() }

    @Test("resources alone are named without a prefix")
    func resourcesAlone() {
        let resources = Spec.Linux.Resources(unified: ["a/b": "1"])
        #expect(throws: SandboxError(.invalidInput, #"unified["a/b"]: no name of a cgroup file"#)) {
            try validate(resources, at: "")
        }
    }

    @Test(
        "seccomp",
        arguments: [
            Row(nil) { $0.linux?.seccomp = .init(defaultAction: .errno, defaultErrnoRet: 38) },
            Row("linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW has no error number") {
                $0.linux?.seccomp = .init(defaultAction: .allow, defaultErrnoRet: 1)
            },
            Row("linux.seccomp.defaultErrnoRet: expected 0 to 4095, found 4096") {
                $0.linux?.seccomp = .init(defaultAction: .errno, defaultErrnoRet: 4096)
            },
            Row(nil) { $0.linux?.seccomp = .init(defaultAction: .trace, defaultErrnoRet: 65535) },
            Row("linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default") {
                $0.linux?.seccomp = .init(defaultAction: .notify)
            },
            Row("linux.seccomp.syscalls[0].names: empty") {
                $0.linux?.seccomp = .init(defaultAction: .log, syscalls: [.init(names: [], action: .allow)])
            },
            Row("linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_LOG has no error number") {
                $0.linux?.seccomp = .init(
                    defaultAction: .allow, syscalls: [.init(names: ["read"], action: .log, errnoRet: 1)])
            },
            Row("linux.seccomp.syscalls[0].args[0].index: expected 0 to 5, found 6") {
                $0.linux?.seccomp = .init(
                    defaultAction: .allow,
                    syscalls: [
                        .init(names: ["read"], action: .log, args: [.init(index: 6, value: 0, op: .equal)])
                    ])
            },
            Row("linux.seccomp.listenerMetadata: needs a listenerPath") {
                $0.linux?.seccomp = .init(defaultAction: .allow, listenerMetadata: "x")
            },
            Row("linux.seccomp.listenerPath: missing, and SCMP_ACT_NOTIFY needs it") {
                $0.linux?.seccomp = .init(defaultAction: .allow, syscalls: [.init(names: ["mkdir"], action: .notify)])
            },
            Row("linux.seccomp.syscalls[0].names[1]: SCMP_ACT_NOTIFY cannot be used for the write syscall") {
                $0.linux?.seccomp = .init(
                    defaultAction: .allow, listenerPath: "/s",
                    syscalls: [.init(names: ["mkdir", "write"], action: .notify)])
            },
            Row(#"linux.seccomp.listenerPath: expected an absolute path, found "s""#) {
                $0.linux?.seccomp = .init(defaultAction: .allow, listenerPath: "s")
            },
        ])
    func seccomp(row: Row) { row.check() }
}

extension Spec {
    fileprivate mutating func useUserNamespace(_ mappings: [Spec.Linux.IDMapping]) {
        linux?.namespaces?.append(.init(kind: .user))
        linux?.uidMappings = mappings
        linux?.gidMappings = mappings
    }
}
