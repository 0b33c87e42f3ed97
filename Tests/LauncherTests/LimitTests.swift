import Diagnostics
import Testing

@testable import Launcher
@testable import SandboxCLI

@Suite("limits") struct LimitTests {
    private func limits(_ words: [String]) throws -> ResourceLimits {
        try #require(try RunCommand.parse(words + ["--", "true"])).launchSpec(current: "/work", home: "/home/dev")
            .limits
    }

    private func failure(_ words: [String]) -> SandboxError? {
        do {
            _ = try limits(words)
            return nil
        } catch { return error as? SandboxError }
    }

    @Test("no option asks for nothing, and nothing is looked up")
    func none() throws {
        #expect(try limits([]).isEmpty)
        let host = try LaunchHost.read(
            for: LaunchSpec(command: ["true"]), caller: developer(), files: workstation())
        #expect(host.limits == nil)
        #expect(try makeSpec(LaunchSpec(command: ["true"]), host: host).spec.linux?.resources == nil)
    }

    @Test("each option becomes its resource of the spec on cgroup v2")
    func unified() throws {
        let asked = try limits([
            "--memory", "512M", "--cpus", "1.5", "--cpu-weight", "50", "--cpuset", "0-1,3", "--pids", "200",
            "--io-weight", "300", "--limit", "memory.high=400M", "--io-max", "disk:rbps=10m,wiops=7",
        ])
        var facts = LimitFacts(isUnified: true)
        facts.disks = ["/work/disk": DeviceNumber(major: 8, minor: 16)]
        let resources = try #require(try asked.resources(facts))
        #expect(resources.memory?.limit == 512 << 20)
        #expect(resources.memory?.swap == 512 << 20, "without --memory-swap there is no swap")
        #expect(resources.cpu?.quota == 150_000 && resources.cpu?.period == 100_000)
        #expect(resources.cpu?.cpus == "0-1,3")
        #expect(resources.cpu?.shares == nil)
        #expect(resources.pids?.limit == 200)
        #expect(
            resources.unified == ["cpu.weight": "50", "io.weight": "default 300", "memory.high": "400M"])
        #expect(resources.blockIO?.throttleReadBpsDevice?.map(\.rate) == [10 << 20])
        #expect(resources.blockIO?.throttleReadBpsDevice?.map(\.minor) == [16])
        #expect(resources.blockIO?.throttleWriteIOPSDevice?.map(\.rate) == [7])
        #expect(resources.blockIO?.throttleWriteBpsDevice == nil)
    }

    @Test("version 1 gets its own scales", arguments: [(1, 2), (100, 1024), (10000, 262_144)] as [(UInt64, UInt64)])
    func shares(weight: UInt64, shares: UInt64) {
        #expect(ResourceLimits.shares(forWeight: weight) == shares)
    }

    @Test("a weight of disks keeps its meaning on version 1", arguments: [(1, 10), (100, 100), (10000, 1000)])
    func blockWeight(weight: Int, expected: UInt16) throws {
        let resources = try limits(["--io-weight", "\(weight)"]).resources(LimitFacts(isUnified: false))
        #expect(resources?.blockIO?.weight == expected)
        #expect(resources?.unified == nil)
    }

    @Test("swap is what the sum leaves; without accounting nothing is said of it")
    func swap() throws {
        func sum(_ words: [String], counts: Bool = true) throws -> Int64? {
            var facts = LimitFacts(isUnified: true)
            facts.countsSwap = counts
            return try limits(words).resources(facts)?.memory?.swap
        }
        #expect(try sum(["--memory", "64m", "--memory-swap", "96m"]) == 96 << 20)
        #expect(try sum(["--memory", "64m", "--memory-swap", "unlimited"]) == -1)
        #expect(try sum(["--memory", "64m"], counts: false) == nil)
        #expect(throws: SandboxError.self) { try sum(["--memory-swap", "96m"]) }
        #expect(throws: SandboxError.self) { try sum(["--memory", "64m", "--memory-swap", "32m"]) }
    }

    @Test(
        "what is no limit names its option and the mend",
        arguments: [
            ["--memory", "lots"], ["--memory", "1m"], ["--memory", "+64m"], ["--cpus", "0"], ["--cpus", "1.2345"],
            ["--cpus", "1,5"], ["--cpus", "."], ["--cpu-weight", "0"], ["--cpu-weight", "10001"], ["--cpuset", "3-1"],
            ["--cpuset", "a"], ["--cpuset", ""], ["--pids", "0"], ["--pids", "x"], ["--io-weight", "0"],
            ["--io-max", "rbps=1"], ["--io-max", "/x:rbps"], ["--io-max", "/x:speed=1"], ["--io-max", "/x:rbps=0"],
            ["--limit", "memory.high"], ["--limit", "a/b.c=1"], ["--limit", "cgroup.procs=1"], ["--limit", "x=1"],
            ["--limit", "no.such=1"], ["--pids", "4194304"],
            ["--limit", "tasks=1"], ["--limit", "release_agent=/x"], ["--limit", "notify_on_release=1"],
            ["--limit", "cgroup.event_control=1"], ["--limit", "freezer.state=FROZEN"],
            ["--limit", "devices.allow=a"], ["--limit", "cpuacct.usage=0"],
            ["--limit", "memory.high=1", "--limit", "memory.high=2"],
            ["--io-max", "/x:rbps=1", "--io-max", "/x:wbps=1"],
        ])
    func refused(words: [String]) throws {
        let error = try #require(failure(words))
        #expect(error.kind == .invalidInput)
        #expect(error.message.hasPrefix(words[0]), "\(error)")
        #expect(error.remedy != nil)
    }

    @Test("files go to the kernel by their names on either version, weights do on version 2")
    func files() throws {
        let asked = try limits(["--limit", "memory.soft_limit_in_bytes=1M", "--cpu-weight", "50"])
        #expect(
            try asked.resources(LimitFacts(isUnified: false))?.unified == ["memory.soft_limit_in_bytes": "1M"])
        #expect(
            try asked.resources(LimitFacts(isUnified: true))?.unified == [
                "memory.soft_limit_in_bytes": "1M", "cpu.weight": "50",
            ])
    }

    @Test(
        "a limit that an option and its file both ask for is refused in either order, since one would be lost",
        arguments: [
            ("memory", "64m", "memory.max"), ("memory", "64m", "memory.limit_in_bytes"),
            ("memory-swap", "64m", "memory.swap.max"), ("cpus", "1", "cpu.max"), ("cpu-weight", "5", "cpu.shares"),
            ("cpuset", "0", "cpuset.cpus"), ("pids", "5", "pids.max"), ("io-weight", "5", "io.weight"),
        ])
    func twoNames(option: String, value: String, file: String) throws {
        let name = try #require(ResourceLimits.Name(rawValue: option))
        func fails(_ order: [(ResourceLimits.Name, String)]) -> String? {
            var limits = ResourceLimits()
            do {
                for (name, text) in order { try limits.set(name, text, asked: name.rawValue) }
                return nil
            } catch { return "\(error)" }
        }
        #expect(fails([(name, value), (.limit, "\(file)=1")])?.contains("sets what \"\(option)\" sets") == true)
        #expect(fails([(.limit, "\(file)=1"), (name, value)])?.contains("sets what \"\(file)\" sets") == true)
        #expect(fails([(name, value), (.limit, "misc.max=1")]) == nil)
        // What is above wins, whichever name it uses.
        var above = ResourceLimits()
        try above.set(name, value, asked: "")
        var below = ResourceLimits()
        try below.set(.limit, "\(file)=1", asked: "")
        #expect(above.merged(over: below) == above)
        #expect(below.merged(over: above) == below)
    }

    @Test("disks that cannot be limited are refused")
    func impossible() throws {
        #expect(throws: SandboxError.self) {
            try limits(["--io-max", "/x:rbps=1"]).resources(LimitFacts(isUnified: true))
        }
    }

    @Test("a partition's rates are its disk's")
    func partition() throws {
        var files = workstation()
        files.devices["/opt"] = DeviceNumber(major: 8, minor: 17)
        files.nodes["/sys/dev/block/8:17"] = .link("../../devices/pci/sdb/sdb1")
        files.nodes["/sys/devices/pci/sdb/sdb1/partition"] = .file("1\n")
        files.nodes["/sys/devices/pci/sdb/dev"] = .file("8:16\n")
        var launch = LaunchSpec(command: ["true"])
        launch.limits = try limits(["--io-max", "/opt:rbps=1m"])
        let host = try LaunchHost.read(for: launch, caller: developer(), files: files)
        #expect(host.limits?.disks["/opt"] == DeviceNumber(major: 8, minor: 16))
    }

    @Test("options win over what is below them, and lift it")
    func merge() throws {
        let profile = try limits(["--memory", "64m", "--memory-swap", "96m", "--pids", "10", "--limit", "cpu.idle=1"])
        let options = try limits(["--memory", "128m", "--pids", "unlimited", "--limit", "misc.max=2"])
        let merged = options.merged(over: profile)
        #expect(merged.memoryBytes == .at(128 << 20))
        #expect(merged.memoryAndSwapBytes == nil, "a sum belongs to the limit it was given with")
        #expect(merged.pids?.value == nil)
        #expect(merged.files == ["cpu.idle": "1", "misc.max": "2"])
        #expect(ResourceLimits().merged(over: profile) == profile)
        #expect(try limits(["--pids", "unlimited"]).isEmpty)
    }

    @Test("file systems in memory hold at most half of the memory limit")
    func scratch() throws {
        var launch = LaunchSpec(command: ["true"])
        launch.limits = try limits(["--memory", "64m"])
        let host = try LaunchHost.read(for: launch, caller: developer(), files: workstation())
        let made = try makeSpec(launch, host: host)
        guard case .overlay(let overlay) = made.root else {
            Issue.record("the root is no overlay")
            return
        }
        #expect(overlay.upper == .memory(sizeBytes: 32 << 20))
        let home = made.spec.mounts?.first { $0.destination == "/home/dev" }
        #expect(home?.options?.contains("size=\(32 << 20)") == true)
    }

    @Test("an error of a cgroup speaks of the option")
    func errors() {
        func named(_ message: String) -> String { SandboxError(.refused, message).namingLimitOptions().message }
        #expect(named("linux.resources.memory.limit: no") == "--memory: no")
        #expect(named("linux.resources.unified[\"io.weight\"]: no") == "--io-weight: no")
        #expect(named("linux.resources.unified[\"memory.high\"]: no") == "--limit memory.high: no")
        #expect(named("something else") == "something else")
    }

    @Test("--explain tells the limits in words")
    func words() throws {
        let resources = try #require(
            try limits(["--memory", "1536k", "--memory", "512m", "--cpus", "1.25", "--pids", "9"])
                .resources(LimitFacts(isUnified: true)))
        #expect(ResourcesText(resources).text == "memory 512 MiB without swap, 1.25 processors, 9 processes")
    }
}
