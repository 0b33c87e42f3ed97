import Testing

@testable import Cgroups

@Suite("what a container sees at /sys/fs/cgroup")
struct ContainerMountTests {
    private let pure = CgroupHost(hierarchies: [
        .init(unified: true, controllers: [], mountPoint: "/sys/fs/cgroup", root: "/", own: "/user/me")
    ])
    private let hybrid = CgroupHost(hierarchies: [
        .init(unified: false, controllers: ["cpu", "cpuacct"], mountPoint: "/cg/cpu,cpuacct", root: "/", own: "/"),
        .init(unified: false, controllers: ["name=systemd"], mountPoint: "/cg/systemd", root: "/", own: "/"),
        .init(unified: true, controllers: [], mountPoint: "/cg/unified", root: "/", own: "/x"),
    ])
    private let record = CgroupRecord(directories: [
        .init(
            unified: false, controllers: ["cpu", "cpuacct"], path: "/cg/cpu,cpuacct/box", mountPoint: "/cg/cpu,cpuacct")
    ])

    @Test("version 2: a mount of its own in its own namespace, else its group's folder")
    func unified() {
        #expect(
            cgroupMountSteps(.init(), host: pure, ownNamespace: true, inUserNamespace: true, readOnly: true) == [
                .mount(type: "cgroup2", options: ["nsdelegate"], target: ""), .readOnly(target: ""),
            ])
        #expect(
            cgroupMountSteps(.init(), host: pure, ownNamespace: false, inUserNamespace: false, readOnly: false) == [
                .bind(source: "/sys/fs/cgroup/user/me", target: "")
            ])
    }

    @Test("version 1: a folder for each hierarchy, with links for those of several controllers")
    func legacy() {
        #expect(
            cgroupMountSteps(record, host: hybrid, ownNamespace: true, inUserNamespace: false, readOnly: false) == [
                .mount(type: "tmpfs", options: ["mode=755", "size=64k"], target: ""),
                .mount(type: "cgroup", options: ["cpu", "cpuacct"], target: "cpu,cpuacct"),
                .link(text: "cpu,cpuacct", target: "cpu"), .link(text: "cpu,cpuacct", target: "cpuacct"),
                .mount(type: "cgroup", options: ["none", "name=systemd"], target: "systemd"),
                .mount(type: "cgroup2", options: [], target: "unified"),
            ])
    }

    @Test("in a user namespace version 1 is bound, and read-only comes last")
    func bound() {
        let steps = cgroupMountSteps(record, host: hybrid, ownNamespace: true, inUserNamespace: true, readOnly: true)
        #expect(steps.contains(.bind(source: "/cg/cpu,cpuacct/box", target: "cpu,cpuacct")))
        #expect(steps.contains(.bind(source: "/cg/unified/x", target: "unified")))
        #expect(steps.last == .readOnly(target: ""))
        #expect(
            cgroupMountSteps(
                record, host: .init(hierarchies: []), ownNamespace: true, inUserNamespace: false, readOnly: true
            ).isEmpty)
    }
}
