import Diagnostics
import RuntimeSpec
import Testing

@Suite("the specification's types")
struct SpecTests {
    @Test("every property of the specification's example lands in its place")
    func example() throws {
        let spec = try Spec(decoding: try Fixtures.bytes("schema/config/good/spec-example.json"))
        #expect(spec.process?.user == Spec.Process.User(uid: 1, gid: 1, additionalGids: [5, 6]))
        #expect(spec.process?.rlimits?.first?.kind == .core)
        #expect(spec.hooks?.poststart?.first?.timeout == 5)
        #expect(spec.linux?.namespaces?.map(\.kind).contains(.cgroup) == true)
        #expect(spec.linux?.resources?.hugepageLimits?.first?.pageSize == "2MB")
        #expect(spec.linux?.resources?.blockIO?.throttleReadBpsDevice?.first?.rate == 600)
        #expect(spec.linux?.timeOffsets?[.monotonic]?.secs == 172800)
        #expect(spec.linux?.seccomp?.syscalls?.first?.names == ["getcwd", "chmod"])
        #expect(spec.unknown.isEmpty)
        #expect(spec.linux?.unknown.isEmpty == true)
    }

    /// What the examples leave out, above all what came with versions 1.1 to 1.3.
    static let late = #"""
        {"ociVersion":"1.3.0","process":{"terminal":true,"consoleSize":{"height":24,"width":80},
         "user":{"uid":1,"gid":2,"umask":18},"args":["a"],"cwd":"/",
         "scheduler":{"policy":"SCHED_DEADLINE","nice":-1,"priority":2,"flags":["SCHED_FLAG_RECLAIM"],
          "runtime":1,"deadline":2,"period":3},
         "selinuxLabel":"l","ioPriority":{"class":"IOPRIO_CLASS_IDLE","priority":4},
         "execCPUAffinity":{"initial":"0-1","final":"2"}},
         "domainname":"d","mounts":[{"destination":"/m","options":["bind","idmap"],
          "uidMappings":[{"containerID":0,"hostID":1,"size":2}],"gidMappings":[{"containerID":3,"hostID":4,"size":5}]}],
         "linux":{"resources":{"memory":{"checkBeforeUpdate":true},"cpu":{"burst":5,"idle":1},
          "rdma":{"m":{"hcaHandles":1,"hcaObjects":2}},"unified":{"a.b":"c"},
          "network":{"classID":9,"priorities":[{"name":"lo","priority":1}]}},
          "namespaces":[{"type":"time"}],"netDevices":{"eth0":{"name":"e"},"eth1":{}},
          "seccomp":{"defaultAction":"SCMP_ACT_KILL_PROCESS","defaultErrnoRet":3,"flags":[],"listenerPath":"/l",
           "listenerMetadata":"m","syscalls":[{"names":["a"],"action":"SCMP_ACT_TRACE","errnoRet":4,
           "args":[{"index":5,"value":18446744073709551615,"valueTwo":7,"op":"SCMP_CMP_MASKED_EQ"}]}]},
          "rootfsPropagation":"rslave","mountLabel":"ml",
          "intelRdt":{"closID":"c","schemata":["x"],"l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=1","enableMonitoring":true},
          "memoryPolicy":{"mode":"MPOL_PREFERRED_MANY","nodes":"0","flags":["MPOL_F_STATIC_NODES"]},
          "personality":{"domain":"LINUX32","flags":["f"]},
          "timeOffsets":{"monotonic":{"secs":-1,"nanosecs":2},"boottime":{"secs":3}}}}
        """#

    @Test("what came with the later versions is read and written back")
    func late() throws {
        let spec = try Spec(decoding: bytes(Self.late))
        let process = try #require(spec.process)
        #expect(process.consoleSize == Spec.Process.ConsoleSize(height: 24, width: 80))
        #expect(
            process.scheduler
                == Spec.Process.Scheduler(
                    policy: .deadline, nice: -1, priority: 2, flags: [.reclaim], runtime: 1, deadline: 2, period: 3))
        #expect(process.ioPriority == Spec.Process.IOPriority(class: .idle, priority: 4))
        #expect(process.execCPUAffinity == Spec.Process.CPUAffinity(initial: "0-1", final: "2"))
        #expect(spec.mounts?.first?.gidMappings == [Spec.Linux.IDMapping(containerID: 3, hostID: 4, size: 5)])
        let linux = try #require(spec.linux)
        #expect(linux.resources?.network?.priorities == [.init(name: "lo", priority: 1)])
        #expect(linux.resources?.cpu == Spec.Linux.Resources.CPU(burst: 5, idle: 1))
        #expect(linux.netDevices == ["eth0": .init(name: "e"), "eth1": .init()])
        #expect(linux.seccomp?.flags == [])
        #expect(linux.seccomp?.syscalls?.first?.args?.first?.value == .max)
        #expect(linux.rootfsPropagation == .rslave)
        #expect(linux.intelRdt?.enableMonitoring == true)
        #expect(
            linux.memoryPolicy == Spec.Linux.MemoryPolicy(mode: .preferredMany, nodes: "0", flags: [.staticNodes]))
        #expect(linux.personality?.domain == .linux32)
        #expect(linux.timeOffsets == [.monotonic: .init(secs: -1, nanosecs: 2), .boottime: .init(secs: 3)])
        #expect(try JSON(parsing: spec.encoded()).isEquivalent(to: JSON(parsing: bytes(Self.late))))
        // A member that no type claims would be kept as unknown, and come back as well.
        #expect([spec.unknown, process.unknown, linux.unknown, linux.resources?.unknown].allSatisfy { $0 == [] })
    }

    @Test("properties of a later specification are kept at every level")
    func unknown() throws {
        let source =
            #"{"ociVersion":"1.9.0","new":[1],"root":{"path":"/r","x":{"y":2}},"process":{"user":{"uid":1,"gid":2,"z":null},"cwd":"/"}}"#
        let spec = try Spec(decoding: bytes(source))
        #expect(spec.unknown == [JSON.Member("new", .array([.number("1")]))])
        #expect(spec.root?.unknown == [JSON.Member("x", .object([JSON.Member("y", .number("2"))]))])
        #expect(spec.process?.user.unknown == [JSON.Member("z", .null)])
        #expect(try JSON(parsing: spec.encoded()).isEquivalent(to: JSON(parsing: bytes(source))))
    }

    @Test("an object with more properties than a machine word has bits loses none")
    func manyUnknown() throws {
        let members = (0..<150).map { #""x\#($0)":\#($0)"# }
        let source =
            #"{\#(members[..<100].joined(separator: ",")),"path":"/r",\#(members[100...].joined(separator: ","))}"#
        let spec = try Spec(decoding: bytes(#"{"ociVersion":"1.0.0","root":\#(source)}"#))
        #expect(spec.root?.path == "/r")
        #expect(spec.root?.unknown.map(\.key) == (0..<150).map { "x\($0)" })
    }

    @Test("the order of properties does not matter")
    func order() throws {
        let forward = try Spec(
            decoding: bytes(#"{"ociVersion":"1.0.0","root":{"path":"/r","readonly":true},"hostname":"h"}"#))
        let backward = try Spec(
            decoding: bytes(#"{"hostname":"h","root":{"readonly":true,"path":"/r"},"ociVersion":"1.0.0"}"#))
        #expect(forward == backward)
    }

    @Test("null, and an empty text where the reference types leave it out, count as missing; empty lists do not")
    func missing() throws {
        let source =
            #"{"ociVersion":"1.0.0","hostname":"","mounts":null,"linux":{"cgroupsPath":"","namespaces":[{"type":"pid","path":""}],"seccomp":null,"maskedPaths":[]}}"#
        let spec = try Spec(decoding: bytes(source))
        #expect(spec.hostname == nil)
        #expect(spec.mounts == nil)
        #expect(spec.linux == Spec.Linux(namespaces: [Spec.Linux.Namespace(kind: .pid)], maskedPaths: []))
        #expect(
            text(spec.encoded()) == #"{"ociVersion":"1.0.0","linux":{"namespaces":[{"type":"pid"}],"maskedPaths":[]}}"#)
    }

    @Test("a process without a user is root's, as the reference types have it")
    func user() throws {
        let process = try Spec.Process(decoding: bytes(#"{"cwd":"/","args":["a"]}"#))
        #expect(process.user == Spec.Process.User(uid: 0, gid: 0))
    }

    @Test("the largest and smallest numbers survive")
    func numbers() throws {
        let process = try Spec.Process(
            decoding: bytes(
                #"{"cwd":"/","rlimits":[{"type":"RLIMIT_AS","hard":18446744073709551615,"soft":9007199254740993}]}"#))
        #expect(process.rlimits?.first?.hard == .max)
        #expect(process.rlimits?.first?.soft == 9_007_199_254_740_993)
        let resources = try Spec.Linux.Resources(
            decoding: bytes(#"{"memory":{"limit":-9223372036854775808,"swap":9223372036854775807}}"#))
        #expect(resources.memory?.limit == .min)
        #expect(text(resources.encoded()) == #"{"memory":{"limit":-9223372036854775808,"swap":9223372036854775807}}"#)
    }

    @Test("maps are written in the order of their keys")
    func maps() throws {
        var spec = Spec(ociVersion: "1.3.0")
        spec.annotations = ["b": "2", "c": "3", "a": "1"]
        #expect(text(spec.encoded()) == #"{"ociVersion":"1.3.0","annotations":{"a":"1","b":"2","c":"3"}}"#)
    }

    @Test("a state is written as the specification shows it")
    func state() throws {
        let state = ContainerState(
            ociVersion: "1.3.0", id: "web", status: .running, pid: 4422, bundle: "/b", annotations: ["k": "v"])
        let expected =
            #"{"ociVersion":"1.3.0","id":"web","status":"running","pid":4422,"bundle":"/b","annotations":{"k":"v"}}"#
        #expect(text(state.encoded()) == expected)
        let agent = ContainerProcessState(ociVersion: "1.3.0", fds: ["seccompFd"], pid: 7, metadata: "m", state: state)
        #expect(try ContainerProcessState(decoding: agent.encoded()) == agent)
        #expect(throws: SandboxError(.invalidInput, #"status: invalid container status "paused""#)) {
            try ContainerState(decoding: bytes(#"{"ociVersion":"1","id":"a","status":"paused","bundle":"/b"}"#))
        }
    }

    @Test("the specification to start from is what other runtimes write")
    func defaults() throws {
        let spec = defaultSpec(hostname: "runc")
        let expected = try JSON(parsing: try Fixtures.bytes("default/root.json"))
        #expect(spec.json.isEquivalent(to: expected))
        let rootless = defaultSpec(rootless: (uid: 1000, gid: 1001), hostname: "runc")
        let expectedRootless = try JSON(parsing: try Fixtures.bytes("default/rootless.json"))
        #expect(rootless.json.isEquivalent(to: expectedRootless))
        #expect(defaultSpec(cgroupNamespace: false).linux?.namespaces?.contains { $0.kind == .cgroup } == false)
    }
}
