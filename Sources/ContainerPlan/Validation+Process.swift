import Diagnostics
import RuntimeSpec

/// Refuses a process that could not work on any host; also for the document of `exec --process`. `path` is what
/// messages start with; empty when the process is the whole document.
package func validate(_ process: Spec.Process, at path: String = "process") throws(SandboxError) {
    let prefix = path.isEmpty ? "" : path + "."
    try validateCommand(process, prefix)
    try validateUser(process.user, prefix + "user")
    if let size = process.consoleSize {
        try validateRange(size.height, 0...UInt64(UInt16.max), prefix + "consoleSize.height")
        try validateRange(size.width, 0...UInt64(UInt16.max), prefix + "consoleSize.width")
    }
    try validateCapabilities(process.capabilities ?? Spec.Process.Capabilities(), prefix + "capabilities")
    try validateLimits(process.rlimits ?? [], prefix + "rlimits")
    try validateText(process.apparmorProfile ?? "", prefix + "apparmorProfile")
    try validateText(process.selinuxLabel ?? "", prefix + "selinuxLabel")
    try validateRange(process.oomScoreAdj, -1000...1000, prefix + "oomScoreAdj")
    try process.scheduler.map { (scheduler) throws(SandboxError) in
        try validateScheduler(scheduler, prefix + "scheduler")
    }
    try validateRange(process.ioPriority?.priority, 0...7, prefix + "ioPriority.priority")
    try validateNumberList(process.execCPUAffinity?.initial ?? "", prefix + "execCPUAffinity.initial")
    try validateNumberList(process.execCPUAffinity?.final ?? "", prefix + "execCPUAffinity.final")
}

private func validateCommand(_ process: Spec.Process, _ prefix: String) throws(SandboxError) {
    guard let arguments = process.args else { throw invalid(prefix + "args", "missing") }
    guard let command = arguments.first else { throw invalid(prefix + "args", "empty") }
    if command.isEmpty { throw invalid(prefix + "args[0]", "empty") }
    for (index, argument) in arguments.enumerated() { try validateText(argument, "\(prefix)args[\(index)]") }
    try validateEnvironment(process.env ?? [], prefix + "env")
    try validatePath(process.cwd, prefix + "cwd", absolute: true)
}

private func validateUser(_ user: Spec.Process.User, _ path: String) throws(SandboxError) {
    try validateID(user.uid, path + ".uid")
    try validateID(user.gid, path + ".gid")
    try validateRange(user.umask, 0...0o777, path + ".umask")
    for (index, group) in (user.additionalGids ?? []).enumerated() {
        try validateID(group, "\(path).additionalGids[\(index)]")
    }
}

/// What is effective has to be permitted, too (capset(2)). A name that is not known is worth a warning when the process
/// is made, and no failure (`config.md`, Process).
private func validateCapabilities(_ sets: Spec.Process.Capabilities, _ path: String) throws(SandboxError) {
    let permitted = sets.permitted ?? []
    for (index, capability) in (sets.effective ?? []).enumerated()
    where !permitted.contains(capability) && knownCapabilities.contains(capability) {
        throw invalid("\(path).effective[\(index)]", "\(capability) is not in the permitted set")
    }
}

private func validateLimits(_ limits: [Spec.Process.RLimit], _ path: String) throws(SandboxError) {
    for (index, limit) in limits.enumerated() {
        guard !limits[..<index].contains(where: { $0.kind == limit.kind }) else {
            throw invalid("\(path)[\(index)].type", "\(limit.kind.rawValue) is set twice")
        }
        if limit.soft > limit.hard {
            throw invalid("\(path)[\(index)].soft", "\(limit.soft) is more than the hard limit \(limit.hard)")
        }
    }
}

/// The rules of sched_setattr(2) and sched(7).
private func validateScheduler(_ scheduler: Spec.Process.Scheduler, _ path: String) throws(SandboxError) {
    let policy = scheduler.policy
    switch policy {
    case .iso: throw SandboxError(.unsupported, "\(path).policy: Linux does not implement SCHED_ISO")
    case .other, .batch: try validateRange(scheduler.nice, -20...19, path + ".nice")
    case .fifo, .roundRobin: try validateRange(scheduler.priority ?? 0, 1...99, path + ".priority")
    case .deadline: try validateDeadline(scheduler, path)
    case .idle: break
    }
    if policy != .fifo && policy != .roundRobin, let priority = scheduler.priority, priority != 0 {
        throw invalid(path + ".priority", "only SCHED_FIFO and SCHED_RR have a priority")
    }
    let times = [(scheduler.runtime, "runtime"), (scheduler.deadline, "deadline"), (scheduler.period, "period")]
    for (time, name) in times where policy != .deadline && (time ?? 0) != 0 {
        throw invalid("\(path).\(name)", "only SCHED_DEADLINE has a \(name)")
    }
}

/// runtime ≤ deadline ≤ period, where a period of 0 is the deadline.
private func validateDeadline(_ scheduler: Spec.Process.Scheduler, _ path: String) throws(SandboxError) {
    let runtime = scheduler.runtime ?? 0
    let deadline = scheduler.deadline ?? 0
    let period = scheduler.period ?? 0
    if runtime < 1024 { throw invalid(path + ".runtime", "expected at least 1024 nanoseconds, found \(runtime)") }
    if deadline < runtime { throw invalid(path + ".deadline", "\(deadline) is less than the runtime \(runtime)") }
    if period != 0 && period < deadline {
        throw invalid(path + ".period", "\(period) is less than the deadline \(deadline)")
    }
}

/// capabilities(7), in the order of their numbers.
package let knownCapabilities: [String] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
]
