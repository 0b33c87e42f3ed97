import ContainerPlan
import Diagnostics
import LinuxKernel

/// Mounts the container's view of its cgroups: the unified tree, or a tmpfs with a folder per v1 hierarchy
/// (runtime-spec `config-linux.md`, Cgroups; cgroup_namespaces(7)).
func attachCgroups(_ mount: FileSystemMount, root: borrowing ContainerRoot) throws(SandboxError) {
    let hierarchies = try cgroupHierarchies()
    let legacy = hierarchies.filter { !$0.isUnified }
    if legacy.isEmpty { return try attachUnified(mount, root: root) }

    let base = FileSystemMount(
        type: "tmpfs", source: "cgroup", destination: mount.destination,
        options: MountOptions(parsing: ["nosuid", "nodev", "noexec", "mode=755"]), origin: mount.origin)
    let made = try makeFileSystem(base)
    let place = try root.ensure(mount.destination, .directory)
    try attempt("mount cgroups at \(mount.destination)") { () throws(Errno) in
        try attachMount(made.raw, onto: place.raw)
    }
    for hierarchy in hierarchies {
        let name = splitPath(hierarchy.mountPoint).name
        let target = "\(mount.destination)/\(name)"
        let options = MountOptions(
            parsing: ["nosuid", "nodev", "noexec"] + (hierarchy.isUnified ? [] : [hierarchy.options]))
        let view = FileSystemMount(
            type: hierarchy.isUnified ? "cgroup2" : "cgroup", source: "cgroup", destination: target,
            options: options, origin: mount.origin)
        let tree = try hierarchyView(view, hierarchy.mountPoint)
        let folder = try root.ensure(target, .directory)
        try attempt("mount the cgroup \(name)") { () throws(Errno) in
            if mount.options.set & MountAttribute.readOnly != 0 {
                try setMountAttributes(tree.raw, set: MountAttribute.readOnly, recursive: true)
            }
            try attachMount(tree.raw, onto: folder.raw)
        }
        try linkControllers(name, mount.destination, root: root)
    }
    if mount.options.set & MountAttribute.readOnly != 0 {
        try attempt("make \(mount.destination) read-only") { () throws(Errno) in
            try setMountAttributes(made.raw, set: MountAttribute.readOnly)
        }
    }
}

private func attachUnified(_ mount: FileSystemMount, root: borrowing ContainerRoot) throws(SandboxError) {
    var mount = mount
    mount.type = "cgroup2"
    mount.options.data = mount.options.data.filter { $0 != "cgroup" }
    let tree = try unifiedView(mount)
    let place = try root.ensure(mount.destination, .directory)
    try attempt("mount cgroups at \(mount.destination)") { () throws(Errno) in
        try attachMount(tree.raw, onto: place.raw)
    }
}

private func hierarchyView(_ view: FileSystemMount, _ mountPoint: String) throws(SandboxError) -> Descriptor {
    do { return try makeFileSystem(view) } catch {
        // An outer user namespace may not mount it: the part of the host's that is visible serves read-only.
        return try attempt("bind \(mountPoint)") { () throws(Errno) in
            let copy = try cloneTree(mountPoint, recursive: true)
            try setMountAttributes(copy.raw, set: MountAttribute.readOnly, recursive: true)
            return copy
        }
    }
}

private func unifiedView(_ mount: FileSystemMount) throws(SandboxError) -> Descriptor {
    do { return try makeFileSystem(mount) } catch {
        guard error.errno == EPERM || error.errno == EBUSY else { throw error }
        // Without a cgroup namespace of its own a user namespace may not mount one: the host's is bound instead.
        let tree = try attempt("bind /sys/fs/cgroup") { () throws(Errno) in
            try cloneTree("/sys/fs/cgroup", recursive: true)
        }
        _ = try changeDetached(tree.raw, mount.options, mount.destination)
        return tree
    }
}

/// `cpu,cpuacct` gets the links `cpu` and `cpuacct`, as systemd has them.
private func linkControllers(_ name: String, _ folder: String, root: borrowing ContainerRoot) throws(SandboxError) {
    guard name.contains(",") else { return }
    let parent = try root.ensure(folder, .directory)
    for controller in name.split(separator: ",") {
        do { try makeSymbolicLink(to: name, at: parent.raw, String(controller)) } catch {
            if error != .fileExists { throw SandboxError(error, "link the cgroup controller \(controller)") }
        }
    }
}

private struct CgroupHierarchy {
    var mountPoint: String
    var isUnified: Bool
    /// The superblock options that name the controllers: `cpu,cpuacct` or `name=systemd`.
    var options: String
}

/// The cgroup mounts of this mount namespace (proc_pid_mountinfo(5)).
private func cgroupHierarchies() throws(SandboxError) -> [CgroupHierarchy] {
    let text = try attempt("read /proc/self/mountinfo") { () throws(Errno) in
        try readText("/proc/self/mountinfo")
    }
    var hierarchies: [CgroupHierarchy] = []
    for line in text.split(separator: "\n") {
        let halves = line.split(separator: " - ", maxSplits: 1)
        let fields = halves.first.map { $0.split(separator: " ") } ?? []
        let rest = halves.last.map { $0.split(separator: " ") } ?? []
        guard halves.count == 2, fields.count > 4, rest.count > 2 else { continue }
        guard rest[0] == "cgroup" || rest[0] == "cgroup2" else { continue }
        let words = rest[2].split(separator: ",").filter {
            !["rw", "ro"].contains($0) && !$0.hasPrefix("release_agent")
        }
        hierarchies.append(
            CgroupHierarchy(
                mountPoint: String(fields[4]), isUnified: rest[0] == "cgroup2",
                options: words.filter { $0 != "xattr" && $0 != "clone_children" }.joined(separator: ",")))
    }
    return hierarchies
}
