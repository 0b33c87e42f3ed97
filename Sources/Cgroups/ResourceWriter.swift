import Diagnostics
import LinuxKernel

/// Writes a plan's values into a container's directories.
struct ResourceWriter {
    var record: CgroupRecord

    /// All writes in order; the first that is refused is thrown, with its property and its mend.
    func write(_ writes: [ResourceWrite]) throws(SandboxError) {
        var index = 0
        while index < writes.count { index = try write(writes, from: index) }
        for write in writes { try checkPartition(write) }
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

    /// What the kernel takes and does not carry out it tells in the file.
    private func checkPartition(_ write: ResourceWrite) throws(SandboxError) {
        guard write.file == "cpuset.cpus.partition", let folder = directory(for: write.controller)?.path else { return }
        let text = try attempt("read \(write.file)") { () throws(Errno) in try readText("\(folder)/\(write.file)") }
        guard text.contains("invalid") else { return }
        throw SandboxError(
            .invalidInput, "\(write.asked): \(write.file) is \"\(text.filter { $0 != "\n" })\"",
            remedy: "the group above has to be a partition with these processors; see cpuset.cpus.partition in the "
                + "kernel's cgroup-v2 documentation")
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

    func directory(for controller: String) -> CgroupDirectory? {
        record.legacy(controller) ?? record.unified
    }

    private func refusal(_ error: Errno, _ write: ResourceWrite) -> SandboxError {
        // Root may open it, and is refused by the write.
        if isReadOnly(write) {
            return SandboxError(
                .invalidInput, "\(write.asked): \(write.file) is no limit: the kernel only tells it",
                errno: error.rawValue, remedy: "the limits are the files of the group that can be written")
        }
        return switch error {
        case .permissionDenied where write.controller == "cpuset" && record.legacy("cpuset") != nil:
            SandboxError(
                .invalidInput, "\(write.asked): the group above has not all of \"\(write.value)\"",
                errno: error.rawValue, remedy: remedyForRefusedValue(write))
        case .noSuchFileOrDirectory, .permissionDenied, .notPermitted, .readOnlyFileSystem: missing(error, write)
        case .invalidArgument, .outOfRange, .operationNotSupportedByDevice, .noSuchAddressOrDevice:
            SandboxError(
                .invalidInput, "\(write.asked): the kernel refuses \"\(write.value)\" for \(write.file): \(error.text)",
                errno: error.rawValue, remedy: remedyForRefusedValue(write))
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
    func hasController(_ name: String) -> Bool {
        if record.legacy(name) != nil { return true }
        guard let path = record.unified?.path else { return false }
        do {
            return try readText(path + "/cgroup.controllers").split(whereSeparator: \.isWhitespace).contains("\(name)")
        } catch { return false }  // as good as without
    }

    /// A file that is there and that nobody may write.
    private func isReadOnly(_ write: ResourceWrite) -> Bool {
        guard let folder = directory(for: write.controller)?.path else { return false }
        do { return try fileStatus("\(folder)/\(write.file)").st_mode & 0o222 == 0 } catch { return false }  // no file
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
