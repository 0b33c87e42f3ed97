import ContainerPlan
import Diagnostics
import LinuxKernel

/// Makes and attaches the mounts of a plan below a container's root.
///
/// Sources of bind mounts are opened before (`openSources`), while the caller's own rights on the host still hold.
struct Mounting: ~Copyable {
    let root: ContainerRoot
    /// Detached copies of bind sources by step index.
    private var sources: [Int: CInt] = [:]
    /// Where the host lets no fresh proc or sysfs be mounted, its own is bound instead, and said to be: only for
    /// people's sandboxes; an engine asked for exactly what its bundle says.
    private let bindsKernelFiles: Bool
    private let cgroupView: CgroupView
    private let channel: InitChannel

    init(
        root: consuming ContainerRoot, sources: [Int: CInt], bindsKernelFiles: Bool, cgroupView: CgroupView,
        channel: InitChannel
    ) {
        self.root = root
        self.sources = sources
        self.bindsKernelFiles = bindsKernelFiles
        self.cgroupView = cgroupView
        self.channel = channel
    }

    deinit { for raw in sources.values { close(raw) } }

    /// Opens every bind source of the plan as a detached copy, but those that the parent has prepared; the descriptors
    /// belong to the caller.
    static func openSources(_ steps: [Step], prepared: [Int: CInt]) throws(SandboxError) -> [Int: CInt] {
        var sources = prepared
        for (index, step) in steps.enumerated() {
            guard case .bind(let bind) = step, sources[index] == nil else { continue }
            sources[index] = try within(bind.origin) { () throws(SandboxError) in
                try openSource(bind).release()
            }
        }
        return sources
    }

    private static func openSource(_ bind: BindMount) throws(SandboxError) -> Descriptor {
        let options = bind.options
        do {
            return try cloneTree(
                bind.source, recursive: options.isRecursiveBind,
                follow: !(options.copySymlink || options.sourceNoFollow))
        } catch {
            var remedy: String?
            if error == .noSuchFileOrDirectory { remedy = "create it, or take the mount out" }
            if error == .invalidArgument && !options.isRecursiveBind {
                remedy = "in a user namespace a folder with mounts below it can only be bound with rbind"
            }
            throw SandboxError(error, "bind \(bind.source) to \(bind.destination)", remedy: remedy)
        }
    }

    /// Carries out one step.
    mutating func perform(_ step: Step, index: Int, process: ProcFiles) throws(SandboxError) {
        switch step {
        case .bind(let bind):
            try within(bind.origin) { () throws(SandboxError) in try attach(bind, index) }
        case .fileSystem(let mount):
            try within(mount.origin) { () throws(SandboxError) in try attach(mount) }
        case .cgroup(let mount):
            try within(mount.origin) { () throws(SandboxError) in try attachCgroups(mount, cgroupView, root: root) }
        case .device(let node): try makeDevice(node)
        case .link(let path, let target): try makeLink(path, target)
        case .remount(let path, let options):
            let place = try attempt("remount \(path)") { () throws(Errno) in try root.place(path) }
            try changeAttributes(place.raw, options, path)
        }
    }

    private mutating func attach(_ bind: BindMount, _ index: Int) throws(SandboxError) {
        guard let raw = sources.removeValue(forKey: index) else { return }
        let mount = Descriptor(owning: raw)
        let status = try attempt("inspect \(bind.source)") { () throws(Errno) in try fileStatus(at: mount.raw) }
        if status.isSymbolicLink { return try copyLink(bind) }
        let isDone = try changeDetached(mount.raw, bind.options, bind.destination)
        let place = try root.ensure(
            bind.destination, status.isDirectory ? .directory : .file,
            followLast: !bind.options.destinationNoFollow)
        try refuseProc(place, bind.destination)
        try attempt("bind \(bind.source) to \(bind.destination)") { () throws(Errno) in
            try attachMount(mount.raw, onto: place.raw)
        }
        if !isDone { try changeAttributes(mount.raw, bind.options, bind.destination) }
        try changePropagation(mount.raw, bind.options, bind.destination)
    }

    /// `copy-symlink`: the link itself is made anew inside.
    private func copyLink(_ bind: BindMount) throws(SandboxError) {
        let target = try attempt("read the link \(bind.source)") { () throws(Errno) in try readLink(bind.source) }
        try makeLink(bind.destination, target)
    }

    private func attach(_ mount: FileSystemMount) throws(SandboxError) {
        let made = try makeOrBind(mount)
        let place = try root.ensure(
            mount.destination, .directory, followLast: !mount.options.destinationNoFollow && mount.type != "proc")
        if mount.type != "proc" { try refuseProc(place, mount.destination) }
        if mount.options.copyUp { try copyUp(place, into: made.raw, mount.destination) }
        try attempt("mount \(mount.type) at \(mount.destination)") { () throws(Errno) in
            try attachMount(made.raw, onto: place.raw)
        }
        try changePropagation(made.raw, mount.options, mount.destination)
    }

    /// In a container whose /proc or /sys is partly covered the kernel refuses fresh ones (mount_too_revealing): there
    /// the outer one serves, covers included.
    private func makeOrBind(_ mount: FileSystemMount) throws(SandboxError) -> Descriptor {
        do { return try makeFileSystem(mount) } catch {
            guard bindsKernelFiles, error.errno == EPERM || error.errno == EBUSY, let outer = outerTree(mount.type)
            else { throw error }
            let tree = try attempt("bind \(outer)") { () throws(Errno) in
                let tree = try cloneTree(outer, recursive: true)
                try setMountAttributes(
                    tree.raw, set: mount.options.set & ~MountAttribute.accessTimeMask | MountAttribute.readOnly,
                    recursive: true)
                return tree
            }
            let shown = mount.type == "proc" ? ": processes outside the sandbox show in it" : ""
            channel.warn("a fresh \(mount.type) is refused here, so the outer container's \(outer) is used\(shown)")
            return tree
        }
    }

    private func outerTree(_ type: String) -> String? {
        switch type {
        case "proc": "/proc"
        case "sysfs": "/sys"
        default: nil
        }
    }

    /// A link of the image must not lead a mount into proc: there it could stand in for the files through which labels
    /// are set. Paths that name proc themselves were judged by the plan (CVE-2019-16884, CVE-2025-52881).
    private func refuseProc(_ place: borrowing Descriptor, _ destination: String) throws(SandboxError) {
        let path = normalized(destination)
        if path == "/proc" || path.hasPrefix("/proc/") { return }
        let procMagic = 0x9FA0
        let raw = place.raw
        let type = try attempt("inspect \(destination)") { () throws(Errno) in try fileSystemType(raw) }
        guard type != procMagic else {
            throw SandboxError(
                .refused, "\(destination) leads into /proc by a link, where nothing may be mounted", errno: EPERM)
        }
    }

    private func makeLink(_ path: String, _ target: String) throws(SandboxError) {
        let (folder, name) = splitPath(path)
        let parent = try root.ensure(folder, .directory)
        do { try makeSymbolicLink(to: target, at: parent.raw, name) } catch {
            // Something of the image's own is there; engines leave it, too.
            if error == .fileExists { return }
            throw SandboxError(error, "link \(path) to \(target)")
        }
    }
}

/// A detached mount of a new file system, configured as the mount asks.
func makeFileSystem(_ mount: FileSystemMount) throws(SandboxError) -> Descriptor {
    let what = "mount \(mount.type) at \(mount.destination)"
    let context = try attempt(what) { () throws(Errno) in try FileSystemContext(mount.type) }
    do {
        if !mount.source.isEmpty { try context.set("source", mount.source) }
        for flag in mount.options.superblockFlags { try context.set(flag: flag) }
        for option in mount.options.data.flatMap({ $0.split(separator: ",") }) {
            let parts = option.split(separator: "=", maxSplits: 1)
            if parts.count == 2 {
                try context.set(String(parts[0]), String(parts[1]))
            } else {
                try context.set(flag: String(option))
            }
        }
        let options = mount.options
        return try context.mount(attributes: options.set | options.recursiveSet)
    } catch {
        var failure = SandboxError(error, what)
        if let log = context.log(), !log.isEmpty { failure.message += " (\(log.filter { $0 != "\n" }))" }
        throw failure
    }
}

/// Changes the attributes of a mount that is attached nowhere yet, so that nobody ever sees it without them; false where
/// the kernel lacks mount_setattr(2) (before 5.12) and only attached mounts can be changed.
func changeDetached(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) -> Bool {
    do {
        try changeAttributes(mount, options, path)
        return true
    } catch {
        if error.errno == ENOSYS || error.errno == EINVAL && !hasMountSetAttributes() { return false }
        throw error
    }
}

/// Sets and clears a mount's attributes; the recursive ones go to everything below it, too.
func changeAttributes(
    _ mount: CInt, _ options: MountOptions, _ path: String
) throws(SandboxError) {
    if options.recursiveSet != 0 || options.recursiveClear != 0 {
        try attempt("set the recursive attributes of \(path)") { () throws(Errno) in
            try setMountAttributes(
                mount, set: options.recursiveSet, clear: clearing(options.recursiveClear, options.recursiveSet),
                recursive: true)
        }
    }
    // A copy starts with the attributes of its source: clearing one that is not set would only be refused.
    let present = try attempt("inspect \(path)") { () throws(Errno) in try currentAttributes(mount) }
    let clear = clearing(options.clear & (present | MountAttribute.accessTimeMask), options.set)
    let access = MountAttribute.accessTimeMask
    let clearsAccessTime = clear & access != 0 && (options.set & access != 0 || present & access != 0)
    let toClear = clearsAccessTime ? clear : clear & ~access
    if options.set == 0 && toClear == 0 { return }
    try attempt("set the attributes of \(path)") { () throws(Errno) in
        try setMountAttributes(mount, set: options.set, clear: toClear)
    }
}

/// The access time modes are one field: setting one means clearing the whole field first (mount_setattr(2)).
private func clearing(_ clear: UInt64, _ set: UInt64) -> UInt64 {
    set & MountAttribute.accessTimeMask != 0 ? clear | MountAttribute.accessTimeMask : clear
}

/// The attribute bits that a mount has now, from its statfs(2) flags.
private func currentAttributes(_ mount: CInt) throws(Errno) -> UInt64 {
    var status = statfs()
    try withUnsafeMutablePointer(to: &status) { (status) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_fstatfs), Int(mount), address(status))
    }
    let flags = UInt64(bitPattern: Int64(status.f_flags))
    var bits = flags & 0xF  // ST_RDONLY, ST_NOSUID, ST_NODEV and ST_NOEXEC are the same bits
    if flags & 0x400 != 0 { bits |= MountAttribute.noAccessTime }
    if flags & 0x800 != 0 { bits |= MountAttribute.noDirectoryAccessTime }
    if flags & 0x2000 != 0 { bits |= MountAttribute.noSymlinkFollow }
    if flags & 0x1400 == 0 { bits |= MountAttribute.strictAccessTime }
    return bits
}

private func changePropagation(_ mount: CInt, _ options: MountOptions, _ path: String) throws(SandboxError) {
    for change in options.propagation {
        try attempt("make \(path) \(change.kind.rawValue)") { () throws(Errno) in
            try setMountAttributes(mount, propagation: change.kind.bits, recursive: change.recursive)
        }
    }
}
