import Diagnostics
import Launcher

/// The options that limit what a sandbox may use of the machine.
package struct LimitOptions: Equatable, Sendable {
    private var memory: String?
    private var memorySwap: String?
    private var cpus: String?
    private var cpuWeight: String?
    private var cpuset: String?
    private var pids: String?
    private var ioWeight: String?
    private var ioMax: [String] = []
    private var limit: [String] = []

    package init() {}

    package mutating func visit(_ options: inout OptionVisitor) {
        options.heading("Limits")
        options.value("--memory", &memory, "size", "At most this much memory (512m, 2g); more ends the command.")
        options.value(
            "--memory-swap", &memorySwap, "size",
            "With --memory: at most this much of memory and swap together (default: no swap).")
        options.value("--cpus", &cpus, "number", "At most this many processors' time (1.5).")
        options.value(
            "--cpu-weight", &cpuWeight, "weight", "The share of busy processors, 1 to 10000; others have 100.")
        options.value("--cpuset", &cpuset, "list", "Only on these processors (0-3,7).")
        options.value("--pids", &pids, "number", "At most this many processes and threads.")
        options.value("--io-weight", &ioWeight, "weight", "The share of busy disks, 1 to 10000; others have 100.")
        options.values(
            "--io-max", &ioMax, "path:key=rate",
            "Rates of the disk that a path is on: rbps, wbps (bytes in a second), riops, wiops; may be repeated.")
        options.values(
            "--limit", &limit, "file=value",
            "Any other limit by its cgroup file (memory.high=400M); may be repeated.")
    }

    /// The limits that the options ask for.
    func limits(
        absolute: (_ path: String, _ option: String) throws(SandboxError) -> String
    ) throws(SandboxError) -> ResourceLimits {
        let single: [(ResourceLimits.Name, String?)] = [
            (.memory, memory), (.memorySwap, memorySwap), (.cpus, cpus), (.cpuWeight, cpuWeight), (.cpuset, cpuset),
            (.pids, pids), (.ioWeight, ioWeight),
        ]
        let given =
            single.compactMap { name, text in text.map { (name, $0) } }
            + ioMax.map { (ResourceLimits.Name.ioMax, $0) } + limit.map { (ResourceLimits.Name.limit, $0) }
        var limits = ResourceLimits()
        for (name, text) in given {
            let option = "--\(name.rawValue)"
            try limits.set(name, text, asked: option) { (path) throws(SandboxError) in try absolute(path, option) }
        }
        return limits
    }
}
