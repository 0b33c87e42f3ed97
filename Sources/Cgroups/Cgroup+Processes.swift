import Diagnostics
import LinuxKernel

// The processes of a group: who they are, stop, go on, end, gone.
extension Cgroup {
    /// The ids of the processes in the group, ascending; with `recursive` those in groups below it too.
    package func pids(recursive: Bool = true) throws(SandboxError) -> [pid_t] {
        guard let directory = record.tracking else { return [] }
        return try attempt("list the processes of cgroup \(directory.path)") { () throws(Errno) in
            try CgroupTree(path: directory.path).pids(recursive: recursive)
        }
    }

    /// Stops every process and waits until all are stopped (cgroup-v2.rst, `cgroup.freeze`; v1 freezer subsystem).
    ///
    /// `.system` when they are not after `patience`: a process in an uninterruptible system call cannot be stopped.
    /// They go on, then.
    package func freeze(patience: Duration = .seconds(10)) throws(SandboxError) {
        let freezer = try freezerFile(toFreeze: true)
        var round = 0
        let done = try within("freeze the container") { () throws(SandboxError) in
            try waitUntil(within: patience) { () throws(SandboxError) in
                // A version 1 freezer gets stuck when processes fork meanwhile: writing again, and now and then
                // letting go for a moment, gets it on.
                round += 1
                if !freezer.unified && round % 20 == 0 { try write("THAWED", to: freezer) }
                if round == 1 || !freezer.unified { try write(freezer.unified ? "1" : "FROZEN", to: freezer) }
                return try isFrozen(freezer)
            }
        }
        if done { return }
        try write(freezer.unified ? "0" : "THAWED", to: freezer)
        throw SandboxError(
            .system, "freeze the container: not all of its processes stopped within \(patience)",
            remedy: "one may wait for a device or a network file system; try again")
    }

    /// Lets the processes go on.
    package func thaw() throws(SandboxError) {
        let freezer = try freezerFile(toFreeze: false)
        try write(freezer.unified ? "0" : "THAWED", to: freezer)
    }

    /// Whether the group is stopped.
    package func isFrozen() throws(SandboxError) -> Bool {
        guard exists, hasFreezer else { return false }
        return try isFrozen(try freezerFile(toFreeze: false))
    }

    private var hasFreezer: Bool { record.legacy("freezer") != nil || record.unified != nil }

    private func freezerFile(toFreeze: Bool) throws(SandboxError) -> CgroupDirectory {
        if let directory = record.legacy("freezer") ?? record.unified { return directory }
        throw SandboxError(
            .unsupported, "\(toFreeze ? "pause" : "resume"): the container has no cgroup of its own",
            remedy: remedyForMissingGroup(rootless: record.rootless))
    }

    private func write(_ state: String, to directory: CgroupDirectory) throws(SandboxError) {
        let file = directory.path + (directory.unified ? "/cgroup.freeze" : "/freezer.state")
        try attempt("write \(state) to \(file)") { () throws(Errno) in try writeFile(file, state) }
    }

    private func isFrozen(_ directory: CgroupDirectory) throws(SandboxError) -> Bool {
        let file = directory.path + (directory.unified ? "/cgroup.events" : "/freezer.state")
        let text = try attempt("read \(file)") { () throws(Errno) in try readText(file) }
        return directory.unified ? keyedNumbers(text)["frozen"] == 1 : text.hasPrefix("FROZEN")
    }
}

extension Cgroup {
    /// Ends every process of the group and of those below, and waits until none is left.
    ///
    /// `cgroup.kill` (Linux 5.14) takes them all at once; without it they are stopped first, so that none can fork
    /// away. `.system` when some are left after `patience`.
    package func kill(patience: Duration = .seconds(10)) throws(SandboxError) {
        guard let directory = record.tracking else { return }
        var atOnce = false
        if let unified = record.unified {
            do {
                try writeFile(unified.path + "/cgroup.kill", "1")
                atOnce = true
            } catch .noSuchFileOrDirectory, .notSupported {}  // an older kernel, a group that is gone or threaded
            catch { throw SandboxError(error, "write 1 to \(unified.path)/cgroup.kill") }
        }
        let done = try waitUntil(within: patience) { () throws(SandboxError) in
            let left = try pids().filter { $0 != getpid() }
            if left.isEmpty { return true }
            if !atOnce {
                try signalFrozen(SIGKILL, left)
            } else if record.legacy("freezer") != nil, try isFrozen() {
                try thaw()  // a version 1 freezer holds even a killed process
            }
            return try pids().isEmpty
        }
        if !done {
            throw SandboxError(
                .system, "kill the processes of cgroup \(directory.path): some are left after \(patience)")
        }
    }

    /// Sends a signal to every process of the group, stopped meanwhile where that is possible.
    package func signal(_ number: CInt) throws(SandboxError) {
        if number == SIGKILL, try !isFrozen() { return try kill() }
        try signalFrozen(number, try pids())
    }

    private func signalFrozen(_ number: CInt, _ first: [pid_t]) throws(SandboxError) {
        let wasFrozen = try isFrozen()
        var frozen = false
        if hasFreezer && !wasFrozen {
            // Without a stop a process that forks right now may be missed; `kill` comes again for it.
            do {
                try freeze(patience: .milliseconds(500))
                frozen = true
            } catch {}
        }
        for pid in frozen ? try pids() : first {
            do { try syscallRetrying(Int(SYS_kill), Int(pid), Int(number)) } catch .noSuchProcess {} catch {
                if frozen { try thaw() }
                throw SandboxError(error, "send signal \(number) to process \(pid)")
            }
        }
        // A version 1 freezer holds even a killed process.
        if frozen || (wasFrozen && number == SIGKILL) { try thaw() }
    }

    /// Removes the group and the groups below it, and its systemd unit; fine when it is gone already.
    ///
    /// A process that has just ended leaves its group a moment later: `.system` only if one is left after `patience`.
    package func remove(patience: Duration = .seconds(2)) throws(SandboxError) {
        if let unit = record.unit, let directory = record.tracking {
            // systemd would end with a signal what is still there; that is not for `remove` to do.
            guard try waitUntil(within: patience, { () throws(SandboxError) in try pids().isEmpty }) else {
                throw leftover(directory, .resourceBusy)
            }
            try stopUnit(unit, directory: directory.path)
        }
        for directory in record.directories {
            var last = Errno.resourceBusy
            let tree = CgroupTree(path: directory.path)
            let done = waitUntil(within: patience) {
                do throws(Errno) { try tree.removeAll() } catch {
                    last = error
                    return error != .resourceBusy && error != .directoryNotEmpty
                }
                return true
            }
            if fileExists(directory.path) || !done { throw leftover(directory, last) }
        }
    }

    private func leftover(_ directory: CgroupDirectory, _ error: Errno) -> SandboxError {
        var pids: [pid_t] = []
        do { pids = try CgroupTree(path: directory.path).pids(recursive: true) } catch {}  // only for the message
        let who = pids.isEmpty ? "" : ", processes \(pids.prefix(5).map(String.init).joined(separator: ", ")) are in it"
        return SandboxError(
            error, "remove cgroup \(directory.path)\(who)", kind: .system,
            remedy: pids.isEmpty ? nil : "kill the container with all its processes first")
    }
}

/// Lines `KEY NUMBER`, as in `memory.stat` and `cgroup.events`; other lines are left out.
func keyedNumbers(_ text: String) -> [String: UInt64] {
    var numbers: [String: UInt64] = [:]
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        let fields = line.split(separator: UInt8(ascii: " "))
        if fields.count == 2, let value = UInt64(Substring(fields[1])) { numbers[String(Substring(fields[0]))] = value }
    }
    return numbers
}
