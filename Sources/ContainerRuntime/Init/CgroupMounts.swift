import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel

/// What decides how a container sees its cgroups.
struct CgroupView {
    var record: CgroupRecord
    var hasOwnNamespace: Bool
    var isInUserNamespace: Bool

    /// That of nobody, where no cgroups are mounted.
    init() {
        record = CgroupRecord()
        hasOwnNamespace = false
        isInUserNamespace = true
    }

    init(_ request: InitRequest) {
        record = request.cgroup?.record ?? CgroupRecord()
        hasOwnNamespace = request.plan.namespaces.has(.cgroup)
        isInUserNamespace = request.plan.namespaces.has(.user) || geteuid() != 0
    }
}

/// Mounts the container's view of its cgroups: the unified tree, or a tmpfs with a folder per v1 hierarchy
/// (runtime-spec `config-linux.md`, Cgroups; cgroup_namespaces(7)).
func attachCgroups(
    _ mount: FileSystemMount, _ view: CgroupView, root: borrowing ContainerRoot
) throws(SandboxError) {
    let steps = cgroupMountSteps(
        view.record, host: try CgroupHost.read(), ownNamespace: view.hasOwnNamespace,
        inUserNamespace: view.isInUserNamespace, readOnly: mount.options.set & MountAttribute.readOnly != 0)
    // A host without cgroups has none to show.
    if steps.isEmpty { return }
    for step in steps { try perform(step, mount, root: root) }
}

private func perform(
    _ step: CgroupMountStep, _ mount: FileSystemMount, root: borrowing ContainerRoot
) throws(SandboxError) {
    func path(_ target: String) -> String { target.isEmpty ? mount.destination : "\(mount.destination)/\(target)" }
    switch step {
    case .mount(let type, let options, let target):
        let view = FileSystemMount(
            type: type, source: type == "tmpfs" ? "cgroup" : type, destination: path(target),
            options: MountOptions(parsing: ["nosuid", "nodev", "noexec"] + options), origin: mount.origin)
        try attach(try fresh(view), at: path(target), root: root)
    case .bind(let source, let target):
        let tree = try attempt("bind the cgroup \(source)") { () throws(Errno) in
            try cloneTree(source, recursive: true)
        }
        let options = MountOptions(parsing: ["nosuid", "nodev", "noexec"])
        _ = try changeDetached(tree.raw, options, path(target))
        try attach(tree, at: path(target), root: root)
    case .link(let text, let target):
        let (folder, name) = splitPath(path(target))
        let parent = try root.ensure(folder, .directory)
        do { try makeSymbolicLink(to: text, at: parent.raw, name) } catch {
            if error != .fileExists { throw SandboxError(error, "link the cgroup controller \(name)") }
        }
    case .readOnly(let target):
        let place = try attempt("open \(path(target))") { () throws(Errno) in try root.place(path(target)) }
        try makeTreeReadOnly(place.raw, path(target))
    }
}

/// A new mount; where the kernel refuses it to this user namespace, the host's own tree read-only, whose limits nobody
/// in here may write anyway.
private func fresh(_ view: FileSystemMount) throws(SandboxError) -> Descriptor {
    do { return try makeFileSystem(view) } catch {
        guard view.type == "cgroup2", error.errno == EPERM || error.errno == EBUSY else { throw error }
        let tree = try attempt("bind /sys/fs/cgroup") { () throws(Errno) in
            try cloneTree("/sys/fs/cgroup", recursive: true)
        }
        try makeTreeReadOnly(tree.raw, view.destination)
        return tree
    }
}

private func attach(
    _ tree: borrowing Descriptor, at path: String, root: borrowing ContainerRoot
) throws(SandboxError) {
    let place = try root.ensure(path, .directory)
    do { try attachMount(tree.raw, onto: place.raw) } catch {
        throw SandboxError(error, "mount cgroups at \(path)")
    }
}

private func makeTreeReadOnly(_ mount: CInt, _ path: String) throws(SandboxError) {
    try attempt("make \(path) read-only") { () throws(Errno) in
        try setMountAttributes(mount, set: MountAttribute.readOnly, recursive: hasMountSetAttributes())
    }
}
