import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: names, clocks, devices and scheduling", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciSurroundingsTests {
        @Test("the domain name is the bundle's", arguments: Caller.all)
        func domain(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["domainname"] = "example.org"
            bundle.script("cat /proc/sys/kernel/domainname")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["example.org"], "\(outcome)")
        }

        private static var hasTimeNamespaces: Bool { access("/proc/self/ns/time", F_OK) == 0 }

        @Test(
            "clocks are set off in a time namespace",
            .enabled(if: hasTimeNamespaces, "the kernel has no time namespaces"), arguments: Caller.all)
        func clocks(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle.add(["type": "time"], to: "linux.namespaces")
            bundle["linux.timeOffsets"] = [
                "boottime": ["secs": 40_000_000], "monotonic": ["secs": 1337, "nanosecs": 2718],
            ]
            bundle.script("tr -s ' ' </proc/self/timens_offsets; cut -d . -f 1 /proc/uptime")
            let outcome = try bundle.run()
            #expect(outcome.lines.contains("monotonic 1337 2718"), "\(outcome)")
            #expect(outcome.lines.contains("boottime 40000000 0"), "\(outcome)")
            #expect((outcome.lines.last.flatMap { Int($0) } ?? 0) > 40_000_000, "\(outcome)")
        }

        @Test("devices have the numbers, modes and owners of the bundle", .needsRoot)
        func devices() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["linux.devices"] = [
                [
                    "path": "/dev/own", "type": "c", "major": 1, "minor": 7, "fileMode": 0o640, "uid": 3, "gid": 4,
                ] as [String: Any],
                ["path": "/dev/deep/pipe", "type": "p", "fileMode": 0o600],
                ["path": "/dev/zero", "type": "c", "major": 1, "minor": 3],
            ]
            bundle.script("stat -c '%n %F %t:%T %a %u:%g' /dev/own /dev/deep/pipe; head -c 1 /dev/zero | wc -c")
            let outcome = try bundle.run()
            #expect(
                outcome.lines == [
                    "/dev/own character special file 1:7 640 3:4", "/dev/deep/pipe fifo 0:0 600 0:0", "0",
                ], "\(outcome)")
        }

        @Test("scheduling policy and nice value are the bundle's, for exec too", arguments: Caller.all)
        func scheduler(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let read = "awk '{ print $19, $41 }' /proc/self/stat"
            bundle["process.scheduler"] = ["policy": "SCHED_BATCH", "nice": 7] as [String: Any]
            bundle.script("\(read) >/own; exec \(bundle.scene.nap)")
            let created = try bundle.create()
            #expect(created.isSuccess, "\(created)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let exec = try bundle.verb("exec", [bundle.id, "sh", "-c", read])
            #expect(exec.lines == ["7 3"], "\(exec)")
            #expect(eventually { readText(bundle.rootfs + "/own") == "7 3\n" })
        }

        @Test("the class and priority of I/O are the bundle's", arguments: Caller.all)
        func ioPriority(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.ioPriority"] = ["class": "IOPRIO_CLASS_BE", "priority": 6] as [String: Any]
            bundle["process.args"] = ["busybox", "ionice"]
            let outcome = try bundle.run()
            #expect(outcome.text.contains("prio 6"), "\(outcome)")
        }

        #if arch(x86_64)
            @Test("the execution domain is the bundle's", arguments: Caller.all)
            func personality(_ caller: Caller) throws {
                for (domain, machine) in [("LINUX32", "i686"), ("LINUX", "x86_64")] {
                    let bundle = try Bundle(Scene(caller))
                    bundle["linux.personality"] = ["domain": domain]
                    bundle["process.args"] = ["uname", "-m"]
                    let outcome = try bundle.run()
                    #expect(outcome.lines == [machine], "\(outcome)")
                }
            }
        #endif

        @Test("annotations are part of the state", arguments: Caller.all)
        func annotations(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["annotations"] = ["org.example.key": "value", "empty": ""]
            #expect(try bundle.create().isSuccess)
            #expect(
                try bundle.state()?["annotations"] as? [String: String] == ["org.example.key": "value", "empty": ""])
        }

        @Test("a filter looks at arguments", arguments: Caller.all)
        func arguments(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["linux.seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW",
                "flags": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
                "syscalls": [
                    [
                        "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5,
                        "args": [["index": 1, "value": 12, "op": "SCMP_CMP_EQ"]],
                    ] as [String: Any]
                ],
            ]
            bundle.script("sleep 9 & kill -USR2 $!; kill -0 $! && echo there; kill -9 $!")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["there"] && outcome.errorText.contains("Input/output error"), "\(outcome)")
        }
    }
}
