import Diagnostics
import RuntimeSpec
import Testing

@testable import Cgroups

private typealias Resources = Spec.Linux.Resources

private func lines(_ plan: ResourcePlan) -> [String] { plan.writes.map { "\($0.file)=\($0.value)" } }

@Suite("conversions from v1 to v2")
struct ConversionTests {
    @Test(
        "shares become a weight that keeps lowest, usual and highest",
        arguments: [
            (0, 0), (1, 1), (2, 1), (3, 2), (512, 59), (1024, 100), (2048, 174), (262_144, 10000), (999_999, 10000),
        ])
    func shares(shares: UInt64, weight: UInt64) { #expect(cpuWeight(fromShares: shares) == weight) }

    @Test("more shares are never less weight")
    func monotonic() {
        var last: UInt64 = 0
        for shares in stride(from: UInt64(2), through: 262_144, by: 61) {
            let weight = cpuWeight(fromShares: shares)
            #expect(weight >= last && (1...10000).contains(weight))
            last = weight
        }
    }

    @Test("block weights become io weights", arguments: [(10, 1), (100, 910), (500, 4950), (1000, 10000)])
    func weights(weight: UInt16, io: UInt64) { #expect(ioWeight(fromBlockIO: weight) == io) }

    @Test(
        "the sum of memory and swap becomes swap alone",
        arguments: [
            (nil, 100, nil), (0, 100, nil), (0, -1, -1), (-1, 100, -1), (100, 100, 0), (300, 100, 200),
        ] as [(Int64?, Int64?, Int64?)])
    func swap(sum: Int64?, memory: Int64?, swap: Int64?) throws {
        #expect(try swapLimit(sum: sum, memory: memory) == swap)
    }

    @Test(
        "a sum that cannot be is an error",
        arguments: [(50, 100), (100, nil), (100, 0), (100, -1), (-2, 100)] as [(Int64?, Int64?)])
    func impossibleSwap(sum: Int64?, memory: Int64?) {
        let error = #expect(throws: SandboxError.self) { try swapLimit(sum: sum, memory: memory) }
        #expect(error?.message.hasPrefix("linux.resources.memory.swap: ") == true)
    }

    @Test("lists of processors", arguments: [("0", [0]), ("0-3,7", [0, 1, 2, 3, 7]), ("4,1-2,2", [1, 2, 4])])
    func lists(text: String, numbers: [Int]) throws { #expect(try parseList(text, "x") == numbers) }

    @Test("what is no list", arguments: ["", "a", "3-1", "1-", "-1", "1,,2", "1-2-3", "99999999999"])
    func noLists(text: String) { #expect(throws: SandboxError.self) { try parseList(text, "x") } }
}

@Suite("writes for v2")
struct UnifiedPlanTests {
    @Test("memory, processor, tasks")
    func usual() throws {
        let plan = try ResourcePlan.unified(
            Resources(
                memory: .init(limit: 1000, reservation: 500, swap: 1500),
                cpu: .init(shares: 1024, quota: 50000, burst: 7, period: 200_000, cpus: "0-1", mems: "0", idle: 0),
                pids: .init(limit: 9)))
        #expect(
            lines(plan) == [
                "memory.swap.max=500", "memory.max=1000", "memory.low=500", "cpuset.cpus=0-1", "cpuset.mems=0",
                "cpu.idle=0", "cpu.weight=100", "cpu.max.burst=7", "cpu.max=50000 200000", "pids.max=9",
            ])
    }

    @Test("lifted limits are max, and no swap at all is 0")
    func lifted() throws {
        let plan = try ResourcePlan.unified(
            Resources(
                memory: .init(limit: -1, reservation: -1), cpu: .init(quota: -1), pids: .init(limit: -1)))
        #expect(
            lines(plan) == [
                "memory.swap.max=max", "memory.max=max", "memory.low=max", "cpu.max=max 100000", "pids.max=max",
            ])
        #expect(
            try lines(.unified(Resources(memory: .init(limit: 8, swap: 8)))) == ["memory.swap.max=0", "memory.max=8"])
        #expect(try lines(.unified(Resources(pids: .init(limit: 0)))) == ["pids.max=1"])
    }

    @Test("engines' zeros and old properties write nothing, and the old ones are noted")
    func unset() throws {
        let resources = Resources(
            memory: .init(
                limit: 0, reservation: 0, swap: 0, kernel: 5, kernelTCP: 6, swappiness: 7, disableOOMKiller: false),
            cpu: .init(shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0),
            network: .init(classID: 0, priorities: []))
        let plan = try ResourcePlan.unified(resources)
        #expect(plan.writes.isEmpty)
        #expect(plan.notes.count == 3)
        #expect(!Resources(memory: .init(limit: 0)).hasLimits)
        #expect(Resources(pids: .init(limit: 0)).hasLimits)
    }

    @Test("an idle group has no weight")
    func idle() throws {
        #expect(try lines(.unified(Resources(cpu: .init(shares: 9, idle: 1)))) == ["cpu.idle=1"])
    }

    @Test("block devices")
    func blockIO() throws {
        let plan = try ResourcePlan.unified(
            Resources(
                blockIO: .init(
                    weight: 100, weightDevice: [.init(major: 8, minor: 0, weight: 500)],
                    throttleReadBpsDevice: [.init(major: 8, minor: 16, rate: 77)],
                    throttleWriteIOPSDevice: [.init(major: 8, minor: 16, rate: 0)])))
        #expect(
            lines(plan) == [
                "io.bfq.weight=100", "io.bfq.weight=8:0 500", "io.max=8:16 rbps=77", "io.max=8:16 wiops=max",
            ]
        )
        #expect(plan.writes[0].otherwise.map(\.value) == ["default 910"])
        #expect(plan.writes[1].otherwise.map(\.value) == ["8:0 4950"])
    }

    @Test("huge pages with their reservations, RDMA, and files given by name")
    func others() throws {
        let plan = try ResourcePlan.unified(
            Resources(
                hugepageLimits: [.init(pageSize: "2MB", limit: 4096)],
                rdma: ["b": .init(hcaHandles: 1, hcaObjects: 2), "a": .init(hcaObjects: 3)],
                unified: ["memory.high": "5", "io.max": "8:0 rbps=1\n8:16 wbps=2"]))
        #expect(
            lines(plan) == [
                "hugetlb.2MB.rsvd.max=4096", "hugetlb.2MB.max=4096", "rdma.max=a hca_object=3",
                "rdma.max=b hca_handle=1 hca_object=2", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2", "memory.high=5",
            ])
    }

    @Test("what only v1 has is an error that says so")
    func onlyLegacy() {
        for resources in [
            Resources(cpu: .init(realtimeRuntime: 5)), Resources(network: .init(classID: 5)),
            Resources(network: .init(priorities: [.init(name: "lo", priority: 1)])),
        ] {
            let error = #expect(throws: SandboxError.self) { try ResourcePlan.unified(resources) }
            #expect(error?.kind == .unsupported)
            #expect(error?.remedy != nil)
        }
    }

    @Test(
        "a name that is no file of the group is refused, and one that moves or stops processes",
        arguments: [
            "../memory.max", "memory", "a/b.c", "", "cpu max.x", ".hidden", "cgroup.procs", "cgroup.threads",
            "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control", "cgroup.events",
        ])
    func badKeys(key: String) {
        #expect(throws: SandboxError.self) { try ResourcePlan.unified(Resources(unified: [key: "1"])) }
    }

    @Test("the core's own limits are files of unified")
    func coreLimits() throws {
        let plan = try ResourcePlan.unified(Resources(unified: ["cgroup.max.depth": "3"]))
        #expect(plan.writes.map(\.file) == ["cgroup.max.depth"])
    }

    @Test("weights and page sizes out of their range are refused")
    func ranges() {
        for resources in [
            Resources(blockIO: .init(weight: 9)), Resources(blockIO: .init(weight: 1001)),
            Resources(hugepageLimits: [.init(pageSize: "MB", limit: 1)]),
            Resources(hugepageLimits: [.init(pageSize: "2XB", limit: 1)]), Resources(memory: .init(limit: -2)),
            Resources(cpu: .init(quota: -3)), Resources(cpu: .init(cpus: "0-")),
        ] { #expect(throws: SandboxError.self, "\(resources.json)") { try ResourcePlan.unified(resources) } }
    }
}

@Suite("writes for v1 and hybrid hosts")
struct LegacyPlanTests {
    @Test("values are the spec's own")
    func usual() throws {
        let plan = try ResourcePlan.legacy(
            Resources(
                memory: .init(limit: 1000, reservation: 500, swap: 1500, kernelTCP: 3, disableOOMKiller: true),
                cpu: .init(shares: 512, quota: 5, burst: 1, period: 10, realtimeRuntime: 3, realtimePeriod: 4),
                pids: .init(limit: 9), blockIO: .init(weight: 100, leafWeight: 20),
                hugepageLimits: [.init(pageSize: "1GB", limit: 2)],
                network: .init(classID: 1_048_577, priorities: [.init(name: "eth0", priority: 5)])))
        #expect(
            lines(plan) == [
                "memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=1500", "memory.soft_limit_in_bytes=500",
                "memory.kmem.tcp.limit_in_bytes=3", "memory.oom_control=1", "cpu.rt_period_us=4", "cpu.rt_runtime_us=3",
                "cpu.shares=512", "cpu.cfs_burst_us=1", "cpu.cfs_period_us=10", "cpu.cfs_quota_us=5", "pids.max=9",
                "blkio.weight=100", "blkio.leaf_weight=20", "hugetlb.1GB.rsvd.limit_in_bytes=2",
                "hugetlb.1GB.limit_in_bytes=2", "net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5",
            ])
    }

    @Test("lifting the memory limit lifts that of the sum with swap")
    func lifted() throws {
        #expect(
            try lines(.legacy(Resources(memory: .init(limit: -1)))) == [
                "memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1",
            ])
    }

    @Test("on a hybrid host each resource goes where its controller is")
    func hybrid() throws {
        let directories = [
            CgroupDirectory(unified: false, controllers: ["memory"], path: "/m", mountPoint: "/m"),
            CgroupDirectory(unified: false, controllers: ["blkio"], path: "/b", mountPoint: "/b"),
            CgroupDirectory(unified: true, controllers: [], path: "/u", mountPoint: "/u"),
        ]
        let resources = Resources(
            memory: .init(limit: 10), pids: .init(limit: 3),
            blockIO: .init(throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)]),
            hugepageLimits: [.init(pageSize: "2MB", limit: 4)])
        #expect(
            try lines(.make(resources, directories: directories)) == [
                "memory.limit_in_bytes=10", "blkio.throttle.read_bps_device=8:0 1", "pids.max=3",
                "hugetlb.2MB.rsvd.max=4", "hugetlb.2MB.max=4",
            ])
        #expect(throws: SandboxError.self) {
            try ResourcePlan.make(Resources(unified: ["memory.max": "1"]), directories: Array(directories.prefix(2)))
        }
    }

    @Test("people's files go to the version that has their controller, an engine's to version 2 alone")
    func files() throws {
        let legacy = CgroupDirectory(unified: false, controllers: ["memory"], path: "/m", mountPoint: "/m")
        let unified = CgroupDirectory(unified: true, controllers: [], path: "/u", mountPoint: "/u")
        let asked = Resources(unified: ["memory.soft_limit_in_bytes": "1M", "hugetlb.2MB.max": "0"])
        for directories in [[legacy], [legacy, unified]] {
            let plan = try ResourcePlan.make(asked, directories: directories, takesLegacyFiles: true)
            #expect(
                Set(plan.writes.map { "\($0.controller) \($0.file)=\($0.value)" }) == [
                    "memory memory.soft_limit_in_bytes=1M", "hugetlb hugetlb.2MB.max=0",
                ])
            let error = #expect(throws: SandboxError.self) { try ResourcePlan.make(asked, directories: directories) }
            #expect(error?.message.contains("only cgroup v2 has it") == true)
        }
        #expect(throws: Never.self) {
            try ResourcePlan.make(Resources(unified: ["hugetlb.2MB.max": "0"]), directories: [legacy, unified])
        }
    }

    @Test(
        "files that move, stop or start processes, or open devices, are no limits on version 1 either",
        arguments: [
            "tasks", "cgroup.procs", "release_agent", "notify_on_release", "cgroup.event_control",
            "cgroup.clone_children", "devices.allow", "freezer.state", "../memory.x", "memory/x.y", ".x",
        ])
    func noLimits(file: String) {
        let all = CgroupDirectory(
            unified: false, controllers: ["memory", "devices", "freezer"], path: "/m", mountPoint: "/m")
        #expect(throws: SandboxError.self) {
            try ResourcePlan.make(Resources(unified: [file: "1"]), directories: [all], takesLegacyFiles: true)
        }
    }
}
