import Foundation
import Testing

extension Kernel {
    /// Here on whatever the host has; `make test-vm` runs the rest on systemd and pure cgroup v2.
    @Suite("sandbox run: limits", .needsUserNamespaces, .needsFuse) struct RunLimitTests {
        @Test("a hog is ended at its memory limit, and the last line says so", .needsRoot, .needsLimits)
        func memory() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let outcome = try scene.shell("head -c 300m /dev/zero | tail -n 1", options: ["--memory", "64m"])
                #expect(outcome.ending == .exited(137), "\(outcome)")
                #expect(outcome.errorText.contains("out of memory"), "\(outcome)")
                #expect(outcome.errorText.contains("at the limit of 64 MiB, the peak was 6"), "\(outcome)")
            }
        }

        @Test("full file systems in memory are an error of the command, not its end", .needsRoot, .needsLimits)
        func scratch() throws {
            let outcome = try Scene(.current).shell(
                "head -c 60m /dev/zero >/tmp/x; echo $?; rm /tmp/x; head -c 20m /dev/zero >/var/tmp/y && echo fits",
                options: ["--memory", "64m"])
            #expect(outcome.lines == ["1", "fits"], "\(outcome)")
            #expect(outcome.errorText.contains("No space left"), "\(outcome)")
        }

        @Test("processes stop at their limit, which is the command's own", .needsRoot, .needsLimits)
        func processes() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                // The shell, and three it starts.
                let fits = try scene.shell(
                    "sleep 0.2 & sleep 0.2 & sleep 0.2 & wait; echo all", options: ["--pids", "4"])
                #expect(fits.lines == ["all"], "\(fits)")
                let outcome = try scene.shell("sleep 1 & sleep 1 & sleep 1 & wait; echo all", options: ["--pids", "3"])
                #expect(!outcome.lines.contains("all"), "\(outcome)")
                #expect(outcome.errorText.contains("out of processes"), "\(outcome)")
            }
        }

        @Test("a busy loop gets its share", .needsRoot, .needsLimits)
        func processors() throws {
            // CPU seconds of the loop: 30 % of two seconds, less what a busy host has for others. The guest's tests
            // count the kernel's own periods.
            let outcome = try Scene(.current).shell(
                "timeout 2 sh -c 'while :; do :; done'; awk '{ print $16 + $17 }' /proc/$$/stat",
                options: ["--cpus", "0.3"])
            let ticks = try #require(outcome.lines.last.flatMap { Double($0) }, "\(outcome)")
            #expect((20...70).contains(ticks), "\(outcome)")
        }

        @Test("a limit that cannot be set fails with 125, says why, and leaves nothing", .needsRoot, .needsLimits)
        func impossible() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let outcome = try scene.shell("echo ran", options: ["--cpuset", "4095"])
                #expect(outcome.ending == .exited(125) && outcome.text.isEmpty, "\(outcome)")
                #expect(outcome.errorText.contains("--cpuset"), "\(outcome)")
                #expect(outcome.errorText.contains("hint:"), "\(outcome)")
            }
        }

        @Test("files of cgroup v1 are limits by their names", .needsRoot, .needsLegacyCgroups)
        func files() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let hog = try scene.shell(
                    "head -c 300m /dev/zero | tail -n 1", options: ["--limit", "memory.limit_in_bytes=64M"])
                #expect(hog.ending == .exited(137) && hog.errorText.contains("at the limit of 64 MiB"), "\(hog)")
                let full = try scene.shell("true", options: ["--limit", "pids.max=1"])
                #expect(full.ending == .exited(125), "\(full)")
                #expect(full.errorText.contains("hint: the limit of processes"), "\(full)")
                for (file, words) in [
                    ("memory.high=1M", "this host has no memory.high"), ("memory.usage_in_bytes=1", "is no limit"),
                    ("cpu.cfs_quota_us=1", "hint: a period"), ("cgroup.procs=1", "is no limit"),
                ] {
                    let refused = try scene.shell("echo ran", options: ["--limit", file])
                    #expect(refused.ending == .exited(125) && refused.text.isEmpty, "\(refused)")
                    #expect(refused.errorText.contains(words), "\(refused)")
                }
            }
        }

        @Test(
            "where a user may set no limit, asking for one fails and says what to do", .needsRoot, .needsLegacyCgroups)
        func refused() throws {
            let scene = try Scene(try #require(Caller.ordinary))
            let outcome = try scene.shell("echo ran", options: ["--memory", "64m"])
            #expect(outcome.ending == .exited(125) && outcome.text.isEmpty, "\(outcome)")
            #expect(outcome.errorText.contains("limits need root on cgroup v1"), "\(outcome)")
        }

        @Test(
            "what a killed supervisor leaves is swept by the next limited run, whatever that limits", .needsRoot,
            .needsLimits)
        func swept() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let child = try scene.start("run", "--pids", "50", "--", "sh", "-c", "echo ready; exec \(scene.nap)")
                try child.waitForOutput("ready")
                child.send(SIGKILL)
                #expect(child.finish().ending == .signaled(SIGKILL))
                let outcome = try scene.shell("echo next", options: ["--memory", "64m"])
                #expect(outcome.lines == ["next"], "\(outcome)")
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Root may limit memory, processes and processors without systemd.
    static var needsLimits: Self {
        .enabled(
            if: ["memory/memory.limit_in_bytes", "memory/cgroup.procs", "cgroup.subtree_control"].contains {
                access("/sys/fs/cgroup/\($0)", W_OK) == 0
            }, "the cgroup file systems are read-only or missing")
    }
    static var needsLegacyCgroups: Self {
        .enabled(
            if: access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0 && Host.hasOrdinaryUser,
            "this host has cgroup v2, where users may be given groups")
    }
}
