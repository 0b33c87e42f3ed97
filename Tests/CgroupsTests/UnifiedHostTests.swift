import Diagnostics
import Glibc
import LinuxKernel
import RuntimeSpec
import Testing

@testable import Cgroups

/// This machine as if its version 2 tree were all it has; nil without one that the tests may write.
private let unifiedHost: CgroupHost? = {
    guard geteuid() == 0, let host = try? CgroupHost.read(), !host.rootless, let unified = host.unified,
        isAccessible(unified.mountPoint, W_OK)
    else { return nil }
    return CgroupHost(hierarchies: [unified])
}()

/// What needs no controller; limits are tested where version 2 has some (Tests/VM).
@Suite(
    "groups of a v2 tree", .serialized, .enabled(if: unifiedHost != nil, "needs root and a writable cgroup v2 mount"))
struct UnifiedHostTests {
    private func withGroup(_ resources: Spec.Linux.Resources = .init(), _ body: (inout Cgroup) throws -> Void) throws {
        let here = try #require(unifiedHost)
        let id = "sandbox-test-v2-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let plan = try planCgroup(
            .init(containerID: id, path: "/\(id)", resources: resources, driver: .files, always: true), host: here)
        var cgroup = try Cgroup.create(plan, resources: resources)
        defer {
            do {
                try cgroup.kill()
                try cgroup.remove()
            } catch { Issue.record("\(error)") }
            for directory in cgroup.record.directories { #expect(!fileExists(directory.path)) }
        }
        try body(&cgroup)
    }

    @Test("a process enters, stands still when frozen, and is killed frozen with what is below")
    func life() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let path = try #require(cgroup.record.unified).path
            let child = try GatedChild("while :; do :; done")
            let below = try GatedChild("exec sleep 100")
            try cgroup.enter(child.pid)
            child.go()
            try makeDirectory(path + "/a.b")
            try writeFile(path + "/a.b/cgroup.procs", String(below.pid))
            #expect(try cgroup.pids(recursive: false) == [child.pid])
            #expect(try cgroup.pids() == [child.pid, below.pid].sorted())
            usleep(50_000)
            try cgroup.freeze()
            #expect(try cgroup.isFrozen())
            let stopped = try #require(try cgroup.statistics().cpu).total
            usleep(100_000)
            // The kernel may add what was used before the stop a little later; a loop that ran would have used it all.
            #expect(try #require(try cgroup.statistics().cpu).total < stopped + 20_000_000)
            try cgroup.kill()
            #expect(child.wait() == 128 + SIGKILL)
            #expect(below.wait() == 128 + SIGKILL)
        }
    }

    @Test("a process that cannot join a group with groups below it joins the first process there")
    func alongside() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let path = try #require(cgroup.record.unified).path
            guard try readText(path + "/cgroup.controllers").contains("hugetlb") else { return }
            let child = try GatedChild("exec sleep 100")
            let second = try GatedChild("exec sleep 100")
            try makeDirectory(path + "/init")
            try writeFile(path + "/init/cgroup.procs", String(child.pid))
            try writeFile(path + "/cgroup.subtree_control", "+hugetlb")
            #expect(throws: SandboxError.self) { try cgroup.join(second.pid, alongside: nil) }
            try cgroup.join(second.pid, alongside: child.pid)
            #expect(try CgroupTree(path: path + "/init").pids(recursive: false) == [child.pid, second.pid].sorted())
        }
    }

    @Test("signals reach every process, and only they")
    func signal() throws {
        try withGroup { (cgroup: inout Cgroup) throws in
            let child = try GatedChild("exec sleep 100")
            let other = try GatedChild("exit 7")
            try cgroup.enter(child.pid)
            try cgroup.signal(SIGTERM)
            #expect(child.wait() == 128 + SIGTERM)
            other.go()
            #expect(other.wait() == 7)
            #expect(try !cgroup.isFrozen())
        }
    }

    @Test("device rules hold through a program, which an update replaces")
    func devices() throws {
        let deny = Spec.Linux.Resources.DeviceRule(allow: false, access: "rwm")
        try withGroup(.init(devices: [deny])) { (cgroup: inout Cgroup) throws in
            let path = try #require(cgroup.record.unified).path
            func open(_ file: String) throws -> CInt {
                let child = try GatedChild("exec 3<\(file)")
                try cgroup.join(child.pid, alongside: nil)
                child.go()
                return child.wait()
            }
            #expect(try open("/dev/null") == 0)
            #expect(try open("/dev/kmsg") != 0)
            for _ in 0..<3 {
                try cgroup.update(.init(devices: [deny, .init(allow: true, kind: .character, major: 1, minor: 11)]))
            }
            #expect(try open("/dev/kmsg") == 0)
            let directory = try openPath(path, O_RDONLY | O_DIRECTORY)
            #expect(try attachedPrograms(directory, type: bpfCgroupDevice).count == 1)
        }
    }

    @Test("a limit that the tree has no controller for is an error, and leaves no group")
    func missing() throws {
        let error = #expect(throws: SandboxError.self) {
            try withGroup(.init(rdma: ["mlx5_0": .init(hcaHandles: 2)])) { (_: inout Cgroup) throws in }
        }
        #expect(try #require(error).message.contains("linux.resources.rdma"))
        let mount = try #require(unifiedHost?.unified).mountPoint
        let left = try directoryEntries(of: openPath(mount, O_RDONLY | O_DIRECTORY))
        #expect(!left.contains { $0.hasPrefix("sandbox-test-v2-\(getpid())") })
    }
}
