import ContainerPlan
import Diagnostics
import LinuxKernel

/// What the server of an overlay root needs; open until they are sent to it.
struct OverlayDevices {
    let fuse: CInt
    /// The detached tmpfs of a memory upper.
    let upper: CInt?
    /// Of the folders that are served beside the root.
    var served: [CInt] = []

    var all: [CInt] { [fuse] + (upper.map { [$0] } ?? []) + served }
}

/// Mount events of the host reach the container's mounts as the plan says, and none go back unless it shares them.
func setInitialPropagation(_ root: RootPlan) throws(SandboxError) {
    let kind = root.propagation ?? .slave
    let flags = CUnsignedLong(kind.bits) | (root.propagationIsRecursive ? CUnsignedLong(MS_REC) : 0)
    try attempt("set the propagation of /") { () throws(Errno) in
        try mount(source: nil, target: "/", flags: flags)
    }
}

/// Attaches a bundle's root folder over itself and opens it.
func attachDirectoryRoot(_ root: RootPlan) throws(SandboxError) -> ContainerRoot {
    let place = try attempt("open the root filesystem \(root.path)") { () throws(Errno) in
        try openPath(root.path, O_PATH | O_DIRECTORY)
    }
    return try attempt("mount the root filesystem \(root.path)") { () throws(Errno) in
        // pivot_root(2) wants neither the new root nor its parent to be shared; a copy of a private mount is private.
        if root.propagation == .shared { try makeParentPrivate(place) }
        let tree = try cloneTree(at: place.raw, "", recursive: true)
        if root.propagation != .shared {
            try setMountAttributes(tree.raw, propagation: (root.propagation ?? .slave).bits, recursive: true)
        }
        try attachMount(tree.raw, onto: place.raw)
        return ContainerRoot(descriptor: tree)
    }
}

/// Makes the mount that holds `place` private; found by walking up to the place where the mount begins.
private func makeParentPrivate(_ place: borrowing Descriptor) throws(Errno) {
    var path = try readLink(place.procPath)
    while path != "/" {
        do {
            return try mount(source: nil, target: path, flags: CUnsignedLong(Propagation.private.bits))
        } catch {
            guard error == .invalidArgument else { throw error }
            path = splitPath(path).directory
        }
    }
    try mount(source: nil, target: "/", flags: CUnsignedLong(Propagation.private.bits))
}

/// A mounted overlay root and what its server needs.
struct MountedOverlay: ~Copyable {
    let root: ContainerRoot
    var devices: OverlayDevices
    /// Detached mounts of the served folders.
    var served: [CInt] = []
}

/// Mounts the FUSE overlay over `/` and opens it; the devices go to the process that serves it.
///
/// Nothing is hidden by that: paths that start at this process's root do not cross into a mount on top of it. The
/// device must be opened here, for the kernel wants the mounting user namespace to have opened it (fuse(4)).
func attachOverlayRoot(_ overlay: OverlayRoot) throws(SandboxError) -> MountedOverlay {
    let device = try openFuseDevice()
    let upper = try makeUpper(overlay)
    let tree = try mountFuse(device, enforcesPermissions: overlay.enforcesPermissions)
    let place = try attempt("open /") { () throws(Errno) in try openPath("/", O_PATH | O_DIRECTORY) }
    try attempt("mount the overlay over /") { () throws(Errno) in try attachMount(tree.raw, onto: place.raw) }
    var mounted = MountedOverlay(
        root: ContainerRoot(descriptor: tree), devices: OverlayDevices(fuse: device.release(), upper: upper))
    for _ in overlay.served {
        let device = try openFuseDevice()
        mounted.served.append(try mountFuse(device, enforcesPermissions: true).release())
        mounted.devices.served.append(device.release())
    }
    return mounted
}

private func mountFuse(
    _ device: borrowing Descriptor, enforcesPermissions: Bool
) throws(SandboxError) -> Descriptor {
    let raw = device.raw
    return try attempt("mount the overlay") { () throws(Errno) in
        let context = try FileSystemContext("fuse")
        try context.set("source", "sandbox-overlay")
        try context.set("fd", "\(raw)")
        try context.set("rootmode", "40000")
        try context.set("user_id", "\(geteuid())")
        try context.set("group_id", "\(getegid())")
        if enforcesPermissions { try context.set(flag: "default_permissions") }
        try context.set(flag: "allow_other")
        return try context.mount(attributes: MountAttribute.noDev)
    }
}

private func openFuseDevice() throws(SandboxError) -> Descriptor {
    do { return try openPath("/dev/fuse", O_RDWR) } catch {
        let remedy =
            switch error {
            case .noSuchFileOrDirectory, .operationNotSupportedByDevice, .noSuchAddressOrDevice:
                "load it with: sudo modprobe fuse"
            case .permissionDenied: "allow it with: sudo chmod 0666 /dev/fuse"
            default: "run: sandbox doctor"
            }
        throw SandboxError(error, "open /dev/fuse", remedy: remedy)
    }
}

private func makeUpper(_ overlay: OverlayRoot) throws(SandboxError) -> CInt? {
    guard case .memory(let size) = overlay.upper else { return nil }
    // The tmpfs itself holds the quota, with room for the overlay's own folders.
    let bytes = overlay.rules.quotaBytes ?? size
    let files = overlay.rules.quotaFiles.map { $0.addingReportingOverflow(8).partialValue }
    return try attempt("make a tmpfs for the overlay's changes") { () throws(Errno) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", "0755")
        if let bytes { try context.set("size", "\(bytes)") }
        if let files { try context.set("nr_inodes", "\(files)") }
        return try context.mount(attributes: MountAttribute.noSuid | MountAttribute.noDev).release()
    }
}

/// Makes the container's root the root of this process and drops the old one (pivot_root(2), NOTES).
///
/// - Parameter passing: detached mounts that are not to outlive the old root but for their descriptors.
func enterRoot(
    _ root: borrowing ContainerRoot, _ plan: RootPlan, dropping passing: [CInt]
) throws(SandboxError) {
    if !plan.pivots { return try enterRootByChroot(root, plan.path) }
    try attempt("pivot_root to \(plan.path)") { () throws(Errno) in
        let old = try openPath("/", O_PATH | O_DIRECTORY)
        try changeDirectory(root.descriptor.raw)
        try pivotRoot(newRoot: ".", putOld: ".")
        // The old root is on top of the new one now. Its unmounting must not reach the host.
        try changeDirectory(old.raw)
        try mount(source: nil, target: ".", flags: CUnsignedLong(MS_SLAVE) | CUnsignedLong(MS_REC))
        hang(passing, into: old)
        try unmount(".", flags: CInt(MNT_DETACH))
        try changeDirectory("/")
    }
}

/// Attaches detached mounts to a tree that is about to be dropped.
///
/// The last close of one that nobody has attached unmounts it and waits for the kernel's readers (an RCU grace period),
/// with the command's start or the container's end behind it; dropped with a tree it costs nothing more. So whatever
/// refuses this only takes that time.
private func hang(_ mounts: [CInt], into tree: borrowing Descriptor) {
    do {
        let place = try openPath(at: tree.raw, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW)
        for mount in mounts { try attachMount(mount, onto: place.raw) }
    } catch {}
}

/// Sets the root's own propagation, as the specification's `rootfsPropagation` asks, and its read-only attribute.
func finishRoot(_ root: borrowing ContainerRoot, _ plan: RootPlan) throws(SandboxError) {
    if let propagation = plan.propagation {
        try attempt("set the propagation of the root") { () throws(Errno) in
            try setMountAttributes(
                root.descriptor.raw, propagation: propagation.bits, recursive: plan.propagationIsRecursive)
        }
    }
    if plan.isReadOnly {
        try attempt("make the root read-only") { () throws(Errno) in
            try setMountAttributes(root.descriptor.raw, set: MountAttribute.readOnly)
        }
    }
}
