import Diagnostics
import Glibc
import LinuxKernel
import RuntimeSpec
import Testing

@testable import Cgroups

/// Whether this machine lets the tests make version 1 groups.
private let legacyHost: CgroupHost? = {
    guard geteuid() == 0, let host = try? CgroupHost.read(), !host.rootless else { return nil }
    guard let pids = host.legacy("pids"), host.legacy("memory") != nil else { return nil }
    return isAccessible(pids.mountPoint, W_OK) ? host : nil
}()

@Suite(
    "groups of a v1 or hybrid host", .serialized,
    .enabled(if: legacyHost != nil, "needs root and writable cgroup v1 hierarchies"))
struct LegacyHostTests {
    private func host() throws -> CgroupHost { try #require(legacyHost) }

    /// Makes a group below a name of its own, hands it over, and checks that nothing of it is left.
    private func withGroup(
        _ resources: Spec.Linux.Resources = .init(), _ body: (inout Cgroup) throws -> Void
    ) throws {
        let id = "sandbox-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let request = CgroupRequest(
            containerID: id, path: "/\(id)/inner", resources: resources, driver: .files, always: true)
        let here = try host()
        let plan = try planCgroup(request, host: here)
        guard case .files(let directories) = plan.placement else { throw SandboxError(.wrongState, "\(plan)") }
        defer {
            for directory in directories {
                #expect(!fileExists(directory.path))
                // Fails where the group was never made.
                try? LinuxKernel.remove(parentPath(directory.path), directory: true)
            }
        }
        var cgroup = try Cgroup.create(plan, resources: resources)
        do { try body(&cgroup) } catch {
            try cgroup.kill()
            try cgroup.remove()
            throw error
        }
        try cgroup.kill()
        try cgroup.remove()
        try cgroup.remove()  // gone already: fine
    }

    private func value(_ cgroup: Cgroup, _ controller: String, _ file: String) throws -> String {
        let directory = try #require(cgroup.record.legacy(controller))
        return try readText("\(directory.path)/\(file)").filter { $0 != "\n" }
    }

    @Test("limits are in force before a process enters")
    func limits() throws {
        let resources = Spec.Linux.Resources(
            memory: .init(limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20, swappiness: 10),
            cpu: .init(shares: 512, quota: 50000, burst: 10000, period: 200_000, cpus: "0", mems: "0"),
            pids: .init(limit: 17))
        try withGroup(resources) { (cgroup: inout Cgroup) throws in
            #expect(try value(cgroup, "memory", "memory.limit_in_bytes") == "\(64 << 20)")
            #expect(try value(cgroup, "memory", "memory.soft_limit_in_bytes") == "\(32 << 20)")
            #expect(try value(cgroup, "memory", "memory.memsw.limit_in_bytes") == "\(96 << 20)")
            #expect(try value(cgroup, "memory", "memory.swappiness") == "10")
            #expect(try value(cgroup, "cpu", "cpu.shares") == "512")
            #expect(try value(cgroup, "cpu", "cpu.cfs_quota_us") == "50000")
            #expect(try value(cgroup, "cpu", "cpu.cfs_period_us") == "200000")
            #expect(try value(cgroup, "cpu", "cpu.cfs_burst_us") == "10000")
            #expect(try value(cgroup, "cpuset", "cpuset.cpus") == "0")
            #expect(try value(cgroup, "pids", "pids.max") == "17")
        }
    }

    @Test("an update raises and lowers memory and the sum with swap in either order")
    func updateOrder() throws {
        try withGroup(.init(memory: .init(limit: 64 << 20, swap: 64 << 20))) { (cgroup: inout Cgroup) throws in
            for megabytes in [Int64(256), 32, 128] {
                try cgroup.update(.init(memory: .init(limit: megabytes << 20, swap: megabytes << 20)))
                #expect(try value(cgroup, "memory", "memory.limit_in_bytes") == "\(megabytes << 20)")
                #expect(try value(cgroup, "memory", "memory.memsw.limit_in_bytes") == "\(megabytes << 20)")
            }
            try cgroup.update(.init(memory: .init(limit: -1)))
            #expect(try value(cgroup, "memory", "memory.limit_in_bytes") == "9223372036854771712")
            try cgroup.update(.init(cpu: .init(quota: 20000, burst: 20000, period: 100_000)))
            try cgroup.update(.init(cpu: .init(quota: 5000, burst: 1000)))
            #expect(try value(cgroup, "cpu", "cpu.cfs_quota_us") == "5000")
            #expect(try value(cgroup, "cpu", "cpu.cfs_burst_us") == "1000")
        }
    }

    @Test("a process is in every hierarchy, and the record finds it again")
    func enterAndReopen() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("exec sleep 100")
            try cgroup.enter(child.pid)
            for directory in cgroup.record.directories {
                #expect(try CgroupTree(path: directory.path).pids(recursive: false) == [child.pid], "\(directory)")
            }
            #expect(cgroup.record.directories.count == (try host()).hierarchies.count)
            let copy = Cgroup(try CgroupRecord(json: cgroup.record.json))
            #expect(copy.record == cgroup.record)
            #expect(try copy.pids() == [child.pid])
            let second = try GatedChild("exec sleep 100")
            try copy.join(second.pid, alongside: child.pid)
            #expect(try copy.pids() == [child.pid, second.pid].sorted())
            try copy.kill()
            #expect(child.wait() == 128 + SIGKILL)
            #expect(second.wait() == 128 + SIGKILL)
        }
    }

    @Test("a move that one hierarchy refuses leaves the process where it was")
    func allOrNothing() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("exec sleep 100")
            let before = try readText("/proc/\(child.pid)/cgroup")
            var directories = cgroup.record.directories
            directories[directories.count - 1].path += "/missing"
            #expect(throws: SandboxError.self) { try CgroupMover(pid: child.pid).move(into: directories) }
            #expect(try readText("/proc/\(child.pid)/cgroup") == before)
        }
    }

    @Test("a group with processes is not taken over")
    func populated() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("exec sleep 100")
            try cgroup.enter(child.pid)
            let maker = CgroupMaker(rootless: false, limited: false, needed: [])
            let error = #expect(throws: SandboxError.self) { try maker.make(cgroup.record.directories) }
            #expect(error?.kind == .alreadyExists)
        }
    }

    @Test("a frozen group stands still, goes on when thawed, and can be killed frozen")
    func freeze() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("while :; do :; done")
            try cgroup.enter(child.pid)
            child.go()
            usleep(50_000)
            try cgroup.freeze()
            #expect(try cgroup.isFrozen())
            let stopped = try #require(try cgroup.statistics().cpu).total
            usleep(100_000)
            // The kernel may add what was used before the stop a little later; a loop that ran would have used it all.
            #expect(try #require(try cgroup.statistics().cpu).total < stopped + 20_000_000)
            try cgroup.thaw()
            #expect(try !cgroup.isFrozen())
            usleep(200_000)
            #expect(try #require(try cgroup.statistics().cpu).total > stopped)
            try cgroup.freeze()
            try cgroup.kill()
            #expect(child.wait() == 128 + SIGKILL)
        }
    }

    @Test("kill without cgroup.kill ends processes that fork all the time")
    func killLoop() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("while :; do sleep 0.01 & done")
            try cgroup.enter(child.pid)
            child.go()
            usleep(200_000)
            var record = cgroup.record
            record.directories.removeAll { $0.unified }
            try Cgroup(record).kill()
            #expect(try cgroup.pids().isEmpty)
            #expect(child.wait() == 128 + SIGKILL)
        }
    }

    @Test("a process over its memory limit is killed, and the watch and the statistics say so")
    func memory() throws {
        try withGroup(.init(memory: .init(limit: 24 << 20, swap: 24 << 20))) { (cgroup: inout Cgroup) throws in
            let watch = try OOMWatch.start(cgroup)
            #expect(try watch.kills() == 0)
            let child = try GatedChild("exec python3 -c 'x = bytearray(200 << 20)'")
            try cgroup.enter(child.pid)
            child.go()
            #expect(child.wait() == 128 + SIGKILL)
            let ready = try pollDescriptor(watch.descriptor.raw, watch.pollEvents, timeout: .seconds(5))
            #expect(ready & watch.pollEvents != 0)
            #expect(try #require(try watch.kills()) >= 1)
            let memory = try #require(try cgroup.statistics().memory)
            #expect(memory.oomKills >= 1)
            #expect(memory.usage.limit == 24 << 20)
            #expect(memory.usage.max > 20 << 20 && memory.usage.max <= 24 << 20)
        }
    }

    @Test("a fork bomb stops at the limit of tasks")
    func pids() throws {
        try withGroup(.init(pids: .init(limit: 12))) { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("while :; do sleep 30 & done")
            try cgroup.enter(child.pid)
            child.go()
            var highest: UInt64 = 0
            for _ in 0..<50 {
                highest = max(highest, try #require(try cgroup.statistics().pids).current)
                usleep(4000)
            }
            #expect(highest <= 12 && highest > 8)
            let pids = try #require(try cgroup.statistics().pids)
            #expect(pids.limit == 12)
            #expect(pids.refused > 0)
        }
    }

    @Test("a busy loop gets its share of a processor")
    func cpu() throws {
        try withGroup(.init(cpu: .init(quota: 20000, period: 100_000))) { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("while :; do :; done")
            try cgroup.enter(child.pid)
            child.go()
            usleep(300_000)
            let clock = ContinuousClock()
            let start = clock.now
            let before = try #require(try cgroup.statistics().cpu).total
            usleep(2_000_000)
            let used = try #require(try cgroup.statistics().cpu).total - before
            let passed = start.duration(to: clock.now).microseconds
            let share = Double(used) / 1000 / Double(passed)
            #expect(share > 0.10 && share < 0.22, "got \(share) of a processor instead of 0.2")
            #expect(try #require(try cgroup.statistics().cpu).throttledPeriods > 0)
        }
    }

    @Test("devices that are not listed cannot be opened, others can, and an update changes that")
    func devices() throws {
        let deny = Spec.Linux.Resources.DeviceRule(allow: false, access: "rwm")
        try withGroup(.init(devices: [deny])) { (cgroup: inout Cgroup) throws in
            func open(_ path: String) throws -> CInt {
                let child = try GatedChild("exec 3<\(path)")
                try cgroup.join(child.pid, alongside: nil)
                child.go()
                return child.wait()
            }
            #expect(try open("/dev/null") == 0)
            #expect(try open("/dev/kmsg") != 0)
            try cgroup.update(.init(devices: [deny, .init(allow: true, kind: .character, major: 1, minor: 11)]))
            #expect(try open("/dev/kmsg") == 0)
            try cgroup.update(.init(devices: [deny]))
            #expect(try open("/dev/kmsg") != 0)
            #expect(try open("/dev/zero") == 0)
        }
    }

    @Test("groups that the container made below its own go with it")
    func nested() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            for directory in cgroup.record.directories where directory.unified || directory.controllers == ["pids"] {
                try makeDirectory(directory.path + "/a.b")
                try makeDirectory(directory.path + "/a.b/c")
            }
            let child = try GatedChild("exec sleep 100")
            let pids = try #require(cgroup.record.legacy("pids"))
            try writeFile(pids.path + "/a.b/c/cgroup.procs", String(child.pid))
            var record = cgroup.record
            record.directories = [pids]
            #expect(try Cgroup(record).pids(recursive: false) == [])
            #expect(try Cgroup(record).pids() == [child.pid])
            let error = #expect(throws: SandboxError.self) { try Cgroup(record).remove(patience: .milliseconds(20)) }
            #expect(try #require(error).message.contains("\(child.pid)"))
        }
    }

    @Test("what no hierarchy of the host has is an error that names the property")
    func missingController() throws {
        let error = #expect(throws: SandboxError.self) {
            try withGroup(.init(rdma: ["mlx5_1": .init(hcaHandles: 3)])) { _ in }
        }
        #expect(try #require(error).message.contains("linux.resources.rdma[\"mlx5_1\"]"))
        #expect(error?.kind == .unsupported)
    }

    @Test("a limit below what is in use is refused when the check is asked for")
    func checkBeforeUpdate() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("exec python3 -c 'import time; x = bytearray(40 << 20); time.sleep(100)'")
            try cgroup.enter(child.pid)
            child.go()
            let memory = try #require(cgroup.record.legacy("memory")).path
            let grown = try waitUntil(within: .seconds(10)) {
                try (readNumber(readText(memory + "/memory.usage_in_bytes")) ?? 0) > 40 << 20
            }
            #expect(grown)
            let error = #expect(throws: SandboxError.self) {
                try cgroup.update(.init(memory: .init(limit: 8 << 20, checkBeforeUpdate: true)))
            }
            #expect(error?.kind == .refused)
            #expect(try cgroup.pids() == [child.pid])
        }
    }
}
