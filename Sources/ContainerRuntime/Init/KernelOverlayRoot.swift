import ContainerPlan
import Diagnostics
import LinuxKernel

/// Mounts the kernel's overlay over `/` and opens it; there is nobody to serve it.
///
/// The layers are given as `/proc/self/fd/N`, since a parameter of fsconfig(2) holds 255 bytes and paths may be longer.
/// With `userxattr` the kernel lets the owner of a user namespace do it (overlayfs.rst, "User xattr"). After
/// `wrongState` nothing else may be mounted in its place.
func attachKernelOverlayRoot(_ overlay: OverlayRoot) throws(SandboxError) -> ContainerRoot {
    let place = try attempt("open /") { () throws(Errno) in try openPath("/", O_PATH | O_DIRECTORY) }
    var layers: [CInt] = []
    defer { for layer in layers { close(layer) } }
    for path in overlay.lower {
        layers.append(
            try attempt("open the lower layer \(path)") { () throws(Errno) in
                try openPath(path, O_PATH | O_DIRECTORY).release()
            })
    }
    let tree = try mountTree(overlay, layers, place.raw)
    try attempt("mount the overlay over /") { () throws(Errno) in try attachMount(tree.raw, onto: place.raw) }
    return ContainerRoot(descriptor: tree)
}

private func mountTree(_ overlay: OverlayRoot, _ layers: [CInt], _ place: CInt) throws(SandboxError) -> Descriptor {
    switch overlay.upper {
    case .directory(let upper, let work):
        let upper = try attempt("open the overlay's upper layer") { () throws(Errno) in
            try openPath(upper, O_RDONLY | O_DIRECTORY)
        }
        let work = try attempt("open the overlay's work folder") { () throws(Errno) in
            try openPath(work, O_RDONLY | O_DIRECTORY)
        }
        return try mountKernelOverlay(layers, upper: upper.procPath, work: work.procPath)
    case .memory(let size):
        return try withMemory(size, place) { (memory) throws(SandboxError) in
            try attempt("prepare the overlay's upper layer") { () throws(Errno) in
                for name in ["upper", "work"] { try makeDirectory(at: memory, name) }
                let upper = try openPath(at: memory, "upper", O_RDONLY | O_DIRECTORY)
                // Kernels before 6.6 have no user attributes on tmpfs, and an overlay without them loses opaque folders.
                try setAttribute(at: upper.raw, nil, "user.sandbox.probe", [0x79])
                try removeAttribute(at: upper.raw, nil, "user.sandbox.probe")
                if let lower = layers.first { try presentRoot(of: lower, at: upper.raw) }
            }
            let folder = "/proc/self/fd/\(memory)"
            return try mountKernelOverlay(layers, upper: folder + "/upper", work: folder + "/work")
        }
    }
}

/// Calls `body` with a fresh tmpfs. The layers of an overlay must be mounted somewhere when it is made, and the overlay
/// keeps mounts of its own; so this one lies over `/` only meanwhile. What stayed there would be unmounted in place of
/// the old root.
private func withMemory(
    _ sizeBytes: UInt64?, _ place: CInt, _ body: (CInt) throws(SandboxError) -> Descriptor
) throws(SandboxError) -> Descriptor {
    let memory = try attempt("make a tmpfs for the overlay's changes") { () throws(Errno) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", "0755")
        if let sizeBytes { try context.set("size", "\(sizeBytes)") }
        let memory = try context.mount(attributes: MountAttribute.noSuid | MountAttribute.noDev)
        try attachMount(memory.raw, onto: place)
        return memory
    }
    let result: Descriptor
    do throws(SandboxError) {
        result = try body(memory.raw)
    } catch {
        try detach(memory.procPath)
        throw error
    }
    try detach(memory.procPath)
    return result
}

private func detach(_ path: String) throws(SandboxError) {
    do { try unmount(path, flags: CInt(MNT_DETACH)) } catch {
        throw SandboxError(.wrongState, "the overlay's tmpfs cannot be taken from /", errno: error.rawValue)
    }
}

/// The overlay's root is the upper folder's: it shows the owner and mode of the lower one it stands for.
private func presentRoot(of lower: CInt, at upper: CInt) throws(Errno) {
    let status = try fileStatus(at: lower)
    try setMode(at: upper, ".", status.st_mode & 0o7777)
    // An owner outside the id map cannot be given; the folder stays this process's.
    do { try setOwner(at: upper, ".", uid: status.st_uid, gid: status.st_gid) } catch .invalidArgument {}
}

private func mountKernelOverlay(
    _ layers: [CInt], upper: String, work: String
) throws(SandboxError) -> Descriptor {
    let context = try attempt("make the kernel's overlay") { () throws(Errno) in try FileSystemContext("overlay") }
    do throws(Errno) {
        try context.set("source", "sandbox-overlay")
        try context.set(flag: "userxattr")
        for layer in layers { try context.set("lowerdir+", "/proc/self/fd/\(layer)") }
        try context.set("upperdir", upper)
        try context.set("workdir", work)
        return try context.mount(attributes: MountAttribute.noDev)
    } catch {
        let reason = context.log().map { " (\($0.filter { $0 != "\n" }))" } ?? ""
        throw SandboxError(
            error, "mount the kernel's overlay\(reason)", remedy: "--overlay fuse has no need of it")
    }
}
