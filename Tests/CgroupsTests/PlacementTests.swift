import Diagnostics
import RuntimeSpec
import Testing

@testable import Cgroups

private let pure = CgroupHost.Hierarchy(
    unified: true, controllers: [], mountPoint: "/sys/fs/cgroup", root: "/", own: "/user.slice/session-1.scope")
private let memory = CgroupHost.Hierarchy(
    unified: false, controllers: ["memory"], mountPoint: "/cg/memory", root: "/docker/x", own: "/docker/x/own")
private let limits = Spec.Linux.Resources(pids: .init(limit: 5))

private func request(
    _ path: String?, _ driver: CgroupRequest.Driver = .files, _ resources: Spec.Linux.Resources? = limits,
    always: Bool = true
) -> CgroupRequest {
    CgroupRequest(containerID: "web+1", path: path, resources: resources, driver: driver, always: always)
}

private func folders(_ path: String?, _ hierarchies: [CgroupHost.Hierarchy]) throws -> [String] {
    let plan = try planCgroup(request(path), host: CgroupHost(hierarchies: hierarchies))
    guard case .files(let directories) = plan.placement else { return [] }
    return directories.map(\.path)
}

@Suite("where a container's group is put")
struct PlacementTests {
    @Test("an absolute path is below the root, a relative one or the id beside the own group")
    func unified() throws {
        #expect(try folders("/a/b", [pure]) == ["/sys/fs/cgroup/a/b"])
        #expect(try folders("a/b", [pure]) == ["/sys/fs/cgroup/user.slice/a/b"])
        #expect(try folders(nil, [pure]) == ["/sys/fs/cgroup/user.slice/web+1"])
        #expect(try folders("", [pure]) == ["/sys/fs/cgroup/user.slice/web+1"])
        #expect(try folders("/../../a/../b/./c", [pure]) == ["/sys/fs/cgroup/b/c"])
        #expect(try folders("../../../a", [pure]) == ["/sys/fs/cgroup/user.slice/a"])
    }

    @Test("in version 1 a relative path is below the own group, seen through the mount")
    func legacy() throws {
        #expect(try folders("a", [memory]) == ["/cg/memory/own/a"])
        #expect(try folders("/a", [memory]) == ["/cg/memory/a"])
        var elsewhere = memory
        elsewhere.own = "/elsewhere"
        #expect(try folders("a", [elsewhere]) == ["/cg/memory/a"])
    }

    @Test("paths that are none", arguments: ["/", "/..", "a\0b", "system.slice:pre:name"])
    func refused(path: String) {
        let error = #expect(throws: SandboxError.self) { try folders(path, [pure]) }
        #expect(error?.message.contains("linux.cgroupsPath") == true)
    }

    @Test("a request for nothing does not look at the host")
    func nothing() throws {
        let plan = try planCgroup(
            request(nil, .automatic, nil, always: false),
            host: { () throws(SandboxError) in throw SandboxError(.system, "looked") }())
        #expect(plan.placement == .inherit)
    }

    @Test("an ordinary user without limits stays where it is; with limits a scope holds launcher and container")
    func rootless() throws {
        let host = CgroupHost(hierarchies: [pure], euid: 1000, rootless: true, systemd: true, userBus: ["unix:path=/b"])
        #expect(try planCgroup(request(nil, .automatic, nil), host: host).placement == .inherit)
        let plan = try planCgroup(request(nil, .automatic), host: host)
        guard case .supervised(let unit, let otherwise) = plan.placement else {
            Issue.record("\(plan)")
            return
        }
        #expect(unit.name == "sandbox-web\\x2b1.scope")
        #expect(unit.slice == "user.slice")
        #expect(unit.user)
        #expect(unit.addresses == ["unix:path=/b"])
        #expect(otherwise.map(\.path) == ["/sys/fs/cgroup/user.slice/sandbox-web+1"])
    }

    @Test("limits without any hierarchy are an error with a mend; no limits are none")
    func noHierarchy() throws {
        let error = #expect(throws: SandboxError.self) {
            try planCgroup(request(nil), host: CgroupHost(hierarchies: []))
        }
        #expect(error?.kind == .unsupported)
        #expect(error?.remedy != nil)
        #expect(try planCgroup(request("/a", .files, nil), host: CgroupHost(hierarchies: [])).placement == .inherit)
    }

    @Test(
        "an engine's slice, prefix and name",
        arguments: [
            (nil, "system.slice", "sandbox-web\\x2b1.scope"), ("a-b.slice:pre:n", "a-b.slice", "pre-n.scope"),
            (":pre:n", "system.slice", "pre-n.scope"), ("::n", "system.slice", "n.scope"),
            ("-.slice:p:n.scope", "-.slice", "p-n.scope"),
        ])
    func units(path: String?, slice: String, name: String) throws {
        let plan = try planCgroup(request(path, .systemd), host: CgroupHost(hierarchies: [pure], systemd: true))
        guard case .systemd(let unit) = plan.placement else {
            Issue.record("\(plan)")
            return
        }
        #expect(unit.slice == slice)
        #expect(unit.name == name)
    }

    @Test(
        "what is no slice, prefix and name",
        arguments: [
            "/a/b", "a:b", "a:b:c", "a.slice:b:", "-a.slice:b:c", "a--b.slice:b:c", "x.slice:p:y.slice", ":a b:c",
        ])
    func badUnits(path: String) {
        #expect(throws: SandboxError.self) {
            try planCgroup(request(path, .systemd), host: CgroupHost(hierarchies: [pure], systemd: true))
        }
    }

    @Test("the record survives the container's state file")
    func record() throws {
        let record = CgroupRecord(
            directories: [
                .init(unified: true, controllers: [], path: "/u/x", mountPoint: "/u"),
                .init(unified: false, controllers: ["cpu", "cpuacct"], path: "/c/x", mountPoint: "/c"),
            ], unit: .init(name: "a.scope", user: true, addresses: ["unix:path=/b"]), rootless: true)
        let text = record.json.encoded()
        #expect(try CgroupRecord(json: JSON(parsing: text)) == record)
        let none = CgroupRecord()
        #expect(try CgroupRecord(json: JSON(parsing: none.json.encoded())) == none)
        #expect(throws: SandboxError.self) { try CgroupRecord(decoding: Array("{}".utf8)) }
    }
}

@Suite("unit properties")
struct SystemdPropertyTests {
    private func properties(_ resources: Spec.Linux.Resources, unified: Bool = true) throws -> [String: DBusValue] {
        Dictionary(
            uniqueKeysWithValues: try resourceProperties(resources, unified: unified).map { ($0.name, $0.value) })
    }

    @Test("resources become the properties systemd has for them")
    func resources() throws {
        #expect(
            try properties(
                .init(
                    memory: .init(limit: 100, reservation: 50, swap: 100),
                    cpu: .init(shares: 1024, quota: 12345, period: 50000, cpus: "0,9", mems: "0"),
                    pids: .init(limit: -1),
                    blockIO: .init(weight: 10, throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 7)]))) == [
                    "MemoryMax": .uint64(100), "MemoryLow": .uint64(50), "MemorySwapMax": .uint64(0),
                    "CPUWeight": .uint64(100), "CPUQuotaPeriodUSec": .uint64(50000),
                    "CPUQuotaPerSecUSec": .uint64(250_000),  // 246 900, rounded up to a whole percent
                    "AllowedCPUs": .array("y", [.byte(1), .byte(2)]), "AllowedMemoryNodes": .array("y", [.byte(1)]),
                    "TasksMax": .uint64(.max), "IOWeight": .uint64(1),
                    "IOReadBandwidthMax": .array("(st)", [.structure([.string("/dev/block/8:0"), .uint64(7)])]),
                ])
        #expect(
            try properties(.init(memory: .init(limit: -1), cpu: .init(shares: 7)), unified: false) == [
                "MemoryLimit": .uint64(.max), "CPUShares": .uint64(7),
            ])
    }

    @Test("files of v2 become properties too")
    func unifiedFiles() throws {
        #expect(
            try properties(
                .init(unified: ["memory.high": "max", "cpu.max": "5000 100000", "cpuset.cpus": "1", "misc.max": "x 1"]))
                == [
                    "MemoryHigh": .uint64(.max), "CPUQuotaPerSecUSec": .uint64(50000),
                    "CPUQuotaPeriodUSec": .uint64(100_000), "AllowedCPUs": .array("y", [.byte(2)]),
                ])
        #expect(throws: SandboxError.self) { try properties(.init(unified: ["memory.max": "many"])) }
    }

    @Test("annotations replace what is set, and seconds become microseconds")
    func annotations() throws {
        let unit = SystemdUnit(
            name: "a.scope", slice: "x.slice", user: false, description: "d", addresses: [],
            annotations: [
                "org.systemd.property.CollectMode": "'inactive'", "org.systemd.property.TimeoutStopSec": "1.5",
            ], host: CgroupHost(hierarchies: []))
        let all = try scopeProperties(unit, pid: 77, resources: .init(), unified: true)
        #expect(all.filter { $0.name == "CollectMode" }.map(\.value) == [.string("inactive")])
        #expect(all.contains(.init("TimeoutStopUSec", .uint64(1_500_000))))
        #expect(all.contains(.init("PIDs", .array("u", [.uint32(77)]))))
        #expect(all.contains(.init("Slice", .string("x.slice"))))
        for (key, value) in [("A B", "1"), ("Xy", "1"), ("TimeoutStopSec", "'x'"), ("Name", "[")] {
            var wrong = unit
            wrong.annotations = ["org.systemd.property.\(key)": value]
            #expect(throws: SandboxError.self) {
                try scopeProperties(wrong, pid: 1, resources: .init(), unified: true)
            }
        }
    }

    @Test("device rules of a v1 host are named by node, by driver, or all of a kind")
    func devices() throws {
        let table = "Character devices:\n  1 mem\n136 pts\n 10 misc\n\nBlock devices:\n  8 sd\n259 blkext\n"
        let target = try LegacyDevices([
            DeviceRule(true, .character, 1, 3), DeviceRule(true, .character, 136, nil, [.read, .write]),
            DeviceRule(true, .block, nil, nil, .mknod), DeviceRule(true, .block, 77, nil),
            DeviceRule(true, .block, nil, 5),
        ])
        let found = deviceProperties(target, devices: table)
        #expect(found.first == .init("DevicePolicy", .string("strict")))
        #expect(
            found.last
                == .init(
                    "DeviceAllow",
                    .array(
                        "(ss)",
                        [("block-*", "m"), ("char-pts", "rw"), ("/dev/char/1:3", "rwm")].map {
                            .structure([.string($0.0), .string($0.1)])
                        })))
        #expect(deviceProperties(try LegacyDevices([DeviceRule(true, nil, nil, nil)]), devices: table).isEmpty)
    }
}
