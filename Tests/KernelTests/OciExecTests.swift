import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: exec", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciExecTests {
        private func running(_ caller: Caller) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            return bundle
        }

        @Test("the process is in the container, and its status is the command's", arguments: Caller.all)
        func statusAndPlace(_ caller: Caller) throws {
            let bundle = try running(caller)
            let script = "tr '\\0' ' ' </proc/1/cmdline; ls /; exit 7"
            let outcome = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(outcome.ending == .exited(7), "\(outcome)")
            #expect(outcome.text.hasPrefix("sleep 60"), "\(outcome)")
            #expect(outcome.lines.contains("proc") && !outcome.lines.contains("home"), "\(outcome)")
        }

        @Test("standard input and output go through", arguments: Caller.all)
        func streams(_ caller: Caller) throws {
            let bundle = try running(caller)
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let outcome = try bundle.verb("exec", [bundle.id, "cat"], feeding: bytes)
            #expect(outcome.output == bytes && outcome.isSuccess)
        }

        @Test("what cannot be executed is told with status 255 in the words that engines match", arguments: Caller.all)
        func failures(_ caller: Caller) throws {
            let bundle = try running(caller)
            let missing = try bundle.verb("exec", [bundle.id, "no-such-command"])
            #expect(missing.ending == .exited(255), "\(missing)")
            #expect(missing.errorText.contains("executable file not found in"), "\(missing)")
            let denied = try bundle.verb("exec", [bundle.id, "/etc/passwd"])
            #expect(denied.ending == .exited(255) && denied.errorText.contains("permission denied"), "\(denied)")
            let absent = try bundle.verb("exec", ["no-such-container", "true"])
            #expect(absent.ending == .exited(255) && absent.errorText.contains("does not exist"), "\(absent)")
            #expect(try bundle.verb("kill", [bundle.id, "KILL"]).isSuccess)
            #expect(try bundle.waitForStatus("stopped"))
            let stopped = try bundle.verb("exec", [bundle.id, "true"])
            #expect(stopped.ending == .exited(255), "\(stopped)")
            #expect(stopped.errorText.contains("container not running"), "\(stopped)")
        }

        @Test("working folder, environment and no_new_privs are as the flags say", arguments: Caller.all)
        func flags(_ caller: Caller) throws {
            let bundle = try running(caller)
            let outcome = try bundle.verb(
                "exec",
                [
                    "--cwd", "/tmp", "--env", "A=b", "-no-new-privs", bundle.id, "sh", "-c",
                    "echo $A $PWD; grep NoNewPrivs /proc/self/status | tr -d '\\t'",
                ])
            #expect(outcome.lines == ["b /tmp", "NoNewPrivs:1"], "\(outcome)")
        }

        @Test("--user takes ids", .needsRoot)
        func user() throws {
            let bundle = try running(Caller.current)
            let outcome = try bundle.verb(
                "exec", ["--user", "33:44", "-g", "55", bundle.id, "sh", "-c", "id -u; id -g; id -G"])
            #expect(outcome.lines == ["33", "44", "44 55"], "\(outcome)")
            let bad = try bundle.verb("exec", ["--user", "www", bundle.id, "true"])
            #expect(bad.ending == .exited(255) && bad.errorText.contains("--user"), "\(bad)")
        }

        @Test("a process.json says everything", arguments: Caller.all)
        func processFile(_ caller: Caller) throws {
            let bundle = try running(caller)
            let file = bundle.scene.folder + "/process.json"
            try bundle.scene.write(
                #"{"cwd":"/bin","args":["sh","-c","pwd; echo $X; umask"],"env":["PATH=/bin","X=y"],"user":{"uid":0,"gid":0,"umask":63}}"#,
                to: file)
            let outcome = try bundle.verb("exec", ["--process", file, bundle.id])
            #expect(outcome.lines == ["/bin", "y", "0077"], "\(outcome)")
        }

        @Test("a detached one lives on, and its pid is written", arguments: Caller.all)
        func detached(_ caller: Caller) throws {
            let bundle = try running(caller)
            let file = bundle.scene.folder + "/pid"
            let outcome = try bundle.verb(
                "exec", ["--detach", "--pid-file", file, bundle.id, "sh", "-c", "exec sleep 59 >/dev/null 2>&1"])
            #expect(outcome.isSuccess, "\(outcome)")
            let pid = try #require(pid_t(readText(file)))
            #expect(kill(pid, 0) == 0)
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            #expect(eventually { kill(pid, 0) != 0 })
        }

        @Test("it leaves the container's capabilities and filter as narrow as they were", arguments: Caller.all)
        func walls(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            bundle["linux.seccomp"] =
                [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38]],
                ] as [String: Any]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let outcome = try bundle.verb(
                "exec", [bundle.id, "sh", "-c", "mkdir /tmp/x || echo refused; grep Seccomp: /proc/self/status"])
            #expect(outcome.lines == ["refused", "Seccomp:\t2"], "\(outcome)")
        }
    }

    @Suite(
        "oci verbs: limits, pause and processes", .needsRoot, .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciResourceTests {
        @Test("pause stops the processes, resume lets them go on, and exec respects it")
        func pauseAndResume() throws {
            let bundle = try Bundle(Scene(Caller.current))
            bundle.script("n=0; while :; do n=$((n+1)); echo $n >/count; sleep 0.01; done")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            #expect(eventually { !readText(bundle.rootfs + "/count").isEmpty })
            let paused = try bundle.verb("pause", [bundle.id])
            #expect(paused.isSuccess, "\(paused)")
            #expect(try bundle.state()?["status"] as? String == "paused")
            let before = readText(bundle.rootfs + "/count")
            usleep(200_000)
            #expect(readText(bundle.rootfs + "/count") == before)
            let refused = try bundle.verb("exec", [bundle.id, "true"])
            #expect(refused.ending == .exited(255) && refused.errorText.contains("paused"), "\(refused)")
            #expect(try bundle.verb("resume", [bundle.id]).isSuccess)
            #expect(eventually { readText(bundle.rootfs + "/count") != before })
            let again = try bundle.verb("resume", [bundle.id])
            #expect(again.ending == .exited(1) && again.errorText.contains("not paused"), "\(again)")
        }

        @Test("ps names the container's processes")
        func processes() throws {
            let bundle = try Bundle(Scene(Caller.current))
            bundle.script("sleep 61 & sleep 62 & wait")
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            #expect(
                eventually {
                    guard let outcome = try? bundle.verb("ps", ["--format", "json", bundle.id]) else { return false }
                    let list = try? JSONSerialization.jsonObject(with: Data(outcome.output)) as? [Int]
                    return list?.count == 3
                })
            let table = try bundle.verb("ps", [bundle.id])
            #expect(table.lines.count == 4 && table.lines.first?.contains("PID") == true, "\(table)")
        }

        @Test("update changes a limit of a running container")
        func update() throws {
            let bundle = try Bundle(Scene(Caller.current))
            bundle["process.args"] = ["sleep", "60"]
            bundle["linux.resources.pids"] = ["limit": 50]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            let changed = try bundle.verb("update", ["--pids-limit", "33", bundle.id])
            #expect(changed.isSuccess, "\(changed)")
            #expect(try limit(bundle) == "33")
            let piped = try bundle.verb(
                "update", ["-r", "-", bundle.id], feeding: Array(#"{"pids":{"limit":44}}"#.utf8))
            #expect(piped.isSuccess, "\(piped)")
            #expect(try limit(bundle) == "44")
            let bad = try bundle.verb("update", ["--pids-limit", "many", bundle.id])
            #expect(bad.ending == .exited(1) && bad.errorText.contains("--pids-limit"), "\(bad)")
        }

        @Test("sizes of memory may have units, as scripts write them")
        func sizes() throws {
            let bundle = try Bundle(Scene(Caller.current))
            bundle["process.args"] = ["sleep", "60"]
            bundle["linux.resources.memory"] = ["limit": 100 << 20]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            for (text, bytes) in [("50M", 50 << 20), ("1.5g", 3 << 29), ("65536kB", 64 << 20), ("80 MiB", 80 << 20)] {
                let changed = try bundle.verb("update", ["--memory", text, bundle.id])
                #expect(changed.isSuccess, "\(changed)")
                #expect(try memoryLimit(bundle) == bytes)
            }
            for text in ["50X", "M", "-5", "1..5G", "9999999P", "5 0M"] {
                let refused = try bundle.verb("update", ["--memory", text, bundle.id])
                #expect(refused.ending == .exited(1), "\(refused)")
                #expect(refused.errorText.contains("--memory: \"\(text)\""), "\(refused)")
            }
        }

        private func memoryLimit(_ bundle: Bundle) throws -> Int? {
            let outcome = try bundle.verb("events", ["--stats", bundle.id])
            let event = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any]
            let memory = (event?["data"] as? [String: Any])?["memory"] as? [String: Any]
            return (memory?["usage"] as? [String: Any])?["limit"] as? Int
        }

        /// The limit of processes in the container's group, wherever this host's hierarchy has it.
        private func limit(_ bundle: Bundle) throws -> String {
            let outcome = try bundle.scene.run([
                "sh", "-c", "cat /sys/fs/cgroup/pids/$1/pids.max /sys/fs/cgroup/$1/pids.max 2>/dev/null", "sh",
                bundle.id,
            ])
            return outcome.lines.first ?? ""
        }
    }
}
