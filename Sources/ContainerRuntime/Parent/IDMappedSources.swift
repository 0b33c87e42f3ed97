import ContainerPlan
import Diagnostics
import LinuxKernel

/// Makes the id-mapped copies of bind sources (mount_setattr(2), ID-mapped mounts) by step index.
///
/// That needs rights over the file system itself, which init gives up with its user namespace, so the parent does it
/// and init inherits the detached mounts. The descriptors belong to the caller.
func openIDMappedSources(_ plan: Plan) throws(SandboxError) -> StepSources {
    var sources = StepSources()
    for (index, step) in plan.steps.enumerated() {
        guard case .bind(let bind) = step, bind.isIDMapped, !plan.root.holds(bind.source) else { continue }
        do {
            sources[index] = try within(bind.origin) { () throws(SandboxError) in
                try openIDMapped(bind, plan)
            }
        } catch {
            for raw in sources.descriptors { close(raw) }
            throw error
        }
    }
    return sources
}

extension BindMount {
    /// Whether owners are shown mapped.
    var isIDMapped: Bool { options.idMap != nil || idMaps != nil }
}

private func openIDMapped(_ bind: BindMount, _ plan: Plan) throws(SandboxError) -> CInt {
    let owners = try ownersNamespace(bind, plan)
    return try mapOwners(of: bind, owners).release()
}

/// A user namespace with the maps of an id-mapped mount: its own, else the container's, which may be one that it joins.
func ownersNamespace(_ bind: BindMount, _ plan: Plan) throws(SandboxError) -> Descriptor {
    guard let maps = bind.idMaps ?? plan.idMaps else {
        if let joined = plan.namespaces.joined.first(where: { $0.kind == .user }) {
            return try attempt("open the user namespace \(joined.path)") { () throws(Errno) in
                try openPath(joined.path, O_RDONLY)
            }
        }
        throw SandboxError(
            .invalidInput, "an id-mapped mount needs uidMappings and gidMappings, or a new user namespace with them")
    }
    return try makeUserNamespace(maps)
}

/// A detached copy of a source that shows its owners mapped.
func mapOwners(of bind: BindMount, _ namespace: borrowing Descriptor) throws(SandboxError) -> Descriptor {
    let owners = namespace.raw
    do throws(Errno) {
        let tree = try cloneTree(bind.source, recursive: bind.options.isRecursiveBind)
        try setMountAttributes(
            tree.raw, set: UInt64(CLINUX_MOUNT_ATTR_IDMAP), userNamespace: owners,
            recursive: bind.options.idMap == .recursive)
        return tree
    } catch {
        let remedy =
            switch error {
            case .notPermitted: "id-mapped mounts need root"
            case .invalidArgument, .noFunction: "its file system, or this kernel, has no id-mapped mounts"
            default: String?.none
            }
        throw SandboxError(error, "map the ids of \(bind.source)", remedy: remedy)
    }
}

/// A user namespace with the given maps and nobody in it.
private func makeUserNamespace(_ maps: IDMaps) throws(SandboxError) -> Descriptor {
    let side = try attempt("clone a user namespace for its id map") { () throws(Errno) in
        try cloneProcess(flags: UInt64(CLONE_NEWUSER))
    }
    switch consume side {
    case .child:
        while true { pause() }
    case .parent(let child):
        let pid = child.pid
        defer {
            // It does nothing but wait to be killed.
            do {
                try sendSignal(SIGKILL, toProcess: child.handle.raw)
                _ = try waitForProcess(pid)
            } catch {}
        }
        try writeIDMaps(maps, pid: pid)
        return try attempt("open the user namespace") { () throws(Errno) in
            try openPath("/proc/\(pid)/ns/user", O_RDONLY)
        }
    }
}
