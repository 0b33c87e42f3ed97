import LinuxKernel

/// Every process this one can see, by its parent.
package struct ProcessTree: Equatable, Sendable {
    /// A line of `/proc/PID/stat` (proc_pid_stat(5)).
    package struct Process: Equatable, Sendable {
        package var parent: Int32
        /// Clock ticks of it and of the children it has waited for.
        package var ticks: UInt64
        package var threads: UInt64
        package var residentPages: UInt64

        package init?(stat: String) {
            // The name in parentheses may hold anything: fields are counted after the last one.
            guard let end = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 21, let parent = Int32(fields[1]), let threads = UInt64(fields[17]),
                let pages = UInt64(fields[21])
            else { return nil }
            self.parent = parent
            ticks = fields[11...14].reduce(0) { $0 + (UInt64($1) ?? 0) }
            self.threads = threads
            residentPages = pages
        }
    }

    package var processes: [Int32: Process]

    package init(_ processes: [Int32: Process]) { self.processes = processes }

    static func read() -> ProcessTree {
        var processes: [Int32: Process] = [:]
        var names: [String] = []
        // Without /proc nothing is known, and nothing is counted.
        do { names = try directoryEntries(of: openPath("/proc", O_RDONLY | O_DIRECTORY)) } catch {}
        for pid in names.compactMap({ Int32($0) }) {
            // One that has ended since is not there.
            do { processes[pid] = Process(stat: try readText("/proc/\(pid)/stat")) } catch {}
        }
        return ProcessTree(processes)
    }

    /// The sum of all below process 1 of a sandbox, whose own threads and memory are not the command's.
    package func figures(
        below initial: Int32, ticksPerSecond: Int = sysconf(Int32(_SC_CLK_TCK)),
        pageSize: Int = sysconf(Int32(_SC_PAGESIZE))
    ) -> SandboxFigures {
        var figures = SandboxFigures()
        var ticks = processes[initial]?.ticks ?? 0
        var pages: UInt64 = 0
        let children = Dictionary(grouping: processes.keys) { processes[$0]?.parent ?? 0 }
        var open = children[initial] ?? []
        var seen: Set<Int32> = [initial]
        while let pid = open.popLast() {
            guard seen.insert(pid).inserted, let process = processes[pid] else { continue }
            ticks += process.ticks
            pages += process.residentPages
            figures.tasks += process.threads
            open += children[pid] ?? []
        }
        figures.cpuNanoseconds = ticks * (1_000_000_000 / UInt64(max(1, ticksPerSecond)))
        figures.memoryBytes = pages * UInt64(max(1, pageSize))
        return figures
    }
}
