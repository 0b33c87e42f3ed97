import ContainerPlan
import Diagnostics
import LinuxKernel

/// The root that criu restores into, made in a mount namespace that ends with criu.
///
/// criu wants a mount point whose parent is not covered: the root filesystem is bound to a folder of the container's
/// state. Places to mount on that are missing are made as at a create; those inside bind mounts need these to be
/// mounted meanwhile.
struct RestoreRoot {
    let plan: Plan
    /// The mount point.
    let path: String

    func prepare() throws(SandboxError) {
        try attempt("make the mounts of / private to criu") { () throws(Errno) in
            try mount(source: nil, target: "/", flags: CUnsignedLong(MS_SLAVE) | CUnsignedLong(MS_REC))
        }
        let root = try attempt("bind \(plan.root.path) to \(path)") { () throws(Errno) in
            let tree = try cloneTree(plan.root.path, recursive: true)
            let place = try openPath(path, O_PATH | O_DIRECTORY)
            try attachMount(tree.raw, onto: place.raw)
            return ContainerRoot(descriptor: tree)
        }
        var bound: [CInt] = []
        defer { for raw in bound { close(raw) } }
        for step in plan.steps {
            if let mount = try makePlace(step, root) { bound.append(mount) }
        }
        for raw in bound.reversed() {
            try attempt("unmount what was bound to make places") { () throws(Errno) in
                try unmount("/proc/self/fd/\(raw)", flags: CInt(MNT_DETACH))
            }
        }
    }

    /// The descriptor of a bind mount that has been attached for the places below it.
    private func makePlace(_ step: Step, _ root: borrowing ContainerRoot) throws(SandboxError) -> CInt? {
        switch step {
        case .bind(let bind):
            if isRestored(bind.destination) || bind.options.copySymlink || bind.options.sourceNoFollow { return nil }
            return try within(bind.origin) { () throws(SandboxError) in try attach(bind, root) }
        case .fileSystem(let mount):
            if !isRestored(mount.destination) { _ = try root.ensure(mount.destination, .directory) }
        case .device(let node) where node.isBound:
            if !isRestored(node.path) { _ = try root.ensure(node.path, .file) }
        case .cgroup, .device, .link, .remount: break
        }
        return nil
    }

    private func attach(_ bind: BindMount, _ root: borrowing ContainerRoot) throws(SandboxError) -> CInt {
        let mount = try attempt("bind \(bind.source) to \(bind.destination)") { () throws(Errno) in
            try cloneTree(bind.source, recursive: bind.options.isRecursiveBind)
        }
        let isFolder = try attempt("inspect \(bind.source)") { () throws(Errno) in
            try fileStatus(at: mount.raw).isDirectory
        }
        let place = try root.ensure(
            bind.destination, isFolder ? .directory : .file, followLast: !bind.options.destinationNoFollow)
        try attempt("bind \(bind.source) to \(bind.destination)") { () throws(Errno) in
            try attachMount(mount.raw, onto: place.raw)
        }
        return mount.release()
    }

    /// Whether a path is inside a file system whose content criu restores.
    private func isRestored(_ path: String) -> Bool {
        let path = normalized(path)
        return plan.steps.contains { step in
            switch step {
            case .fileSystem(let mount), .cgroup(let mount): path.hasPrefix(normalized(mount.destination) + "/")
            case .bind, .device, .link, .remount: false
            }
        }
    }
}
