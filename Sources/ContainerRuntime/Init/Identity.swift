import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Becomes uid 0 and gid 0 inside the container's user namespace, where they are mapped, so that what init makes belongs
/// to them.
///
/// - Parameter maps: those of a new namespace; nil for one that was joined, whose own maps decide.
func becomeRootInside(_ maps: IDMaps?) throws(SandboxError) {
    func become(_ who: String, _ ids: [Spec.Linux.IDMapping]?, _ body: () throws(Errno) -> Void) throws(SandboxError) {
        if let ids, !contains(ids, 0) { return }
        do { try body() } catch {
            // In a namespace that was joined: not mapped.
            if ids == nil && error == .invalidArgument { return }
            throw SandboxError(error, "become \(who) 0 in the user namespace")
        }
    }
    try become("group", maps?.gids) { () throws(Errno) in try setGroupIDs(0) }
    try become("user", maps?.uids) { () throws(Errno) in try setUserIDs(0) }
}

func contains(_ maps: [Spec.Linux.IDMapping], _ id: UInt32) -> Bool {
    maps.contains { id >= $0.containerID && UInt64(id) < UInt64($0.containerID) + UInt64($0.size) }
}

/// Takes on the command's groups and user (credentials(7)); capabilities survive for `finishCapabilities`.
func becomeUser(_ process: ProcessPlan) throws(SandboxError) {
    try attempt("set the groups \(process.additionalGids)") { () throws(Errno) in
        // With a single-id map setgroups(2) is denied for good: the caller's groups stay.
        let denied = try groupsAreDenied()
        if denied && process.additionalGids.isEmpty { return }
        try setSupplementaryGroups(process.additionalGids)
    }
    try attempt("become group \(process.gid)") { () throws(Errno) in try setGroupIDs(process.gid) }
    try attempt("become user \(process.uid)") { () throws(Errno) in
        try setUserIDs(process.uid)
    }
}

/// Whether user_namespaces(7) denies setgroups(2) here. A root without /proc has no such file: then it is tried.
private func groupsAreDenied() throws(Errno) -> Bool {
    do { return try readText("/proc/self/setgroups").hasPrefix("deny") } catch {
        if error == .noSuchFileOrDirectory { return false }
        throw error
    }
}

/// Applies the resource limits; raising a hard limit needs rights of the host, so the parent has done that already.
func setLimits(_ limits: [Spec.Process.RLimit]) throws(SandboxError) {
    for (index, limit) in limits.enumerated() {
        try attempt("process.rlimits[\(index)]: set \(limit.kind.rawValue) to \(limit.soft):\(limit.hard)") {
            () throws(Errno) in
            try setResourceLimit(limit.kind.number, soft: limit.soft, hard: limit.hard)
        }
    }
}

extension Spec.Process.RLimit.Kind {
    /// The kernel's number (getrlimit(2)).
    package var number: CInt {
        switch self {
        case .cpu: 0
        case .fileSize: 1
        case .data: 2
        case .stack: 3
        case .core: 4
        case .residentSet: 5
        case .processes: 6
        case .noFile: 7
        case .lockedMemory: 8
        case .addressSpace: 9
        case .locks: 10
        case .pendingSignals: 11
        case .messageQueue: 12
        case .nice: 13
        case .realtimePriority: 14
        case .realtimeTime: 15
        }
    }
}

/// Sets the out-of-memory score; lowering it needs rights of the host, and missing them is only worth a warning in a
/// rootless container.
func setOutOfMemoryScore(
    _ score: Int, _ channel: InitChannel, isRootless: Bool
) throws(SandboxError) {
    let process = try ProcFiles.openHost()
    do { try process.write("self/oom_score_adj", "\(score)") } catch {
        guard isRootless, error == .permissionDenied || error == .notPermitted else {
            throw SandboxError(error, "process.oomScoreAdj: set it to \(score)")
        }
        channel.warn("process.oomScoreAdj: \(score) is lower than this user may set, the present one stays")
    }
}

/// Scheduling class and I/O priority (sched_setattr(2), ioprio_set(2)).
func setScheduling(_ process: ProcessPlan) throws(SandboxError) {
    if let scheduler = process.scheduler {
        var attributes = clinux_sched_attr()
        attributes.size = UInt32(MemoryLayout<clinux_sched_attr>.size)
        attributes.sched_policy = scheduler.policy.number
        attributes.sched_nice = scheduler.nice ?? 0
        attributes.sched_priority = UInt32(clamping: scheduler.priority ?? 0)
        attributes.sched_flags = (scheduler.flags ?? []).reduce(0) { $0 | $1.bit }
        attributes.sched_runtime = scheduler.runtime ?? 0
        attributes.sched_deadline = scheduler.deadline ?? 0
        attributes.sched_period = scheduler.period ?? 0
        do throws(Errno) {
            try withUnsafeMutablePointer(to: &attributes) { (attributes) throws(Errno) -> Void in
                try syscallRetrying(Int(SYS_sched_setattr), 0, address(attributes), 0)
            }
        } catch {
            let wantsAll = error == .notPermitted && scheduler.policy == .deadline
            throw SandboxError(
                error, "process.scheduler: set \(scheduler.policy.rawValue)",
                remedy: wantsAll
                    ? "process scheduler can't be used together with AllowedCPUs, which linux.resources.cpu.cpus sets"
                    : nil)
        }
    }
    if let priority = process.ioPriority {
        let value = priority.class.number << 13 | Int(priority.priority ?? 0)
        try attempt("process.ioPriority: set \(priority.class.rawValue)") { () throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_ioprio_set), 1, 0, value)
        }
    }
    if let personality = process.personality {
        try attempt("linux.personality: set \(personality.domain.rawValue)") { () throws(Errno) in
            try setPersonality(personality.domain == .linux32 ? 0x8 : 0)
        }
    }
}

extension Spec.Process.Scheduler.Policy {
    fileprivate var number: UInt32 {
        switch self {
        case .other: 0
        case .fifo: 1
        case .roundRobin: 2
        case .batch: 3
        case .iso: 4
        case .idle: 5
        case .deadline: 6
        }
    }
}

extension Spec.Process.Scheduler.Flag {
    fileprivate var bit: UInt64 {
        switch self {
        case .resetOnFork: 0x1
        case .reclaim: 0x2
        case .deadlineOverrun: 0x4
        case .keepPolicy: 0x8
        case .keepParameters: 0x10
        case .utilizationClampMinimum: 0x20
        case .utilizationClampMaximum: 0x40
        }
    }
}

extension Spec.Process.IOPriority.Class {
    fileprivate var number: Int {
        switch self {
        case .realtime: 1
        case .bestEffort: 2
        case .idle: 3
        }
    }
}
