import Diagnostics
import RuntimeSpec
import Testing

@Suite("a config.json that is wrong")
struct SpecErrorTests {
    @Test(
        "the message names the path, what was expected and what is there",
        arguments: [
            ("[]", "expected an object, found an array"),
            ("{}", "ociVersion: missing"),
            (#"{"ociVersion":1}"#, "ociVersion: expected a string, found 1"),
            (#"{"ociVersion":null}"#, "ociVersion: expected a string, found null"),
            (config(#""root":{}"#), "root.path: missing"),
            (config(#""root":"/""#), #"root: expected an object, found "/""#),
            (config(#""root":{"path":"/","readonly":1}"#), "root.readonly: expected true or false, found 1"),
            (config(#""mounts":{}"#), "mounts: expected an array, found an object"),
            (config(#""mounts":[{"destination":"/a"},{"type":"proc"}]"#), "mounts[1].destination: missing"),
            (
                config(#""mounts":[{"destination":"/","options":[true]}]"#),
                "mounts[0].options[0]: expected a string, found true"
            ),
            (config(#""annotations":{"a.b":1}"#), #"annotations["a.b"]: expected a string, found 1"#),
            (config(#""hooks":{"poststop":[{}]}"#), "hooks.poststop[0].path: missing"),
            (process(#""cwd":null"#), "process.cwd: expected a string, found null"),
            (config(#""process":{}"#), "process.cwd: missing"),
            (process(#""args":"sh""#), #"process.args: expected an array, found "sh""#),
            (process(#""user":{"uid":"x"}"#), #"process.user.uid: expected an unsigned 32-bit integer, found "x""#),
            (process(#""user":{"uid":-1}"#), "process.user.uid: expected an unsigned 32-bit integer, found -1"),
            (
                process(#""user":{"gid":4294967296}"#),
                "process.user.gid: expected an unsigned 32-bit integer, found 4294967296"
            ),
            (process(#""user":{"gid":1.0}"#), "process.user.gid: expected an unsigned 32-bit integer, found 1.0"),
            (
                process(#""user":{"additionalGids":[1,1e2]}"#),
                "process.user.additionalGids[1]: expected an unsigned 32-bit integer, found 1e2"
            ),
            (
                process(#""oomScoreAdj":2147483648"#),
                "process.oomScoreAdj: expected a signed 32-bit integer, found 2147483648"
            ),
            (
                process(#""rlimits":[{"type":"RLIMIT_FUN","hard":1,"soft":1}]"#),
                #"process.rlimits[0].type: invalid rlimit type "RLIMIT_FUN""#
            ),
            (
                process(#""rlimits":[{"type":"RLIMIT_CPU","hard":18446744073709551616,"soft":1}]"#),
                "process.rlimits[0].hard: expected an unsigned 64-bit integer, found 18446744073709551616"
            ),
            (process(#""rlimits":[{"type":"RLIMIT_CPU","hard":1}]"#), "process.rlimits[0].soft: missing"),
            (process(#""consoleSize":{"height":1}"#), "process.consoleSize.width: missing"),
            (
                process(#""scheduler":{"policy":"SCHED_X"}"#),
                #"process.scheduler.policy: invalid scheduling policy "SCHED_X""#
            ),
            (
                process(#""scheduler":{"policy":"SCHED_RR","flags":["SCHED_FLAG_X"]}"#),
                #"process.scheduler.flags[0]: invalid scheduling flag "SCHED_FLAG_X""#
            ),
            (process(#""ioPriority":{"class":"X"}"#), #"process.ioPriority.class: invalid I/O scheduling class "X""#),
            (
                linux(#""namespaces":[{"type":"pid"},{"type":"net"}]"#),
                #"linux.namespaces[1].type: invalid namespace type "net""#
            ),
            (linux(#""uidMappings":[{"containerID":0,"hostID":0}]"#), "linux.uidMappings[0].size: missing"),
            (linux(#""rootfsPropagation":"public""#), #"linux.rootfsPropagation: invalid mount propagation "public""#),
            (linux(#""devices":[{"path":"/dev/x","type":"d"}]"#), #"linux.devices[0].type: invalid device type "d""#),
            (linux(#""timeOffsets":{"realtime":{}}"#), #"linux.timeOffsets.realtime: invalid clock "realtime""#),
            (linux(#""personality":{"domain":"BSD"}"#), #"linux.personality.domain: invalid execution domain "BSD""#),
            (
                linux(#""memoryPolicy":{"mode":"MPOL_X"}"#),
                #"linux.memoryPolicy.mode: invalid memory policy mode "MPOL_X""#
            ),
            (
                linux(#""memoryPolicy":{"mode":"MPOL_BIND","flags":["F"]}"#),
                #"linux.memoryPolicy.flags[0]: invalid memory policy flag "F""#
            ),
            (linux(#""seccomp":{}"#), "linux.seccomp.defaultAction: invalid seccomp action: missing"),
            (
                linux(#""seccomp":{"defaultAction":"SCMP_ACT_X"}"#),
                #"linux.seccomp.defaultAction: invalid seccomp action "SCMP_ACT_X""#
            ),
            (
                seccomp(#""architectures":["x86"]"#),
                #"linux.seccomp.architectures[0]: invalid seccomp architecture "x86""#
            ),
            (
                seccomp(#""flags":["SECCOMP_FILTER_FLAG_X"]"#),
                #"linux.seccomp.flags[0]: invalid seccomp flag "SECCOMP_FILTER_FLAG_X""#
            ),
            (
                seccomp(
                    #""syscalls":[{"names":["a"],"action":"SCMP_ACT_LOG","args":[{"index":0,"value":0,"op":"="}]}]"#),
                #"linux.seccomp.syscalls[0].args[0].op: invalid seccomp operator "=""#
            ),
            (
                resources(#""memory":{"limit":9223372036854775808}"#),
                "linux.resources.memory.limit: expected a signed 64-bit integer, found 9223372036854775808"
            ),
            (
                resources(#""blockIO":{"weight":65536}"#),
                "linux.resources.blockIO.weight: expected an unsigned 16-bit integer, found 65536"
            ),
            (resources(#""devices":[{"type":"c"}]"#), "linux.resources.devices[0].allow: missing"),
            (
                resources(#""devices":[{"allow":true,"type":"x"}]"#),
                #"linux.resources.devices[0].type: invalid device rule type "x""#
            ),
            (
                resources(#""unified":{"memory.max":1}"#),
                #"linux.resources.unified["memory.max"]: expected a string, found 1"#
            ),
            (config(#""hostname":"a","hostname":"b""#), "1:38: hostname: property occurs twice"),
            (
                config(#""linux":{"resources":{"pids":{},"pids":{}}}"#),
                "1:55: linux.resources.pids: property occurs twice"
            ),
        ])
    func table(document: String, message: String) {
        #expect(throws: SandboxError(.invalidInput, message)) { try Spec(decoding: bytes(document)) }
    }

    @Test("long and strange texts are shown short and escaped")
    func shown() {
        let long = String(repeating: "x", count: 500)
        let short = String(repeating: "x", count: 60)
        #expect(throws: SandboxError(.invalidInput, #"linux.namespaces[0].type: invalid namespace type "\#(short)…""#))
        {
            try Spec(decoding: bytes(linux(#""namespaces":[{"type":"\#(long)"}]"#)))
        }
        #expect(throws: SandboxError(.invalidInput, #"linux.namespaces[0].type: invalid namespace type "a\nb\u0007""#))
        {
            try Spec(decoding: bytes(linux(#""namespaces":[{"type":"a\nb\u0007"}]"#)))
        }
    }

    @Test("a file cut anywhere is refused, and never half read")
    func truncation() throws {
        let source = defaultSpec().encoded()
        for count in stride(from: 0, to: source.count, by: 7) {
            #expect(throws: SandboxError.self) { try Spec(decoding: Array(source[..<count])) }
        }
    }
}

private func config(_ rest: String) -> String { #"{"ociVersion":"1.3.0",\#(rest)}"# }
private func process(_ rest: String) -> String {
    config(#""process":{\#(rest.hasPrefix(#""cwd""#) ? "" : #""cwd":"/","#)\#(rest)}"#)
}
private func linux(_ rest: String) -> String { config(#""linux":{\#(rest)}"#) }
private func seccomp(_ rest: String) -> String { linux(#""seccomp":{"defaultAction":"SCMP_ACT_LOG",\#(rest)}"#) }
private func resources(_ rest: String) -> String { linux(#""resources":{\#(rest)}"#) }
