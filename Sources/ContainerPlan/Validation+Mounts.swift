import Diagnostics
import RuntimeSpec

extension Spec.Mount {
    /// The destination as the container sees it: absolute, without empty parts, `.` and `..`.
    ///
    /// A relative destination is deprecated and counts from `/` (`config.md`, Mounts). `..` is taken by the text and
    /// stops at the root; links are resolved later, by whoever makes the mount.
    package var containerDestination: String {
        var parts: [Substring] = []
        for part in destination.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether a part of the host's tree is mounted; any `type` beside the option means nothing.
    package var isBind: Bool {
        type == "bind" || options?.contains { $0 == "bind" || $0 == "rbind" } ?? false
    }

    /// Whether owners are shown mapped.
    package var isIDMapped: Bool {
        !(uidMappings ?? []).isEmpty || !(gidMappings ?? []).isEmpty
            || options?.contains { $0 == "idmap" || $0 == "ridmap" } ?? false
    }
}

func validate(_ mount: Spec.Mount, _ path: String, hasUserNamespace: Bool) throws(SandboxError) {
    try validatePath(mount.destination, path + ".destination", absolute: false)
    try validateText(mount.type ?? "", path + ".type")
    try validateText(mount.source ?? "", path + ".source")
    for (index, option) in (mount.options ?? []).enumerated() {
        try validateText(option, "\(path).options[\(index)]")
    }
    guard mount.isIDMapped else { return }
    if !mount.isBind { throw invalid(path, "only a bind mount can be id-mapped") }
    let users = mount.uidMappings ?? []
    let groups = mount.gidMappings ?? []
    try validateMappings(users, path + ".uidMappings")
    try validateMappings(groups, path + ".gidMappings")
    switch (users.isEmpty, groups.isEmpty) {
    case (false, true): throw invalid(path + ".gidMappings", "needed beside uidMappings")
    case (true, false): throw invalid(path + ".uidMappings", "needed beside gidMappings")
    case (false, false): return
    // The mappings are those of the container's own user namespace.
    case (true, true):
        if !hasUserNamespace {
            throw invalid(path, "an id-mapped mount needs uidMappings and gidMappings, or a user namespace")
        }
    }
}

/// A mount that is listed twice in the same words is a mistake. Another one at the same place covers the first, as
/// the order of the list says, and engines do that.
func validateDistinct(_ mounts: [Spec.Mount]) throws(SandboxError) {
    for (index, mount) in mounts.enumerated() {
        for earlier in 0..<index where mounts[earlier].destination == mount.destination && mounts[earlier] == mount {
            throw invalid("mounts[\(index)]", "the same as mounts[\(earlier)]")
        }
    }
}

/// What the kernel takes as a map (user_namespaces(7)): no empty runs, none past the last id, none that overlap, and
/// at most 340.
func validateMappings(_ mappings: [Spec.Linux.IDMapping], _ path: String) throws(SandboxError) {
    if mappings.count > 340 { throw invalid(path, "more than 340 runs") }
    for (index, mapping) in mappings.enumerated() {
        let path = "\(path)[\(index)]"
        if mapping.size == 0 { throw invalid(path + ".size", "expected more than 0, found 0") }
        for (first, name) in [(mapping.containerID, "containerID"), (mapping.hostID, "hostID")]
        where UInt64(first) + UInt64(mapping.size) > UInt64(UInt32.max) {
            throw invalid("\(path).\(name)", "\(first) and the \(mapping.size - 1) behind it go past the last id")
        }
    }
    try validateDisjoint(mappings, \.containerID, "containerID", path)
    try validateDisjoint(mappings, \.hostID, "hostID", path)
}

private func validateDisjoint(
    _ mappings: [Spec.Linux.IDMapping], _ first: (Spec.Linux.IDMapping) -> UInt32, _ name: String, _ path: String
) throws(SandboxError) {
    let order = mappings.indices.sorted { first(mappings[$0]) < first(mappings[$1]) }
    for (lower, upper) in zip(order, order.dropFirst())
    where UInt64(first(mappings[lower])) + UInt64(mappings[lower].size) > UInt64(first(mappings[upper])) {
        let (one, other) = (max(lower, upper), min(lower, upper))
        throw invalid("\(path)[\(one)].\(name)", "overlaps \(path)[\(other)]")
    }
}
