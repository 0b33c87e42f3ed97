import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

@Suite("validation of the general part")
struct ValidationTests {
    @Test("the specification to start from is good, for root and rootless")
    func defaults() throws {
        try validate(defaultSpec())
        try validate(defaultSpec(rootless: (uid: 1000, gid: 1000)))
    }

    @Test("a bundle that is never started needs no process")
    func withoutProcess() throws {
        var spec = good()
        spec.process = nil
        try validate(spec, processRequired: false)
        #expect(throws: SandboxError(.invalidInput, "process: missing")) { try validate(spec) }
    }

    @Test("another major version is unsupported")
    func version() {
        let error = #expect(throws: SandboxError.self) { try validate(Spec(ociVersion: "2.0.0")) }
        #expect(error == SandboxError(.unsupported, #"ociVersion: "2.0.0" is not supported, versions 1.x are"#))
    }

    @Test(
        "versions",
        arguments: [
            ("1.0.0", true), ("1.3.0", true), ("1.99.0", true), ("1.0.0-rc5-dev", true), ("1.0.2+build.7", true),
            ("1.0-dev", true), ("0.6.0-dev", true), ("", false), ("1", false), ("1.0", false), ("1.0.", false),
            ("v1.0.0", false), ("1.0.0.0", false), ("1.x.0", false), ("1.0.0-", false), ("1.0.0 ", false),
            ("-1.0.0", false), ("1.0.0-é", false), ("99999999999.0.0", false),
        ])
    func versions(version: String, isGood: Bool) {
        var spec = good()
        spec.ociVersion = version
        if isGood {
            #expect(throws: Never.self) { try validate(spec) }
        } else {
            let message = "ociVersion: expected a version as \"1.2.0\", found \"\(version)\""
            #expect(throws: SandboxError(.invalidInput, message)) { try validate(spec) }
        }
    }

    @Test(
        "root, names, annotations and hooks",
        arguments: [
            Row("root: missing") { $0.root = nil },
            Row("root.path: empty") { $0.root?.path = "" },
            Row("root.path: contains a NUL byte") { $0.root?.path = "a\0b" },
            Row(nil) { $0.hostname = "web" },
            Row("hostname: longer than 64 bytes") { $0.hostname = String(repeating: "é", count: 33) },
            Row("hostname: needs a uts namespace in linux.namespaces") {
                $0.hostname = "web"
                $0.linux = nil
            },
            Row("domainname: needs a uts namespace in linux.namespaces") {
                $0.domainname = "web"
                $0.linux?.namespaces?.removeAll { $0.kind == .uts }
            },
            Row("annotations: a key is empty") { $0.annotations = ["": "x"] },
            Row(nil) { $0.hooks = Spec.Hooks(prestart: [Spec.Hook(path: "/a", env: ["A="], timeout: 1)]) },
            Row(#"hooks.createRuntime[0].path: expected an absolute path, found "a""#) {
                $0.hooks = Spec.Hooks(createRuntime: [Spec.Hook(path: "a")])
            },
            Row("hooks.poststop[1].path: empty") {
                $0.hooks = Spec.Hooks(poststop: [Spec.Hook(path: "/a"), Spec.Hook(path: "")])
            },
            Row("hooks.startContainer[0].timeout: expected more than 0 seconds, found 0") {
                $0.hooks = Spec.Hooks(startContainer: [Spec.Hook(path: "/a", timeout: 0)])
            },
            Row(#"hooks.poststart[0].env[0]: expected KEY=VALUE, found "A""#) {
                $0.hooks = Spec.Hooks(poststart: [Spec.Hook(path: "/a", env: ["A"])])
            },
            Row("hooks.createContainer[0].args[0]: contains a NUL byte") {
                $0.hooks = Spec.Hooks(createContainer: [Spec.Hook(path: "/a", args: ["\0"])])
            },
        ])
    func general(row: Row) { row.check() }

    @Test(
        "process",
        arguments: [
            Row("process.args: missing") { $0.process?.args = nil },
            Row("process.args: empty") { $0.process?.args = [] },
            Row("process.args[0]: empty") { $0.process?.args = [""] },
            Row("process.args[1]: contains a NUL byte") { $0.process?.args = ["a", "\0"] },
            Row("process.cwd: empty") { $0.process?.cwd = "" },
            Row(#"process.cwd: expected an absolute path, found "tmp""#) { $0.process?.cwd = "tmp" },
            Row(nil) { $0.process?.env = ["A=", "A=b=c"] },
            Row(#"process.env[1]: expected KEY=VALUE, found "B""#) { $0.process?.env = ["A=1", "B"] },
            Row(#"process.env[0]: expected KEY=VALUE, found "=x""#) { $0.process?.env = ["=x"] },
            Row("process.env[0]: contains a NUL byte") { $0.process?.env = ["A=\0"] },
            Row("process.user.uid: 4294967295 is no id") { $0.process?.user.uid = .max },
            Row("process.user.additionalGids[0]: 4294967295 is no id") { $0.process?.user.additionalGids = [.max] },
            Row("process.user.umask: expected 0 to 511, found 512") { $0.process?.user.umask = 512 },
            Row("process.consoleSize.width: expected 0 to 65535, found 65536") {
                $0.process?.consoleSize = Spec.Process.ConsoleSize(height: 1, width: 65536)
            },
            Row("process.capabilities.effective[0]: CAP_CHOWN is not in the permitted set") {
                $0.process?.capabilities = Spec.Process.Capabilities(effective: ["CAP_CHOWN"])
            },
            Row("process.rlimits[0].soft: 2 is more than the hard limit 1") {
                $0.process?.rlimits = [Spec.Process.RLimit(kind: .core, hard: 1, soft: 2)]
            },
            Row("process.rlimits[1].type: RLIMIT_CORE is set twice") {
                let limit = Spec.Process.RLimit(kind: .core, hard: 1, soft: 1)
                $0.process?.rlimits = [limit, limit]
            },
            Row("process.oomScoreAdj: expected -1000 to 1000, found 1001") { $0.process?.oomScoreAdj = 1001 },
            Row(nil) { $0.process?.oomScoreAdj = -1000 },
            Row("process.ioPriority.priority: expected 0 to 7, found 8") {
                $0.process?.ioPriority = Spec.Process.IOPriority(class: .realtime, priority: 8)
            },
            Row(nil) { $0.process?.execCPUAffinity = Spec.Process.CPUAffinity(initial: "0-3, 7", final: "1") },
            Row(#"process.execCPUAffinity.final: expected a list as "0-3,7", found "3-1""#) {
                $0.process?.execCPUAffinity = Spec.Process.CPUAffinity(final: "3-1")
            },
            Row(#"process.execCPUAffinity.initial: expected a list as "0-3,7", found "1,,2""#) {
                $0.process?.execCPUAffinity = Spec.Process.CPUAffinity(initial: "1,,2")
            },
        ])
    func process(row: Row) { row.check() }

    @Test(
        "scheduler",
        arguments: [
            Row(nil) { $0.process?.scheduler = .init(policy: .other, nice: -20) },
            Row("process.scheduler.nice: expected -20 to 19, found 20") {
                $0.process?.scheduler = .init(policy: .batch, nice: 20)
            },
            Row(nil) { $0.process?.scheduler = .init(policy: .fifo, priority: 99) },
            Row("process.scheduler.priority: expected 1 to 99, found 0") {
                $0.process?.scheduler = .init(policy: .roundRobin)
            },
            Row("process.scheduler.priority: only SCHED_FIFO and SCHED_RR have a priority") {
                $0.process?.scheduler = .init(policy: .idle, priority: 1)
            },
            Row("process.scheduler.period: only SCHED_DEADLINE has a period") {
                $0.process?.scheduler = .init(policy: .other, period: 1)
            },
            Row("process.scheduler.policy: Linux does not implement SCHED_ISO") {
                $0.process?.scheduler = .init(policy: .iso)
            },
            Row(nil) { $0.process?.scheduler = .init(policy: .deadline, runtime: 1024, deadline: 1024) },
            Row("process.scheduler.runtime: expected at least 1024 nanoseconds, found 0") {
                $0.process?.scheduler = .init(policy: .deadline)
            },
            Row("process.scheduler.deadline: 2000 is less than the runtime 3000") {
                $0.process?.scheduler = .init(policy: .deadline, runtime: 3000, deadline: 2000)
            },
            Row("process.scheduler.period: 1500 is less than the deadline 2000") {
                $0.process?.scheduler = .init(policy: .deadline, runtime: 1024, deadline: 2000, period: 1500)
            },
        ])
    func scheduler(row: Row) { row.check() }

    @Test("a process alone is named without a prefix")
    func processAlone() {
        #expect(throws: SandboxError(.invalidInput, "args: missing")) { try validate(Spec.Process(), at: "") }
    }

    @Test(
        "mounts",
        arguments: [
            Row(nil) { $0.mounts = [Spec.Mount(destination: "relative/is/deprecated", type: "proc")] },
            Row("mounts[0].destination: empty") { $0.mounts = [Spec.Mount(destination: "")] },
            Row("mounts[0].source: contains a NUL byte") { $0.mounts = [Spec.Mount(destination: "/", source: "\0")] },
            Row("mounts[0].options[1]: contains a NUL byte") {
                $0.mounts = [Spec.Mount(destination: "/", options: ["ro", "\0"])]
            },
            Row("mounts[0]: only a bind mount can be id-mapped") {
                $0.mounts = [Spec.Mount(destination: "/", type: "tmpfs", options: ["idmap"])]
            },
            Row("mounts[0]: an id-mapped mount needs uidMappings and gidMappings, or a user namespace") {
                $0.mounts = [Spec.Mount(destination: "/", source: "/", options: ["rbind", "ridmap"])]
            },
            Row("mounts[0].gidMappings: needed beside uidMappings") {
                $0.mounts = [
                    Spec.Mount(
                        destination: "/", options: ["bind"],
                        uidMappings: [.init(containerID: 0, hostID: 1, size: 1)])
                ]
            },
            Row("mounts[0].uidMappings[0].size: expected more than 0, found 0") {
                let map = [Spec.Linux.IDMapping(containerID: 0, hostID: 1, size: 0)]
                $0.mounts = [Spec.Mount(destination: "/", options: ["bind"], uidMappings: map, gidMappings: map)]
            },
        ])
    func mounts(row: Row) { row.check() }

    @Test(
        "a destination as the container sees it",
        arguments: [
            ("/a/b", "/a/b"), ("a/b", "/a/b"), ("/", "/"), ("//a//b/", "/a/b"), ("/a/./b/../c", "/a/c"),
            ("../../etc", "/etc"), ("/..", "/"), ("/a/...", "/a/..."),
        ])
    func destination(written: String, clean: String) {
        #expect(Spec.Mount(destination: written).containerDestination == clean)
    }
}
