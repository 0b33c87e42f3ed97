import RuntimeSpec

/// What a group has used and may use, in one form for both versions.
///
/// nil is what the host does not tell. `json` is the `data` of runc's `events --stats`, on which engines rely.
package struct CgroupStatistics: Equatable, Sendable {
    /// Times in nanoseconds.
    package struct CPU: Equatable, Sendable {
        package var total: UInt64 = 0
        package var user: UInt64 = 0
        package var system: UInt64 = 0
        /// Of each processor, version 1 only; in all, and of it in the kernel and outside.
        package var perCPU: [UInt64] = []
        package var perCPUSystem: [UInt64] = []
        package var perCPUUser: [UInt64] = []
        package var periods: UInt64 = 0
        package var throttledPeriods: UInt64 = 0
        package var throttled: UInt64 = 0
        package var pressure: Pressure?
    }

    /// Bytes; a `limit` of `UInt64.max` is none.
    package struct Memory: Equatable, Sendable {
        package struct Usage: Equatable, Sendable {
            package var limit: UInt64 = 0
            package var usage: UInt64 = 0
            /// The peak.
            package var max: UInt64 = 0
            /// How often the limit was reached.
            package var failures: UInt64 = 0
        }
        package var usage = Usage()
        /// Version 1: memory and swap together. Version 2: the same, added up.
        package var swap = Usage()
        package var kernel = Usage()
        package var kernelTCP = Usage()
        package var cache: UInt64 = 0
        /// All of `memory.stat`.
        package var raw: [String: UInt64] = [:]
        /// Processes ended by the kernel for want of memory.
        package var oomKills: UInt64 = 0
        package var pressure: Pressure?
    }

    package struct Pids: Equatable, Sendable {
        package var current: UInt64 = 0
        /// 0: none.
        package var limit: UInt64 = 0
        /// How often fork(2) was refused.
        package var refused: UInt64 = 0
    }

    /// One count of one device.
    package struct IOEntry: Equatable, Sendable {
        package var major: UInt64
        package var minor: UInt64
        /// `Read`, `Write`, `Discard`, …, as runc spells them.
        package var operation: String
        package var value: UInt64
    }

    package struct IO: Equatable, Sendable {
        package var bytes: [IOEntry] = []
        package var operations: [IOEntry] = []
        package var pressure: Pressure?
    }

    package struct Hugepages: Equatable, Sendable {
        package var usage: UInt64 = 0
        package var max: UInt64 = 0
        package var failures: UInt64 = 0
    }

    /// Pressure stall information (kernel's accounting/psi.rst).
    package struct Pressure: Equatable, Sendable {
        package struct Line: Equatable, Sendable {
            /// Percent of the last 10, 60 and 300 seconds, as the kernel prints them.
            package var averages: [String: String] = [:]
            /// Microseconds.
            package var total: UInt64 = 0
        }
        package var some = Line()
        package var full = Line()
    }

    package var cpu: CPU?
    package var cpuset: Cpuset?
    package var memory: Memory?
    package var pids: Pids?
    package var io: IO?
    /// By page size, `2MB`.
    package var hugepages: [String: Hugepages] = [:]
    /// The `intel_rdt` object, which whoever knows the container's class fills in.
    package var resourceDirector: JSON = .object([])

    package init() {}
}

extension CgroupStatistics {
    /// The `data` object of an `events` record, as runc writes it.
    package var json: JSON {
        .object([
            .init("cpu", (cpu ?? CPU()).json),
            .init("cpuset", cpuset?.json ?? .object([])),
            .init("memory", (memory ?? Memory()).json),
            .init("pids", (pids ?? Pids()).json),
            .init("blkio", (io ?? IO()).json),
            .init("hugetlb", .object(hugepages.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.json) })),
            .init("intel_rdt", resourceDirector),
            .init("network_interfaces", .null),
        ])
    }
}

private func number(_ key: String, _ value: UInt64) -> JSON.Member { .init(key, .integer(value)) }
private func present(_ key: String, _ value: UInt64) -> [JSON.Member] { value == 0 ? [] : [number(key, value)] }

extension CgroupStatistics.CPU {
    fileprivate var json: JSON {
        var usage = present("total", total)
        for (key, times) in [("percpu", perCPU), ("percpu_kernel", perCPUSystem), ("percpu_user", perCPUUser)]
        where !times.isEmpty { usage.append(.init(key, times.json)) }
        usage += [number("kernel", system), number("user", user)]
        let throttling =
            present("periods", periods) + present("throttledPeriods", throttledPeriods)
            + present("throttledTime", throttled)
        return .object(
            [.init("usage", .object(usage)), .init("throttling", .object(throttling))] + pressureMember(pressure))
    }
}

extension CgroupStatistics.Memory {
    fileprivate var json: JSON {
        let raw = raw.sorted { $0.key < $1.key }.map { number($0.key, $0.value) }
        return .object(
            present("cache", cache) + [
                .init("usage", usage.json), .init("swap", swap.json), .init("kernel", kernel.json),
                .init("kernelTCP", kernelTCP.json), .init("raw", .object(raw)),
            ] + pressureMember(pressure))
    }
}

extension CgroupStatistics.Memory.Usage {
    fileprivate var json: JSON {
        .object(
            [number("limit", limit)] + present("usage", usage) + present("max", max) + [number("failcnt", failures)])
    }
}

extension CgroupStatistics.Pids {
    fileprivate var json: JSON { .object(present("current", current) + present("limit", limit)) }
}

extension CgroupStatistics.IO {
    fileprivate var json: JSON {
        func list(_ key: String, _ entries: [CgroupStatistics.IOEntry]) -> [JSON.Member] {
            entries.isEmpty ? [] : [.init(key, .array(entries.map(\.json)))]
        }
        return .object(
            list("ioServiceBytesRecursive", bytes) + list("ioServicedRecursive", operations)
                + pressureMember(pressure))
    }
}

extension CgroupStatistics.IOEntry {
    fileprivate var json: JSON {
        .object(
            present("major", major) + present("minor", minor) + [.init("op", .string(operation))]
                + present("value", value))
    }
}

extension CgroupStatistics.Hugepages {
    fileprivate var json: JSON {
        .object(present("usage", usage) + present("max", max) + [number("failcnt", failures)])
    }
}

private func pressureMember(_ pressure: CgroupStatistics.Pressure?) -> [JSON.Member] {
    pressure.map { [.init("psi", $0.json)] } ?? []
}

extension CgroupStatistics.Pressure {
    /// Both lines, as runc writes them.
    package var json: JSON {
        func line(_ line: Line) -> JSON {
            let averages = ["avg10", "avg60", "avg300"].map { JSON.Member($0, .number(line.averages[$0] ?? "0")) }
            return .object(averages + [number("total", line.total)])
        }
        return .object([.init("some", line(some)), .init("full", line(full))])
    }
}
