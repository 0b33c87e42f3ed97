import RuntimeSpec

extension CgroupStatistics {
    /// What version 1's cpuset says of a group; version 2's has nothing that engines ask for.
    package struct Cpuset: Equatable, Sendable {
        package var processors: [Int] = []
        package var memoryNodes: [Int] = []
        /// By the names of its files, less `cpuset.`, in the order of runc's `events`.
        package var settings: [(name: String, value: Int64)] = []

        package static func == (left: Self, right: Self) -> Bool {
            left.processors == right.processors && left.memoryNodes == right.memoryNodes
                && left.settings.elementsEqual(right.settings) { $0 == $1 }
        }

        var json: JSON {
            var members: [JSON.Member] = []
            if !processors.isEmpty { members.append(.init("cpus", .array(processors.map { .integer($0) }))) }
            if !memoryNodes.isEmpty { members.append(.init("mems", .array(memoryNodes.map { .integer($0) }))) }
            return .object(members + settings.map { .init($0.name, .integer($0.value)) })
        }
    }
}

extension GroupFiles {
    func readCpuset(_ result: inout CgroupStatistics) {
        func list(_ file: String) -> [Int] {
            do { return try parseList(text(file) ?? "", file) } catch { return [] }  // none
        }
        var cpuset = CgroupStatistics.Cpuset()
        cpuset.processors = list("cpuset.cpus")
        cpuset.memoryNodes = list("cpuset.mems")
        for name in [
            "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
            "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
        ] {
            guard let text = text("cpuset.\(name)"), let value = Int64(text.filter { $0 != "\n" }) else { continue }
            cpuset.settings.append((name, value))
        }
        result.cpuset = cpuset
    }

    /// A line for each processor after a heading: `NUMBER USER SYSTEM`.
    func readUsageOfEach(_ cpu: inout CgroupStatistics.CPU) {
        for line in (text("cpuacct.usage_all") ?? "").split(separator: "\n").dropFirst() {
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 3 else { continue }
            cpu.perCPUUser.append(numbers[1])
            cpu.perCPUSystem.append(numbers[2])
        }
    }
}
