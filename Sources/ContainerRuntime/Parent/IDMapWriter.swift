import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Writes the id maps of a new user namespace (user_namespaces(7)).
///
/// A caller with CAP_SETUID writes them itself, and so does anyone who maps only the own id; else the setuid helpers
/// `newuidmap` and `newgidmap` do it, side by side, after checking `/etc/subuid` and `/etc/subgid`.
package func writeIDMaps(_ maps: IDMaps, pid: pid_t) throws(SandboxError) {
    if geteuid() == 0 {
        do { return try writeDirectly(maps, pid, denyGroups: false) } catch {
            guard error.errno == EPERM else { throw error }
        }
    }
    if !needHelpers(maps) {
        do { return try writeDirectly(maps, pid, denyGroups: true) } catch {
            guard error.errno == EPERM, geteuid() == 0 else { throw error }
            throw error.hinting(
                "root maps itself only with CAP_SETFCAP: sandbox run --as-root outside, or --cap-add SETFCAP of an engine"
            )
        }
    }
    try writeWithHelpers(maps, pid)
}

/// Whether an ordinary user's maps hold more than the own ids.
func needHelpers(_ maps: IDMaps) -> Bool {
    !isOwnIDOnly(maps.uids, geteuid()) || !isOwnIDOnly(maps.gids, getegid())
}

private func isOwnIDOnly(_ maps: [Spec.Linux.IDMapping], _ id: UInt32) -> Bool {
    maps.count == 1 && maps[0].size == 1 && maps[0].hostID == id
}

private func mapText(_ maps: [Spec.Linux.IDMapping]) -> String {
    maps.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
}

private func writeDirectly(_ maps: IDMaps, _ pid: pid_t, denyGroups: Bool) throws(SandboxError) {
    if denyGroups {
        try attempt("deny setgroups in the user namespace") { () throws(Errno) in
            try writeFile("/proc/\(pid)/setgroups", "deny")
        }
    }
    try attempt("write the uid map") { () throws(Errno) in
        try writeFile("/proc/\(pid)/uid_map", mapText(maps.uids))
    }
    try attempt("write the gid map") { () throws(Errno) in
        try writeFile("/proc/\(pid)/gid_map", mapText(maps.gids))
    }
}

private func writeWithHelpers(_ maps: IDMaps, _ pid: pid_t) throws(SandboxError) {
    let helpers = try RunningMapHelpers(maps, pid: pid)
    try helpers.finish()
}

/// `newuidmap` and `newgidmap` at work on a process's user namespace.
final class RunningMapHelpers {
    private let maps: IDMaps
    private let users: ProgramRun
    private let groups: ProgramRun
    private let runningUsers: ProgramRun.Running
    private let runningGroups: ProgramRun.Running

    init(_ maps: IDMaps, pid: pid_t) throws(SandboxError) {
        let users = try helper("newuidmap", maps.uids, pid)
        let groups = try helper("newgidmap", maps.gids, pid)
        let runningUsers = try users.start()
        let runningGroups = try groups.start()
        (self.maps, self.users, self.groups) = (maps, users, groups)
        self.runningUsers = runningUsers
        self.runningGroups = runningGroups
    }

    /// Waits for both; the maps are written when this returns.
    func finish() throws(SandboxError) {
        let userOutcome = try users.finish(runningUsers)
        let groupOutcome = try groups.finish(runningGroups)
        try check(userOutcome, "newuidmap", "/etc/subuid", maps.uids)
        try check(groupOutcome, "newgidmap", "/etc/subgid", maps.gids)
    }
}

private func helper(_ name: String, _ maps: [Spec.Linux.IDMapping], _ pid: pid_t) throws(SandboxError) -> ProgramRun {
    let folders = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/run/wrappers/bin"]
    guard let path = folders.map({ "\($0)/\(name)" }).first(where: { fileExists($0) }) else {
        throw SandboxError(
            .notFound, "\(name): not installed, and only it may map more than one's own id",
            remedy: "install it with: sudo apt-get install uidmap")
    }
    let numbers = maps.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
    return ProgramRun(path: path, arguments: [name, "\(pid)"] + numbers, environment: ["PATH=/usr/bin:/bin"])
}

private func check(
    _ outcome: ProgramRun.Outcome, _ name: String, _ file: String, _ maps: [Spec.Linux.IDMapping]
) throws(SandboxError) {
    guard outcome.status != .exited(0) else { return }
    let ranges = maps.map { "\($0.hostID)-\(UInt64($0.hostID) + UInt64($0.size) - 1)" }.joined(separator: ", ")
    throw SandboxError(
        .refused, "\(name): \(outcome.status.text): \(outcome.output)", errno: EPERM,
        remedy: "the ids \(ranges) must be this user's in \(file), and \(name) setuid root; see: sandbox doctor")
}
