import Cgroups
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The cgroup of a limited run, from its making to the last words about it.
///
/// The server of a FUSE root stays outside: inside, it would wait for memory that is free only when it has written
/// out the pages it serves. What it holds in memory is limited by the size of that file system.
struct SandboxLimits {
    let cgroup: Cgroup

    /// Makes the group with the limits in force; nil for a run without any, which costs nothing.
    ///
    /// To be called before signals are blocked: a service manager may be slow, and a caller impatient.
    static func make(_ spec: Spec) throws(SandboxError) -> SandboxLimits? {
        guard var resources = spec.linux?.resources, resources.hasLimits else { return nil }
        // The sandbox's own init is not one of the command's processes.
        if let limit = resources.pids?.limit, limit > 0, limit < Int64.max { resources.pids?.limit = limit + 1 }
        let request = CgroupRequest(
            containerID: name(of: getpid()), resources: resources, driver: .automatic, always: false)
        let cgroup = try within("limits") { () throws(SandboxError) in
            let host = try CgroupHost.read()
            host.sweep(isAbandoned)
            return try Cgroup.create(try planCgroup(request, host: host), resources: resources)
        }
        return SandboxLimits(cgroup: cgroup)
    }

    /// `run-PID-START`: two processes with one pid differ in their start.
    private static func name(of pid: pid_t) -> String { "run-\(pid)-\(processStatus(pid)?.startTime ?? 0)" }

    /// Whether a group is one of ours whose supervisor is gone; it could not take the group away.
    private static func isAbandoned(_ name: String) -> Bool {
        let parts = name.split(separator: "-")
        guard parts.count == 4, parts[0] == "sandbox", parts[1] == "run", let pid = pid_t(parts[2]) else {
            return false
        }
        return "sandbox-" + Self.name(of: pid) != name
    }

    /// Ends what is left in the group and removes it; says what the command ran into.
    func finish(warn: (String) -> Void) {
        for line in lastWords(cgroup.exhaustion()) { warn(line) }
        do {
            try cgroup.kill()
            try cgroup.remove()
        } catch { warn("\(error)") }
    }

    /// After a failure, which matters more than what cannot be removed; with its mend, where a limit is the cause.
    func discard(after error: SandboxError) -> SandboxError {
        let isFull = error.errno == EAGAIN && cgroup.exhaustion().refusedForks > 0
        do {
            try cgroup.kill()
            try cgroup.remove()
        } catch {}
        return isFull
            ? error.hinting("the limit of processes leaves no room: pids.max counts the sandbox's own, --pids does not")
            : error
    }
}

/// One line for each limit that a command has run into; pure.
func lastWords(_ exhaustion: CgroupExhaustion) -> [String] {
    var lines: [String] = []
    let kills = exhaustion.outOfMemoryKills
    if kills > 0 {
        let ended = "the kernel ended \(kills == 1 ? "a process" : "\(kills) processes") of the sandbox"
        let peak = exhaustion.memoryPeakBytes.map { ", the peak was \(sizeText($0))" } ?? ""
        if exhaustion.reachedMemoryLimit, let limit = exhaustion.memoryLimitBytes {
            let hint = "(hint: --memory, or memory in a profile or project file, sets it)"
            lines.append("out of memory: \(ended) at the limit of \(sizeText(limit))\(peak) \(hint)")
        } else {
            lines.append("out of memory: \(ended), since memory ran out outside of it\(peak)")
        }
    }
    if exhaustion.refusedForks > 0 {
        let times = exhaustion.refusedForks == 1 ? "once" : "\(exhaustion.refusedForks) times"
        lines.append("out of processes: a new process or thread was refused \(times) (hint: --pids sets the limit)")
    }
    return lines
}

/// `512 MiB`, `1.5 GiB`; one digit after the point where there is a remainder.
package func sizeText(_ bytes: UInt64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var index = 0
    while index + 1 < units.count && bytes >> (10 * UInt64(index + 1)) > 0 { index += 1 }
    if index == 0 { return "\(bytes) bytes" }
    let tenths = ((bytes >> (10 * UInt64(index - 1))) * 10) >> 10
    return tenths % 10 == 0 ? "\(tenths / 10) \(units[index])" : "\(tenths / 10).\(tenths % 10) \(units[index])"
}
