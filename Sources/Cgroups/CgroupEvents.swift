import Diagnostics
import LinuxKernel

/// Tells when the kernel ends a process of a group for want of memory.
///
/// `descriptor` becomes ready (`pollEvents`) at an event, and once more when the group is removed; `kills` then
/// says how many there were.
package struct OOMWatch: ~Copyable, Sendable {
    package let descriptor: Descriptor
    /// What to ask poll(2) for.
    package let pollEvents: Int16
    /// Version 1: the file the event is about must stay open.
    private let subject: Descriptor?
    private let path: String
    private let file: String

    /// Starts watching a group's memory (cgroup-v2.rst `memory.events`; cgroup-v1/memory.rst, OOM Control).
    package static func start(_ cgroup: Cgroup) throws(SandboxError) -> OOMWatch {
        if let directory = cgroup.record.legacy("memory") {
            return try OOMWatch(legacy: directory.path)
        } else if let directory = cgroup.record.unified, fileExists(directory.path + "/memory.events") {
            return try OOMWatch(unified: directory.path)
        }
        throw SandboxError(
            .unsupported, "watch for out-of-memory kills: the container's cgroup has no memory controller",
            remedy: remedyForMissingGroup(rootless: cgroup.record.rootless))
    }

    private init(unified path: String) throws(SandboxError) {
        file = "memory.events"
        self.path = path
        let events = try attempt("read \(path)/memory.events") { () throws(Errno) in
            let file = try openPath(path + "/memory.events", O_RDONLY)
            _ = try readAll(file.raw)  // the first read arms the notification
            return file
        }
        descriptor = consume events
        pollEvents = Int16(POLLPRI)
        subject = nil
    }

    private init(legacy path: String) throws(SandboxError) {
        let control = path + "/memory.oom_control"
        let open = try attempt("open \(control)") { () throws(Errno) in try openPath(control, O_RDONLY) }
        let event = try attempt("make an eventfd") { () throws(Errno) in try makeEventDescriptor() }
        try attempt("register with \(path)/cgroup.event_control") { () throws(Errno) in
            try writeFile(path + "/cgroup.event_control", "\(event.raw) \(open.raw)")
        }
        descriptor = consume event
        pollEvents = Int16(POLLIN)
        subject = consume open
        self.path = path
        file = "memory.oom_control"
    }

    /// Clears the event; the number of processes killed since the group was made, nil when the group is gone.
    package func kills() throws(SandboxError) -> UInt64? {
        if subject != nil {
            var buffer = [UInt8](repeating: 0, count: 8)
            do throws(Errno) {
                _ = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                    try readBytes(descriptor.raw, into: UnsafeMutableRawBufferPointer(buffer))
                }
            } catch { if error != .wouldBlock { throw SandboxError(error, "read an eventfd") } }
        } else {
            do throws(Errno) {
                try syscallRetrying(Int(SYS_lseek), Int(descriptor.raw), 0, Int(SEEK_SET))
                _ = try readAll(descriptor.raw)
            } catch {
                if error != .operationNotSupportedByDevice { throw SandboxError(error, "read \(path)/\(file)") }
            }
        }
        do throws(Errno) {
            return keyedNumbers(try readText("\(path)/\(file)"))["oom_kill"]
        } catch {
            if error == .noSuchFileOrDirectory || error == .operationNotSupportedByDevice { return nil }
            throw SandboxError(error, "read \(path)/\(file)")
        }
    }
}

/// Tells when processes of a group wait too long for a resource (kernel's accounting/psi.rst, Monitoring).
package struct PressureWatch: ~Copyable, Sendable {
    package enum Resource: String, Sendable, CaseIterable { case cpu, memory, io }

    /// The span that is looked at; those without privileges may have multiples of two seconds alone.
    package static let window = Duration.seconds(2)

    /// Ready for POLLPRI at most once in a window; POLLERR once the group is gone.
    package let descriptor: Descriptor
    package let resource: Resource
    private let file: String

    /// Ready when some process has waited for `stall` of a window.
    package static func start(
        _ cgroup: Cgroup, _ resource: Resource, stall: Duration
    ) throws(SandboxError) -> PressureWatch {
        guard let directory = cgroup.record.unified else {
            throw SandboxError(
                .unsupported, "watch for pressure: the container is in no group of cgroup v2",
                remedy: "boot with systemd.unified_cgroup_hierarchy=1")
        }
        return try PressureWatch("\(directory.path)/\(resource.rawValue).pressure", resource, stall)
    }

    private init(_ file: String, _ resource: Resource, _ stall: Duration) throws(SandboxError) {
        let trigger = "some \(stall.microseconds) \(Self.window.microseconds)"
        descriptor = try within("watch for pressure") { () throws(SandboxError) in
            let opened = try attempt("open \(file)") { () throws(Errno) in
                try openPath(file, O_RDWR | O_NONBLOCK)
            }
            try attempt("write \"\(trigger)\" to \(file)") { () throws(Errno) in
                try writeAll(opened.raw, Array(trigger.utf8) + [0])
            }
            return opened
        }
        self.resource = resource
        self.file = file
    }

    /// The group's figures now; nil when it is gone.
    package func figures() -> CgroupStatistics.Pressure? {
        do { return parsePressure(try readText(file)) } catch { return nil }
    }
}

extension Duration {
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
