import Foundation
import Testing

extension Kernel {
    /// What the kernel has been told, read from its own files; that limits hold is tested beside (CgroupsTests,
    /// RunLimitTests) and in the guest.
    @Suite("oci: linux.resources", .needsRoot, .needsLegacyCgroups) struct OciLimitFileTests {
        private static var resources: [String: Any] {
            [
                "memory": [
                    "limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20, "kernelTCP": 16 << 20,
                    "swappiness": 30,
                    "disableOOMKiller": true,
                ],
                "cpu": [
                    "shares": 512, "quota": 40000, "period": 80000, "burst": 10000, "cpus": "0", "mems": "0",
                ],
                "pids": ["limit": 77],
            ]
        }

        /// The value of a controller's file for the container.
        private func value(_ file: String, _ bundle: Bundle) throws -> String {
            let controller = file.split(separator: "/")[0]
            let pid = try #require(bundle.state()?["pid"] as? Int)
            let line = readText("/proc/\(pid)/cgroup").split(separator: "\n").first { line in
                line.split(separator: ":", omittingEmptySubsequences: false)[1].split(separator: ",")
                    .contains(controller)
            }
            let group = try #require(line).split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)[2]
            let name = file.split(separator: "/")[1]
            return readText("/sys/fs/cgroup/\(controller)\(group)/\(name)").trimmingCharacters(
                in: .whitespacesAndNewlines)
        }

        @Test("each resource is in its file of cgroup v1, and an update changes it")
        func files() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.resources"] = Self.resources
                bundle.script("sleep 100")
                let created = try bundle.create(["--pid-file", bundle.folder + "/pid"])
                try #require(created.isSuccess, "\(created)")
                let expected = [
                    "memory/memory.limit_in_bytes": "\(64 << 20)", "memory/memory.soft_limit_in_bytes": "\(32 << 20)",
                    "memory/memory.memsw.limit_in_bytes": "\(96 << 20)",
                    "memory/memory.kmem.tcp.limit_in_bytes": "\(16 << 20)", "memory/memory.swappiness": "30",
                    "cpu/cpu.shares": "512", "cpu/cpu.cfs_quota_us": "40000", "cpu/cpu.cfs_period_us": "80000",
                    "cpu/cpu.cfs_burst_us": "10000", "cpuset/cpuset.cpus": "0", "cpuset/cpuset.mems": "0",
                    "pids/pids.max": "77",
                ]
                for (file, text) in expected { #expect(try value(file, bundle) == text, "\(file)") }
                #expect(try value("memory/memory.oom_control", bundle).hasPrefix("oom_kill_disable 1"))
                let changed =
                    #"{"memory":{"limit":134217728,"swap":268435456,"reservation":1048576},"cpu":{"shares":2048,"quota":-1,"burst":0},"pids":{"limit":-1}}"#
                let update = try bundle.verb("update", ["--resources", "-", bundle.id], feeding: Array(changed.utf8))
                #expect(update.isSuccess, "\(update)")
                let after = [
                    "memory/memory.limit_in_bytes": "134217728", "memory/memory.memsw.limit_in_bytes": "268435456",
                    "memory/memory.soft_limit_in_bytes": "1048576", "cpu/cpu.shares": "2048",
                    "cpu/cpu.cfs_quota_us": "-1", "pids/pids.max": "max", "cpuset/cpuset.cpus": "0",
                ]
                for (file, text) in after { #expect(try value(file, bundle) == text, "after the update: \(file)") }
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }

        @Test("an idle group, and rates of a disk")
        func idle() throws {
            let bundle = try Bundle(try Scene(.current))
            let disk = try #require(
                (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block"))?.sorted()
                    .filter { (Int(readText("/sys/block/\($0)/size").dropLast()) ?? 0) > 0 }
                    .map { readText("/sys/block/\($0)/dev").dropLast() }.first, "no disk")
            let number = disk.split(separator: ":").compactMap { Int($0) }
            func rate(_ rate: Int) -> [[String: Int]] { [["major": number[0], "minor": number[1], "rate": rate]] }
            bundle["linux.resources"] = [
                "cpu": ["idle": 1],
                "blockIO": [
                    "throttleReadBpsDevice": rate(1 << 20), "throttleWriteBpsDevice": rate(2 << 20),
                    "throttleReadIOPSDevice": rate(30), "throttleWriteIOPSDevice": rate(40),
                ],
            ]
            let created = try bundle.create()
            try #require(created.isSuccess, "\(created)")
            #expect(try value("cpu/cpu.idle", bundle) == "1")
            #expect(try value("blkio/blkio.throttle.read_bps_device", bundle) == "\(disk) \(1 << 20)")
            #expect(try value("blkio/blkio.throttle.write_bps_device", bundle) == "\(disk) \(2 << 20)")
            #expect(try value("blkio/blkio.throttle.read_iops_device", bundle) == "\(disk) 30")
            #expect(try value("blkio/blkio.throttle.write_iops_device", bundle) == "\(disk) 40")
        }

        /// A group has real-time runtime to give only if the one above it has; here that is the top.
        @Test(
            "real-time runtime of a group at the top",
            .enabled(
                if: Int(readText("/sys/fs/cgroup/cpu/cpu.rt_runtime_us").trimmingCharacters(in: .newlines)) ?? 0 > 1000,
                "this kernel has no real-time group scheduling, or no runtime left to give"))
        func realtime() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.cgroupsPath"] = "/" + bundle.id
                bundle["linux.resources"] = ["cpu": ["realtimeRuntime": 1000, "realtimePeriod": 900_000]]
                let created = try bundle.create()
                try #require(created.isSuccess, "\(created)")
                #expect(try value("cpu/cpu.rt_runtime_us", bundle) == "1000")
                #expect(try value("cpu/cpu.rt_period_us", bundle) == "900000")
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }

        @Test("a memory limit too low for init is named, and leaves nothing")
        func starved() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.resources"] = ["memory": ["limit": 4096]]
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess, "\(outcome)")
                #expect(outcome.errorText.contains("OOM-killed"), "\(outcome)")
                #expect(outcome.errorText.contains("the limit is 4 KiB"), "\(outcome)")
            }
        }

        /// These controllers are seldom mounted: here in a mount namespace, so that nobody else meets them there.
        @Test(
            "packets' class and priorities reach net_cls and net_prio, and leave nothing",
            .enabled(if: Self.hasNetworkControllers, "this kernel has no net_cls and net_prio"))
        func network() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.cgroupsPath"] = "/" + bundle.id
                bundle["linux.resources"] = [
                    "network": ["classID": 1_048_577, "priorities": [["name": "lo", "priority": 5]]]
                ]
                try bundle.writeConfig()
                try scene.makeFolder(scene.project + "/net")
                let script = """
                    set -e; mount -t cgroup -o net_cls,net_prio none net; id=$1; shift
                    "$@" create --bundle "$0" "$id"; pid=$("$@" state "$id" | tr -d ' \n' | sed 's/.*"pid"://; s/,.*//')
                    cat net/$id/net_cls.classid; grep '^lo ' net/$id/net_prio.ifpriomap; grep -c "^$pid$" net/$id/cgroup.procs
                    "$@" delete --force "$id"; test ! -e net/$id && echo gone
                    """
                let outcome = try scene.run(
                    ["unshare", "-m", "--propagation", "private", "sh", "-c", script, bundle.folder, bundle.id]
                        + bundle.command("", []).dropLast(), in: scene.project)
                #expect(outcome.lines == ["1048577", "lo 5", "1", "gone"], "\(outcome)")
            }
        }

        /// On none yet, or both on one hierarchy (cgroups(7), `/proc/cgroups`): such a one can be mounted once more,
        /// and may stay behind its last mount.
        private static let hasNetworkControllers: Bool = {
            let table = (try? String(contentsOfFile: "/proc/cgroups", encoding: .utf8)) ?? ""
            var hierarchies: [String] = []
            for line in table.split(separator: "\n") {
                let fields = line.split(separator: "\t").map(String.init)
                guard fields.count == 4, fields[3] == "1" else { continue }
                if fields[0] == "net_cls" || fields[0] == "net_prio" { hierarchies.append(fields[1]) }
            }
            return hierarchies.count == 2 && hierarchies[0] == hierarchies[1]
        }()

        @Test(
            "what this host's kernel does not have is an error that names it, and leaves nothing",
            arguments: [
                #"{"network":{"classID":1048577}}"#, #"{"rdma":{"mlx5_1":{"hcaHandles":3}}}"#,
                #"{"unified":{"memory.high":"1"}}"#, #"{"network":{"priorities":[{"name":"lo","priority":1}]}}"#,
            ])
        func missing(json: String) throws {
            let scene = try Scene(.current)
            let resources = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            let name = try #require(resources.keys.first)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["linux.resources"] = resources
                let outcome = try bundle.run()
                #expect(!outcome.isSuccess, "\(outcome)")
                #expect(outcome.errorText.contains("linux.resources.\(name)"), "\(outcome)")
            }
        }
    }
}
