import LinuxKernel
import Testing

@testable import Cgroups

@Suite("the host's hierarchies")
struct HostTests {
    private let groups = """
        5:name=systemd:/
        4:memory:/tasks/one
        3:cpu,cpuacct:/
        0::/

        """
    private let mounts = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:3 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:1 master:2 - cgroup2 cgroup2 rw,nsdelegate

        """

    @Test("a hybrid host has its v1 hierarchies and the v2 tree, each with this process's group")
    func hybrid() throws {
        let host = CgroupHost(hierarchies: parseHierarchies(mountinfo: mounts, cgroup: groups))
        #expect(host.mode == .hybrid)
        #expect(host.hierarchies.count == 4)
        #expect(host.legacy("cpuacct")?.mountPoint == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(host.legacy("memory")?.own == "/tasks/one")
        #expect(host.legacy("name=systemd")?.mountPoint == "/sys/fs/cgroup/systemd")
        #expect(host.unified?.mountPoint == "/sys/fs/cgroup/uni fied")
        #expect(host.legacy("pids") == nil)
    }

    @Test("of several mounts of a hierarchy the one that shows this process's group is used")
    func severalMounts() {
        let mounts = """
            50 1 0:26 /other /mnt/other rw - cgroup2 cgroup2 rw
            51 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
            52 1 0:26 / /again rw - cgroup2 cgroup2 rw
            """
        let found = parseHierarchies(mountinfo: mounts, cgroup: "0::/user.slice/a.scope\n")
        #expect(found.map(\.mountPoint) == ["/sys/fs/cgroup"])
        #expect(CgroupHost(hierarchies: found).mode == .unified)
    }

    @Test(
        "a group's folder counts from the mount's root",
        arguments: [
            ("/", "/a/b", "/mnt/a/b"), ("/", "/", "/mnt"), ("/docker/x", "/docker/x", "/mnt"),
            ("/docker/x", "/docker/x/y", "/mnt/y"), ("/docker/x", "/docker/xy", nil), ("/..", "/a", nil),
        ])
    func folders(root: String, group: String, folder: String?) {
        let hierarchy = CgroupHost.Hierarchy(unified: true, controllers: [], mountPoint: "/mnt", root: root, own: "/")
        #expect(hierarchy.directory(of: group) == folder)
    }

    @Test("this machine can be read, by the names the kernel uses")
    func live() throws {
        let host = try CgroupHost.read()
        let text = try readText("/proc/self/cgroup")
        for hierarchy in host.hierarchies {
            #expect(text.contains(":\(hierarchy.controllers.joined(separator: ",")):\(hierarchy.own)\n"))
            #expect(fileExists(hierarchy.mountPoint + "/cgroup.procs"))
        }
    }

    @Test("the user's bus is the session's, then the runtime folder's, then the manager's own socket")
    func buses() {
        let environment = ["DBUS_SESSION_BUS_ADDRESS": "unix:abstract=/tmp/x", "XDG_RUNTIME_DIR": "/run/user/7"]
        #expect(
            CgroupHost.userBusAddresses(euid: 7) { environment[$0] } == [
                "unix:abstract=/tmp/x", "unix:path=/run/user/7/bus", "unix:path=/run/user/7/systemd/private",
            ])
        #expect(
            CgroupHost.userBusAddresses(euid: 9) { _ in nil } == [
                "unix:path=/run/user/9/bus", "unix:path=/run/user/9/systemd/private",
            ])
    }
}
