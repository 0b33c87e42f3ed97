import Foundation
import Testing

extension Kernel {
    /// A container between create and start: open to its owner, closed to what runs inside.
    @Suite("oci verbs: before the start", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciWaitingTests {
        private static var hasTimeNamespaces: Bool { access("/proc/self/ns/time", F_OK) == 0 }

        private func waiting(_ caller: Caller, _ change: (Bundle) -> Void = { _ in }) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            change(bundle)
            let created = try bundle.create()
            #expect(created.isSuccess, "\(created)")
            return bundle
        }

        private func filter(_ bundle: Bundle, noNewPrivileges: Bool) {
            bundle["process.noNewPrivileges"] = noNewPrivileges
            bundle["linux.seccomp"] =
                [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38]],
                ] as [String: Any]
        }

        @Test("commands run in it, mounts come and go, and it starts after that", arguments: Caller.all)
        func use(_ caller: Caller) throws {
            let bundle = try waiting(caller)
            let ran = try bundle.verb("exec", [bundle.id, "sh", "-c", "hostname; ls -d /proc/1; exit 3"])
            #expect(ran.ending == .exited(3) && ran.text == "cell\n/proc/1\n", "\(ran)")
            let list = bundle.scene.folder + "/mounts.json"
            try bundle.scene.write(
                #"{"mounts":[{"destination":"/live","type":"tmpfs","source":"live"}]}"#, to: list)
            let added = try bundle.verb("mounts", ["add", bundle.id, list])
            #expect(added.isSuccess, "\(added)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let shown = try bundle.verb("exec", [bundle.id, "grep", "-c", " /live ", "/proc/mounts"])
            #expect(shown.text == "1\n", "\(shown)")
            #expect(try bundle.verb("mounts", ["remove", bundle.id, list]).isSuccess)
            let gone = try bundle.verb("exec", [bundle.id, "grep", "-c", " /live ", "/proc/mounts"])
            #expect(gone.text == "0\n", "\(gone)")
        }

        @Test(
            "what runs inside cannot look into the waiting process, filtered or not", arguments: Caller.all,
            [nil, true, false])
        func closed(_ caller: Caller, _ noNewPrivileges: Bool?) throws {
            let bundle = try waiting(caller) { bundle in
                if let noNewPrivileges { filter(bundle, noNewPrivileges: noNewPrivileges) }
                bundle["process.capabilities"] = [
                    "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                ]
            }
            let script = "for i in exe ns/net fd/0; do readlink /proc/1/$i; done; cat /proc/1/environ; echo end"
            let outcome = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(outcome.text == "end\n", "\(outcome)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            // The command itself has what was asked for, and nothing that was held back.
            let rights = try bundle.verb("exec", [bundle.id, "grep", "CapPrm", "/proc/1/status"])
            #expect(rights.text == "CapPrm:\t0000000000000020\n", "\(rights)")
        }

        @Test("hooks of an ordinary user reach the new namespaces", .needsOrdinaryUser)
        func hooks() throws {
            let scene = try Scene(try #require(Caller.ordinary))
            let bundle = try Bundle(scene)
            let log = scene.folder + "/log"
            let script = """
                pid=$(tr -d ' \\n' | sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
                test "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" || exit 1
                readlink /proc/$pid/ns/net >\(log)
                """
            bundle["hooks.createRuntime"] = [
                ["path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/bin:/usr/bin"]]
            ]
            bundle["process.args"] = ["readlink", "/proc/self/ns/net"]
            let outcome = try bundle.run()
            #expect(outcome.isSuccess && outcome.text == readText(log) && !outcome.text.isEmpty, "\(outcome)")
        }

        @Test("a container that may trace is entered by an ordinary user after its start", .needsOrdinaryUser)
        func tracing() throws {
            let bundle = try waiting(try #require(Caller.ordinary)) { bundle in
                let sets = ["CAP_SYS_PTRACE"]
                bundle["process.capabilities"] = ["bounding": sets, "effective": sets, "permitted": sets]
            }
            let early = try bundle.verb("exec", [bundle.id, "true"])
            #expect(early.ending == .exited(255), "\(early)")
            #expect(
                early.errorText.contains("permission denied") && early.errorText.contains("start the container first"),
                "\(early)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            #expect(try bundle.verb("exec", [bundle.id, "true"]).isSuccess)
        }

        @Test(
            "commands before the start have the container's clocks",
            .enabled(if: hasTimeNamespaces, "the kernel has no time namespaces"), arguments: Caller.all)
        func clocks(_ caller: Caller) throws {
            let bundle = try waiting(caller) { bundle in
                bundle.add(["type": "time"], to: "linux.namespaces")
                bundle["linux.timeOffsets"] = ["boottime": ["secs": 900_000_000, "nanosecs": 0]]
            }
            let script = "readlink /proc/self/ns/time; test $(cut -d . -f 1 /proc/uptime) -gt 900000000"
            let before = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(before.isSuccess, "\(before)")
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let after = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(after.isSuccess && after.text == before.text, "\(before) \(after)")
        }
    }
}
