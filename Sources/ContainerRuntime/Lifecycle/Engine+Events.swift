import Cgroups
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What happens to a running container, as `events` tells it.
package enum ContainerEvent: Sendable {
    /// What it uses now.
    case statistics(CgroupStatistics)
    /// The kernel ended one of its processes for want of memory.
    case outOfMemory
    /// Its processes wait for a resource.
    case pressure(PressureWatch.Resource, CgroupStatistics.Pressure)
}

/// When a container's waiting for a resource is told of.
package struct PressureThreshold: Equatable, Sendable {
    package var resource: PressureWatch.Resource
    /// How much of each two seconds some process waits.
    package var stall: Duration

    package init(resource: PressureWatch.Resource, stall: Duration) {
        self.resource = resource
        self.stall = stall
    }
}

extension Engine {
    /// What a running container uses now.
    package func statistics(_ id: String) throws(SandboxError) -> CgroupStatistics {
        let (record, cgroup) = try watchedCgroup(id)
        return try statistics(record, cgroup, try classOfService(record))
    }

    private func statistics(
        _ record: ContainerRecord, _ cgroup: Cgroup, _ rdt: Spec.Linux.IntelRdt?
    ) throws(SandboxError) -> CgroupStatistics {
        var figures = try cgroup.statistics()
        if let rdt {
            figures.resourceDirector = try resctrlFigures(root: ResctrlPlace.mountPoint(), rdt, id: record.id)
        }
        return figures
    }

    private func classOfService(_ record: ContainerRecord) throws(SandboxError) -> Spec.Linux.IntelRdt? {
        record.resctrl == nil ? nil : try store.spec(record.id).linux?.intelRdt
    }

    /// Tells `report` what a container uses, each `interval`, when it runs out of memory, and, if asked, when it waits
    /// for a resource; returns when the container has ended.
    package func watch(
        _ id: String, every interval: Duration, pressure threshold: PressureThreshold? = nil,
        report: (ContainerEvent) -> Void
    ) throws(SandboxError) {
        let (record, cgroup) = try watchedCgroup(id)
        let process = try attempt("open process \(record.pid)") { () throws(Errno) in try openProcess(record.pid) }
        let rdt = try classOfService(record)
        let memory = try startMemoryWatch(cgroup)
        var kills = try self.kills(memory) ?? 0
        let (memoryDescriptor, memoryEvents) = polled(memory)
        let pressure = try startPressureWatch(cgroup, threshold)
        let milliseconds = max(1, interval.milliseconds)
        var next = monotonicMilliseconds() + milliseconds
        // Version 1 tells before it kills, and the kill itself is only counted: it is looked for a second long.
        var recheck = 0
        while true {
            var ready = [
                pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: memoryDescriptor, events: memoryEvents, revents: 0),
                pollfd(fd: polled(pressure), events: Int16(POLLPRI), revents: 0),
            ]
            let left = CInt(clamping: max(0, min(recheck > 0 ? 10 : .max, next - monotonicMilliseconds())))
            try attempt("wait for events") { () throws(Errno) in _ = try waitForEvents(&ready, milliseconds: left) }
            let isTold = ready[1].revents != 0
            if isTold || recheck > 0 || ready[0].revents != 0, let now = try self.kills(memory) {
                for _ in kills..<max(kills, now) { report(.outOfMemory) }
                recheck = now > kills ? 0 : isTold ? 100 : recheck - 1
                kills = max(kills, now)
            }
            if ready[2].revents != 0 { tell(pressure, report) }
            if ready[0].revents != 0 { return }
            if monotonicMilliseconds() >= next {
                next += milliseconds
                // The container may end while it is looked at, which the next turn sees.
                do { report(.statistics(try statistics(record, cgroup, rdt))) } catch { warn("\(error)") }
            }
        }
    }

    private func kills(_ memory: borrowing OOMWatch?) throws(SandboxError) -> UInt64? {
        switch memory {
        case .some(let watch): return try watch.kills()
        case .none: return nil
        }
    }

    /// What to wait for; poll(2) passes over the descriptor -1.
    private func polled(_ memory: borrowing OOMWatch?) -> (CInt, Int16) {
        switch memory {
        case .some(let watch): return (watch.descriptor.raw, watch.pollEvents)
        case .none: return (-1, 0)
        }
    }

    private func startPressureWatch(
        _ cgroup: Cgroup, _ threshold: PressureThreshold?
    ) throws(SandboxError) -> PressureWatch? {
        guard let threshold else { return nil }
        return try PressureWatch.start(cgroup, threshold.resource, stall: threshold.stall)
    }

    private func polled(_ pressure: borrowing PressureWatch?) -> CInt {
        switch pressure {
        case .some(let watch): return watch.descriptor.raw
        case .none: return -1
        }
    }

    private func tell(_ pressure: borrowing PressureWatch?, _ report: (ContainerEvent) -> Void) {
        switch pressure {
        case .some(let watch): if let figures = watch.figures() { report(.pressure(watch.resource, figures)) }
        case .none: break
        }
    }

    /// Without a memory controller nothing can be told about memory, and that is said.
    private func startMemoryWatch(_ cgroup: Cgroup) throws(SandboxError) -> OOMWatch? {
        do { return try OOMWatch.start(cgroup) } catch {
            guard error.kind == .unsupported else { throw error }
            warn("\(error)")
            return nil
        }
    }

    private func watchedCgroup(_ id: String) throws(SandboxError) -> (record: ContainerRecord, cgroup: Cgroup) {
        let record = try store.read(id)
        if record.currentStatus == .stopped {
            throw SandboxError(.wrongState, "container with id \(id) is not running")
        }
        guard let cgroup = try cgroup(of: record), cgroup.exists else {
            throw SandboxError(
                .unsupported, "events: the container has no cgroup of its own",
                remedy: "give it one: run as root, or with a delegated cgroup")
        }
        return (record, cgroup)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
