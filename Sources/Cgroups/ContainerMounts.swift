/// One step of showing a container its control groups at `/sys/fs/cgroup`; targets are relative to that folder.
package enum CgroupMountStep: Equatable, Sendable {
    /// A file system mounted anew: `cgroup2`, `cgroup` with its controllers as options, or a small `tmpfs`.
    case mount(type: String, options: [String], target: String)
    /// A folder of the host, the container's own group.
    case bind(source: String, target: String)
    /// `cpu` for a hierarchy that is mounted as `cpu,cpuacct`.
    case link(text: String, target: String)
    /// The whole is read-only: the last step.
    case readOnly(target: String)
}

/// Decides what a mount of type `cgroup` in a container's spec becomes; pure.
///
/// A container sees its own group as the root: through its own cgroup namespace by a new mount, else, and where a new
/// mount is not allowed to it (version 1 in a user namespace), by a bind of its folder. Version 1 hierarchies lie in
/// folders named by their controllers, as on a host.
///
/// - ownNamespace: the container has its own cgroup namespace, and its first process entered the group before it.
/// - inUserNamespace: mounts are made by root of a user namespace.
/// - readOnly: the spec's mount has the option `ro`.
package func cgroupMountSteps(
    _ record: CgroupRecord, host: CgroupHost, ownNamespace: Bool, inUserNamespace: Bool, readOnly: Bool
) -> [CgroupMountStep] {
    var steps: [CgroupMountStep] = []
    if host.mode == .unified {
        if ownNamespace {
            steps.append(.mount(type: "cgroup2", options: ["nsdelegate"], target: ""))
        } else if let directory = record.unified?.path ?? ownDirectory(host) {
            steps.append(.bind(source: directory, target: ""))
        }
    } else if host.mode != .none {
        steps.append(.mount(type: "tmpfs", options: ["mode=755", "size=64k"], target: ""))
        for hierarchy in host.hierarchies {
            steps += legacySteps(hierarchy, record, ownNamespace: ownNamespace, inUserNamespace: inUserNamespace)
        }
    }
    if readOnly && !steps.isEmpty { steps.append(.readOnly(target: "")) }
    return steps
}

private func ownDirectory(_ host: CgroupHost) -> String? { host.unified.flatMap { $0.directory(of: $0.own) } }

private func legacySteps(
    _ hierarchy: CgroupHost.Hierarchy, _ record: CgroupRecord, ownNamespace: Bool, inUserNamespace: Bool
) -> [CgroupMountStep] {
    let target = hierarchy.unified ? "unified" : folderName(hierarchy)
    let own = record.directories.first {
        $0.unified == hierarchy.unified && $0.controllers == hierarchy.controllers
    }
    var steps: [CgroupMountStep] = []
    if ownNamespace && !inUserNamespace {
        let options =
            hierarchy.controllers.first?.hasPrefix("name=") == true
            ? ["none"] + hierarchy.controllers : hierarchy.controllers
        steps.append(.mount(type: hierarchy.unified ? "cgroup2" : "cgroup", options: options, target: target))
    } else if let source = own?.path ?? hierarchy.directory(of: hierarchy.own) {
        steps.append(.bind(source: source, target: target))
    }
    if steps.isEmpty || hierarchy.controllers.count < 2 { return steps }
    return steps + hierarchy.controllers.filter { $0 != target }.map { .link(text: target, target: $0) }
}

/// The name of the mount point on the host, `cpu,cpuacct`; for `name=systemd` that is `systemd`.
private func folderName(_ hierarchy: CgroupHost.Hierarchy) -> String { lastPart(hierarchy.mountPoint) }
