import ContainerPlan
import Diagnostics
import LinuxKernel

/// Makes the id-mapped copies of bind sources (mount_setattr(2), ID-mapped mounts) by step index.
///
/// That needs rights over the file system itself, which init gives up with its user namespace, so the parent does it
/// and init inherits the detached mounts. The descriptors belong to the caller.
func openIDMappedSources(_ plan: Plan) throws(SandboxError) -> [Int: CInt] {
    var sources: [Int: CInt] = [:]
    for (index, step) in plan.steps.enumerated() {
        guard case .bind(let bind) = step, bind.options.idMap != nil || bind.idMaps != nil else { continue }
        do {
            sources[index] = try within(bind.origin) { () throws(SandboxError) in
                try openIDMapped(bind, container: plan.idMaps)
            }
        } catch {
            for raw in sources.values { close(raw) }
            throw error
        }
    }
    return sources
}

private func openIDMapped(_ bind: BindMount, container: IDMaps?) throws(SandboxError) -> CInt {
    guard let maps = bind.idMaps ?? container else {
        throw SandboxError(
            .invalidInput, "an id-mapped mount needs uidMappings and gidMappings, or a new user namespace with them")
    }
    let namespace = try makeUserNamespace(maps)
    do throws(Errno) {
        let tree = try cloneTree(bind.source, recursive: bind.options.isRecursiveBind)
        try setMountAttributes(
            tree.raw, set: UInt64(CLINUX_MOUNT_ATTR_IDMAP), userNamespace: namespace.raw,
            recursive: bind.options.idMap == .recursive)
        return tree.release()
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
