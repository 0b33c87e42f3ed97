import Diagnostics
import LinuxKernel

/// Makes a container's directories and switches on the controllers they need.
struct CgroupMaker {
    var rootless: Bool
    /// Whether a limit is asked for, so that going without a group is an error.
    var limited: Bool
    /// Controllers with something to be written, by version 1's or 2's name.
    var needed: Set<String>
    /// A group that was asked for by its path is an error when it may not be made.
    var isNamed = false

    /// Makes each directory, and leaves out those no limit needs and this process may not make.
    ///
    /// `.alreadyExists` for a group with processes in it, which would share their fate with the container.
    func make(_ directories: [CgroupDirectory]) throws(SandboxError) -> [CgroupDirectory] {
        var made: [CgroupDirectory] = []
        do {
            for directory in directories {
                if let result = try make(directory, alone: directories.count == 1) { made.append(result) }
            }
        } catch {
            for directory in made {
                do { try remove(directory.path, directory: true) } catch {}  // the first error is the one to tell
            }
            throw error
        }
        return made
    }

    private func make(_ directory: CgroupDirectory, alone: Bool) throws(SandboxError) -> CgroupDirectory? {
        var directory = directory
        do {
            if directory.unified && rootless {
                directory.path = try ownedPlace(for: directory)
            }
            try makeLeaf(directory)
        } catch .permissionDenied, .notPermitted, .readOnlyFileSystem {
            let isNeeded = alone ? limited || !rootless : !needed.isDisjoint(with: directory.controllers)
            let wanted = isNeeded || (isNamed && rootless)
            if !wanted { return nil }
            throw SandboxError(
                .refused, "make cgroup \(directory.path): permission denied",
                errno: EACCES,
                remedy: rootless && !directory.unified
                    ? "limits need root on cgroup v1: run it as root, or boot with systemd.unified_cgroup_hierarchy=1"
                    : remedyForMissingGroup(rootless: rootless))
        } catch .directoryNotEmpty {
            throw SandboxError(
                .alreadyExists, "container's cgroup is not empty: \(directory.path) has processes in it already",
                remedy: "delete the container that left it, or choose another linux.cgroupsPath")
        } catch .wouldBlock {
            throw SandboxError(
                .wrongState, "container's cgroup unexpectedly frozen: \(directory.path)",
                remedy: "resume or delete the container that left it, or choose another linux.cgroupsPath")
        } catch {
            throw SandboxError(error, "make cgroup \(directory.path)")
        }
        guard directory.unified else { return directory }
        do { try enableControllers(parentPath(directory.path), mountPoint: directory.mountPoint) } catch {
            do { try remove(directory.path, directory: true) } catch {}  // the first error is the one to tell
            throw error
        }
        return directory
    }

    /// mkdir -p, from below: nearly always only the last one is missing.
    private func makeAll(_ path: String, _ directory: CgroupDirectory) throws(Errno) {
        do {
            try makeDirectory(path)
        } catch .noSuchFileOrDirectory {
            let parent = parentPath(path)
            guard parent.utf8.count > directory.mountPoint.utf8.count else { throw .noSuchFileOrDirectory }
            do { try makeAll(parent, directory) } catch .fileExists {}  // somebody else was quicker
            try makeDirectory(path)
        }
        if directory.controllers.contains("cpuset") { try inheritCpuset(path, directory.mountPoint) }
    }

    /// An empty group from before is taken as it is; one with processes is somebody else's.
    private func makeLeaf(_ directory: CgroupDirectory) throws(Errno) {
        do { try makeAll(directory.path, directory) } catch .fileExists {
            if !(try readText(directory.path + "/cgroup.procs")).isEmpty { throw .directoryNotEmpty }
            // A container that starts in it would stop before it says a word.
            if try isFrozen(directory) { throw .wouldBlock }
        }
    }

    private func isFrozen(_ directory: CgroupDirectory) throws(Errno) -> Bool {
        if !directory.unified && !directory.controllers.contains("freezer") { return false }
        let file = directory.path + (directory.unified ? "/cgroup.freeze" : "/freezer.state")
        do { return try !["0\n", "THAWED\n"].contains(readText(file)) } catch .noSuchFileOrDirectory {
            return false  // before Linux 5.2 version 2 has no freezer
        }
    }

    /// Makes a directory of a unit that systemd has started where it is missing, and switches on what it left out.
    func complete(_ directory: CgroupDirectory) throws(SandboxError) {
        if directory.unified {
            if unifiedNeeds.isDisjoint(with: ["hugetlb", "rdma", "misc", "dmem"]) { return }
            return try enableControllers(parentPath(directory.path), mountPoint: directory.mountPoint)
        }
        do throws(Errno) { try makeAll(directory.path, directory) } catch {
            if error != .fileExists { throw SandboxError(error, "make cgroup \(directory.path)") }
            guard directory.controllers.contains("cpuset") else { return }
            try attempt("set up cgroup \(directory.path)") { () throws(Errno) in
                try inheritCpuset(directory.path, directory.mountPoint)
            }
        }
    }

    /// A new version 1 cpuset is empty, and takes no process until it has processors and memory nodes; so is one above
    /// it that somebody has only made.
    private func inheritCpuset(_ path: String, _ mountPoint: String) throws(Errno) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let own = try readText("\(path)/\(file)")
            if !own.allSatisfy(\.isWhitespace) { continue }
            let parent = parentPath(path)
            if parent.utf8.count > mountPoint.utf8.count { try inheritCpuset(parent, mountPoint) }
            try writeFile("\(path)/\(file)", try readText("\(parent)/\(file)"))
        }
    }
}

// Version 2: where a user may make groups, and which controllers they get.
extension CgroupMaker {
    /// An ordinary user's place beside or below the own group, whichever was given to the user.
    ///
    /// The kernel lets a process move only within what its user may write, so the place must share a writable parent
    /// with the process's own group (cgroup-v2.rst, Delegation Containment).
    private func ownedPlace(for directory: CgroupDirectory) throws(Errno) -> String {
        let parent = parentPath(directory.path)
        if isWritable(parent) || fileExists(directory.path) { return directory.path }
        let host: CgroupHost
        do { host = try CgroupHost.read() } catch { return directory.path }  // the error of making it says more
        guard let hierarchy = host.unified, let own = hierarchy.directory(of: hierarchy.own) else {
            return directory.path
        }
        let name = lastPart(directory.path)
        if parent == parentPath(own), isWritable(own) {
            if !needed.isEmpty { try vacate(own) }
            return "\(own)/\(name)"
        }
        // Another run has moved this process down since its place was planned: the place is now beside it.
        let above = parentPath(own)
        return lastPart(own) == Self.vacated && parentPath(above) == parent && isWritable(above)
            ? "\(above)/\(name)" : directory.path
    }

    /// The group to which the processes of one that is divided are moved.
    private static let vacated = "sandbox-host"

    private func isWritable(_ group: String) -> Bool {
        isAccessible(group, W_OK) && isAccessible(group + "/cgroup.procs", W_OK)
    }

    /// Whether this process is in the group.
    private func isOwn(_ group: String) -> Bool {
        let host: CgroupHost
        do { host = try CgroupHost.read() } catch { return false }  // then the first error is the one to tell
        return host.unified.flatMap { $0.directory(of: $0.own) } == group
    }

    private func leaf(of group: String) -> String { "\(group)/\(Self.vacated)" }

    /// Moves processes down until the write is taken: a fork that was under way ends where it began.
    private func makeRoom(in group: String, for file: String, _ text: String) throws(Errno) {
        for _ in 0..<50 {
            try vacate(group)
            do { return try writeFile(file, text) } catch .resourceBusy { sleepFor(.milliseconds(2)) }
        }
        try writeFile(file, text)
    }

    /// Moves every process of a delegated group one level down, so that it may switch on controllers for the groups
    /// below (cgroup-v2.rst, No Internal Process Constraint). Nothing changes for them: the same limits hold there.
    private func vacate(_ group: String) throws(Errno) {
        let leaf = self.leaf(of: group)
        do { try makeDirectory(leaf) } catch .fileExists {}  // an earlier run has done it
        for _ in 0..<5 {
            let pids = try readText(group + "/cgroup.procs").split(separator: "\n")
            if pids.isEmpty { return }
            for pid in pids {
                do { try writeFile(leaf + "/cgroup.procs", String(pid)) } catch .noSuchProcess {}  // it has ended
            }
        }
    }

    /// Switches on, in `group`, the controllers for the groups below it: those needed, and whatever else is there, for
    /// the statistics. What cannot be switched on and is needed shows when its file is written.
    private func enableControllers(_ group: String, mountPoint: String) throws(SandboxError) {
        do {
            let available = Set(try words(group + "/cgroup.controllers"))
            let missing = unifiedNeeds.subtracting(available)
            if !missing.isEmpty && group.utf8.count > mountPoint.utf8.count {
                try enableControllers(parentPath(group), mountPoint: mountPoint)
            }
            let usable = try missing.isEmpty ? available : Set(words(group + "/cgroup.controllers"))
            let enabled = Set(try words(group + "/cgroup.subtree_control"))
            let wanted = usable.subtracting(enabled).sorted()
            if wanted.isEmpty { return }
            let file = group + "/cgroup.subtree_control"
            let all = wanted.map { "+\($0)" }.joined(separator: " ")
            do {
                do { try writeFile(file, all) } catch .resourceBusy where isOwn(group) || isOwn(leaf(of: group)) {
                    // The top of a cgroup namespace, where nobody above could have made room; or somebody in it has
                    // started a process since room was made.
                    try makeRoom(in: group, for: file, all)
                }
            } catch {
                for name in wanted {
                    do { try writeFile(file, "+\(name)") } catch {
                        // The ones that nobody needs may fail: a realtime task bars `cpu`, a missing right all.
                        if unifiedNeeds.contains(name) { throw error }
                    }
                }
            }
        } catch let error as SandboxError {
            throw error
        } catch let error as Errno {
            // A user's rights end somewhere above; whether something is missing shows when its file is written.
            if rootless && (error == .permissionDenied || error == .readOnlyFileSystem) { return }
            throw controllerError(error, group)
        } catch {
            throw SandboxError(.system, "switch on cgroup controllers in \(group): \(error)")
        }
    }

    private var unifiedNeeds: Set<String> {
        needed.intersection(["cpu", "cpuset", "hugetlb", "io", "memory", "misc", "pids", "rdma", "dmem"])
    }

    private func words(_ file: String) throws(Errno) -> [String] {
        try readText(file).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private func controllerError(_ error: Errno, _ group: String) -> SandboxError {
        let remedy =
            switch error {
            case .resourceBusy: "the group has processes of its own: move them into a group below, or use systemd"
            case .permissionDenied, .notPermitted: remedyForMissingGroup(rootless: rootless)
            default: String?.none
            }
        return SandboxError(error, "switch on cgroup controllers in \(group)", remedy: remedy)
    }
}

/// What gives an ordinary user, or root, a group to limit.
func remedyForMissingGroup(rootless: Bool) -> String {
    guard rootless || geteuid() != 0 else { return "mount the cgroup file system writable, or run as root of the host" }
    if fileExists("/run/systemd/system") {
        return "start a user manager with `loginctl enable-linger`, and on cgroup v1 boot with "
            + "systemd.unified_cgroup_hierarchy=1"
    }
    return
        "have root give you a cgroup: chown its folder, cgroup.procs and cgroup.subtree_control, and start from in it"
}
