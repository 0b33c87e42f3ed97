import Diagnostics
import LinuxKernel
import RuntimeSpec

// The part of a group's life that systemd has in its hands.
extension Cgroup {
    /// Starts the scope with its first process in it; where it is, the process's own entry in /proc tells.
    func startUnit(
        _ unit: SystemdUnit, pid: pid_t, resources: Spec.Linux.Resources, rootless: Bool
    ) throws(SandboxError) -> CgroupRecord {
        let unified = unit.host.mode == .unified
        var manager = try ServiceManager(unit.addresses, user: unit.user)
        var properties = try scopeProperties(unit, pid: pid, resources: resources, unified: unified)
        if !unified && !rootless {
            let target = try LegacyDevices(DevicePolicy(resources.devices ?? []).rules)
            let drivers = try attempt("read /proc/devices") { () throws(Errno) in try readText("/proc/devices") }
            properties += deviceProperties(target, devices: drivers)
        }
        try manager.startTransientUnit(unit.name, properties)
        var record = CgroupRecord(
            unit: .init(name: unit.name, user: unit.user, addresses: unit.addresses), rootless: rootless)
        do {
            record.directories = try Self.scopeDirectories(unit, pid: pid)
            try completeDirectories(record, pid: pid, resources: resources)
        } catch {
            do { try manager.stopUnit(unit.name) } catch {}  // the first error is the one to tell
            throw error
        }
        return record
    }

    /// Starts a scope with this process in it, in a group `supervisor`; the record is of a group `container` beside it,
    /// still to be made.
    ///
    /// Two groups, since one with processes cannot switch on controllers for those below it. The scope needs no end: it
    /// is gone when this process is.
    static func startSupervised(_ unit: SystemdUnit, rootless: Bool) throws(SandboxError) -> CgroupRecord {
        let pid = getpid()
        var manager = try ServiceManager(unit.addresses, user: unit.user)
        try manager.startTransientUnit(
            unit.name, try scopeProperties(unit, pid: pid, resources: .init(), unified: true))
        guard var directory = try scopeDirectories(unit, pid: pid).first else {
            throw SandboxError(.system, "\(unit.name) runs, but its cgroup is not mounted here")
        }
        try attempt("enter cgroup \(directory.path)/supervisor") { () throws(Errno) in
            do throws(Errno) { try makeDirectory(directory.path + "/supervisor") } catch {
                if error != .fileExists { throw error }
            }
            try writeFile(directory.path + "/supervisor/cgroup.procs", "0")
        }
        directory.path += "/container"
        return CgroupRecord(
            directories: [directory], unit: .init(name: unit.name, user: unit.user, addresses: unit.addresses),
            rootless: rootless)
    }

    /// The scope's folder in each hierarchy. systemd tracks processes in version 2, or in version 1's `name=systemd`.
    private static func scopeDirectories(_ unit: SystemdUnit, pid: pid_t) throws(SandboxError) -> [CgroupDirectory] {
        let text = try attempt("read /proc/\(pid)/cgroup") { () throws(Errno) in try readText("/proc/\(pid)/cgroup") }
        let group = parseOwnGroups(text).first { group in
            (group.controllers.isEmpty || group.controllers == ["name=systemd"]) && lastPart(group.path) == unit.name
        }
        guard let group else {
            throw SandboxError(
                .system, "\(unit.name) runs, but process \(pid) is not in it",
                remedy: "systemd and this process must see the same process ids: run outside a pid namespace")
        }
        return unit.host.hierarchies.compactMap { hierarchy in
            guard let path = hierarchy.directory(of: group.path) else { return nil }
            return CgroupDirectory(
                unified: hierarchy.unified, controllers: hierarchy.controllers, path: path,
                mountPoint: hierarchy.mountPoint)
        }
    }

    /// Version 1: systemd leaves out hierarchies it has no use for, where the scope's folder is made in the same place.
    /// Version 2: it leaves out controllers such as hugetlb.
    private func completeDirectories(
        _ record: CgroupRecord, pid: pid_t, resources: Spec.Linux.Resources
    ) throws(SandboxError) {
        if record.rootless { return }
        let needed = Set(try ResourcePlan.make(resources, directories: record.directories).writes.map(\.controller))
        let maker = CgroupMaker(rootless: false, limited: true, needed: needed)
        for directory in record.directories { try maker.complete(directory) }
        if !record.isUnified { try CgroupMover(pid: pid).move(into: record.directories) }
    }

    /// Moves a process into the unit, or into the group below it in which `initPID` is.
    func attachToUnit(_ unit: CgroupRecord.Unit, pid: pid_t, below: String) throws(SandboxError) {
        var manager = try ServiceManager(unit.addresses, user: unit.user)
        try manager.attach(pid, to: unit.name, below: below)
    }

    /// Tells systemd of new limits, since it writes those it knows again when it is reloaded.
    func updateUnit(
        _ unit: CgroupRecord.Unit, _ resources: Spec.Linux.Resources, unified: Bool
    ) throws(SandboxError) {
        let properties = try resourceProperties(resources, unified: unified)
        // The group below a supervised scope is delegated: systemd knows nothing of its limits.
        if properties.isEmpty || lastPart(record.tracking?.path ?? "") != unit.name { return }
        var manager = try ServiceManager(unit.addresses, user: unit.user)
        try manager.setProperties(unit.name, properties)
    }

    /// Ends the unit of a group whose processes are gone. One that has ended by itself has taken its folder along, and
    /// one with a supervisor ends with that.
    func stopUnit(_ unit: CgroupRecord.Unit, directory: String) throws(SandboxError) {
        if lastPart(directory) != unit.name || !fileExists(directory) { return }
        var manager = try ServiceManager(unit.addresses, user: unit.user)
        try manager.stopUnit(unit.name)
    }
}
