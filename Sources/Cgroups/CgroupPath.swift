import Diagnostics
import RuntimeSpec

/// Decides where a container's group is to be; pure.
///
/// Paths are chosen as runc does: an absolute `cgroupsPath` is below the hierarchy's root, a relative one below the
/// group of this process (version 1) or beside it (version 2, where a group with processes cannot pass on
/// controllers); without one the container's id stands for it. `.invalidInput` names `linux.cgroupsPath`.
///
/// `host` (`try CgroupHost.read()`) is not evaluated for a request that asks for nothing.
package func planCgroup(
    _ request: CgroupRequest, host: @autoclosure () throws(SandboxError) -> CgroupHost
) throws(SandboxError) -> CgroupPlan {
    if request.asksForNothing { return CgroupPlan(placement: .inherit, rootless: false, limited: false) }
    let host = try host()
    var plan = CgroupPlan(placement: .inherit, rootless: host.rootless, limited: request.limited)
    plan.isNamed = !(request.path ?? "").isEmpty
    plan.filtersDevices = request.filtersDevices
    plan.takesLegacyFiles = request.takesLegacyFiles
    if host.rootless && !request.limited && (request.path ?? "").isEmpty { return plan }
    if host.mode == .none {
        if !request.limited { return plan }
        throw SandboxError(
            .unsupported, "resource limits need control groups, and none are mounted",
            remedy: "mount -t cgroup2 none /sys/fs/cgroup")
    }
    switch request.driver {
    case .systemd: plan.placement = .systemd(try planUnit(request, host: host))
    case .automatic where host.systemd && host.mode == .unified && (request.path ?? "").isEmpty:
        plan.placement = .supervised(
            try planUnit(request, host: host), otherwise: try planDirectories(request, host: host))
    case .files, .automatic: plan.placement = .files(try planDirectories(request, host: host))
    }
    return plan
}

private func planDirectories(
    _ request: CgroupRequest, host: CgroupHost
) throws(SandboxError) -> [CgroupDirectory] {
    let asked = request.path ?? ""
    if asked.contains(":"), asked.split(separator: ":", omittingEmptySubsequences: false).count == 3 {
        throw SandboxError(
            .invalidInput, "linux.cgroupsPath: \"\(asked)\" is a systemd unit, and the files driver is in use",
            remedy: "use --systemd-cgroup, or give a path")
    }
    if asked.utf8.contains(0) { throw SandboxError(.invalidInput, "linux.cgroupsPath: has a NUL byte") }
    let inner = cleanPath(asked.isEmpty ? request.groupName : asked)
    if inner == "/" {
        throw SandboxError(.invalidInput, "linux.cgroupsPath: \"\(asked)\" is the root of the hierarchy")
    }
    let all = host.hierarchies.map { hierarchy in
        let path: String
        if asked.hasPrefix("/") {
            path = hierarchy.mountPoint + inner
        } else {
            path = host.groupFolder(in: hierarchy) + inner
        }
        return CgroupDirectory(
            unified: hierarchy.unified, controllers: hierarchy.controllers, path: path,
            mountPoint: hierarchy.mountPoint)
    }
    return request.driver == .automatic && !request.always ? try needed(all, for: request) : all
}

extension CgroupHost {
    /// The directory that a relative path counts from.
    func groupFolder(in hierarchy: Hierarchy) -> String {
        let base = hierarchy.unified ? parentPath(hierarchy.own) : hierarchy.own
        // A mount that does not show our group (a container's) counts from its top.
        return hierarchy.directory(of: base) ?? hierarchy.mountPoint
    }
}

/// The directories that some limit is written to: each one more of version 1 costs a start 0.2 ms.
private func needed(
    _ directories: [CgroupDirectory], for request: CgroupRequest
) throws(SandboxError) -> [CgroupDirectory] {
    guard directories.contains(where: { !$0.unified }) else { return directories }
    var controllers = Set(
        try ResourcePlan.make(
            request.resources ?? .init(), directories: directories, takesLegacyFiles: request.takesLegacyFiles
        ).writes.map(\.controller))
    if request.filtersDevices { controllers.insert("devices") }
    let legacy = directories.filter { !$0.unified && !controllers.isDisjoint(with: $0.controllers) }
    let rest = controllers.subtracting(legacy.flatMap(\.controllers))
    return legacy + directories.filter { $0.unified && !rest.isEmpty }
}

/// The path with a leading slash and without `.`, `..`, and empty parts; `..` stops at the root.
func cleanPath(_ path: String) -> String {
    var parts: [String] = []
    for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return "/" + parts.text(separatedBy: "/")
}

/// What is above an absolute path; `/` is above itself.
func parentPath(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
}

/// The last part of a path.
func lastPart(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
}
