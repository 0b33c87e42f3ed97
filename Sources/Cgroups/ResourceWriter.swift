import Diagnostics
import LinuxKernel

/// Writes a plan's values into a container's directories.
struct ResourceWriter {
    var record: CgroupRecord

    /// All writes in order; the first that is refused is thrown, with its property and its mend.
    func write(_ writes: [ResourceWrite]) throws(SandboxError) {
        var index = 0
        while index < writes.count { index = try write(writes, from: index) }
    }

    /// Writes one value, and the next first when the kernel wants them the other way round; the index to go on with.
    private func write(_ writes: [ResourceWrite], from index: Int) throws(SandboxError) -> Int {
        let write = writes[index]
        do {
            try apply(write)
            return index + 1
        } catch .invalidArgument where write.orAfterNext && index + 1 < writes.count {
            let next = try self.write(writes, from: index + 1)
            do { try apply(write) } catch { throw refusal(error, write) }
            return next
        } catch {
            throw refusal(error, write)
        }
    }

    private func apply(_ write: ResourceWrite) throws(Errno) {
        guard let directory = directory(for: write.controller) else {
            if write.harmlessIfMissing { return }
            throw .noSuchFileOrDirectory
        }
        var candidates = [(file: write.file, value: write.value)] + write.otherwise
        while true {
            let candidate = candidates.removeFirst()
            do {
                return try writeFile("\(directory.path)/\(candidate.file)", candidate.value)
            } catch .noSuchFileOrDirectory {
                if !candidates.isEmpty { continue }
                if write.harmlessIfMissing { return }
                throw .noSuchFileOrDirectory
            }
        }
    }

    private func directory(for controller: String) -> CgroupDirectory? {
        record.legacy(controller) ?? record.unified
    }

    private func refusal(_ error: Errno, _ write: ResourceWrite) -> SandboxError {
        switch error {
        case .permissionDenied where write.controller == "cpuset" && record.legacy("cpuset") != nil:
            SandboxError(
                .invalidInput, "\(write.asked): the group above has not all of \"\(write.value)\"",
                errno: error.rawValue, remedy: hint(write))
        case .noSuchFileOrDirectory, .permissionDenied, .notPermitted, .readOnlyFileSystem: missing(error, write)
        case .invalidArgument, .outOfRange, .operationNotSupportedByDevice, .noSuchAddressOrDevice:
            SandboxError(
                .invalidInput, "\(write.asked): the kernel refuses \"\(write.value)\" for \(write.file): \(error.text)",
                errno: error.rawValue, remedy: hint(write))
        case .resourceBusy:
            SandboxError(
                .refused, "\(write.asked): \"\(write.value)\" is less than what is in use (\(write.file))",
                errno: error.rawValue)
        default: SandboxError(error, "\(write.asked): write \"\(write.value)\" to \(write.file)")
        }
    }

    /// The controller, or this one file, is not there for us.
    private func missing(_ error: Errno, _ write: ResourceWrite) -> SandboxError {
        let denied = error != .noSuchFileOrDirectory
        let name = write.controller
        if record.rootless && !(error == .noSuchFileOrDirectory && hasController(name)) {
            return SandboxError(
                denied ? .refused : .unsupported,
                "\(write.asked): the \(name) controller is not delegated to this user", errno: error.rawValue,
                remedy: delegationRemedy(name))
        }
        return SandboxError(
            denied ? .refused : .unsupported,
            denied
                ? "\(write.asked): write \(write.file): \(error.text)"
                : "\(write.asked): this host has no \(write.file) (controller \(name))",
            errno: error.rawValue, remedy: remedyForMissingFile(write))
    }

    /// Whether the group has the controller, so that it is this file which the kernel lacks.
    private func hasController(_ name: String) -> Bool {
        guard let path = record.unified?.path else { return false }
        do {
            return try readText(path + "/cgroup.controllers").split(whereSeparator: \.isWhitespace).contains("\(name)")
        } catch { return false }  // as good as without
    }

    private func remedyForMissingFile(_ write: ResourceWrite) -> String? {
        if write.file.contains("swap") || write.file.contains("memsw") { return "boot with swapaccount=1" }
        guard write.file.contains("weight"), ["io", "blkio"].contains(write.controller) else { return nil }
        return "only some schedulers know weights: as root, echo bfq > /sys/block/DISK/queue/scheduler"
    }

    private func delegationRemedy(_ controller: String) -> String {
        guard fileExists("/run/systemd/system") else { return remedyForMissingGroup(rootless: true) }
        if !record.isUnified { return "boot with systemd.unified_cgroup_hierarchy=1, or run as root" }
        if !["cpu", "cpuset", "io", "memory", "pids"].contains(controller) {
            return "systemd passes it on to nobody: run it as root"
        }
        return "as root, `systemctl edit user@.service`, add `[Service]` and `Delegate=cpu cpuset io memory pids`, "
            + "then log in again"
    }

    private func hint(_ write: ResourceWrite) -> String? {
        switch write.controller {
        case "cpuset": "the host's processors and memory nodes are in /sys/devices/system/{cpu,node}/online"
        case "io", "blkio": "the device must be a whole disk that is there: see lsblk"
        default: nil
        }
    }
}

/// Moves one process between groups, in every hierarchy or in none.
struct CgroupMover {
    var pid: pid_t

    func move(into directories: [CgroupDirectory]) throws(SandboxError) {
        var left: [String?]?
        for (index, directory) in directories.enumerated() {
            // Where it is now matters only if a later hierarchy can refuse.
            if index == 0 && directories.count > 1 { left = try places(like: directories) }
            do {
                try writeFile(directory.path + "/cgroup.procs", String(pid))
            } catch {
                for case let path? in (left ?? []).prefix(index) {
                    do { try writeFile(path + "/cgroup.procs", String(pid)) } catch {}  // the first error is told
                }
                throw SandboxError(error, "move process \(pid) into cgroup \(directory.path)")
            }
        }
    }

    /// The process's present directory in each hierarchy, nil where it is not shown.
    func places(like directories: [CgroupDirectory]) throws(SandboxError) -> [String?] {
        let host = try CgroupHost.read()
        let text = try attempt("read /proc/\(pid)/cgroup") { () throws(Errno) in try readText("/proc/\(pid)/cgroup") }
        let groups = parseOwnGroups(text)
        return directories.map { directory in
            let group = groups.first { $0.controllers == directory.controllers }
            let hierarchy = host.hierarchies.first {
                $0.unified == directory.unified && $0.controllers == directory.controllers
            }
            guard let group, let hierarchy else { return nil }
            return hierarchy.directory(of: group.path)
        }
    }
}
