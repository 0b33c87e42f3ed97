import ContainerPlan
import Diagnostics
import LinuxKernel

/// Makes and attaches the mounts of a plan below a container's root.
///
/// Sources of bind mounts are opened before (`openSources`), while the caller's own rights on the host still hold.
struct Mounting: ~Copyable {
    let root: ContainerRoot
    /// Detached copies of bind sources by step index.
    private var sources = StepSources()
    private let rootPlan: RootPlan?
    /// Where the host lets no fresh proc or sysfs be mounted, its own is bound instead, and said to be: only for
    /// people's sandboxes; an engine asked for exactly what its bundle says.
    private let bindsKernelFiles: Bool
    private let cgroupView: CgroupView
    private let channel: InitChannel
    /// Mounts that become read-only when everything is in them.
    private var readOnlyLater: [(mount: CInt, path: String)] = []

    init(
        root: consuming ContainerRoot, rootPlan: RootPlan? = nil, sources: StepSources, bindsKernelFiles: Bool,
        cgroupView: CgroupView,
        channel: InitChannel
    ) {
        self.root = root
        self.rootPlan = rootPlan
        self.sources = sources
        self.bindsKernelFiles = bindsKernelFiles
        self.cgroupView = cgroupView
        self.channel = channel
    }

    deinit {
        for raw in sources.descriptors { close(raw) }
        for entry in readOnlyLater { close(entry.mount) }
    }

    /// What had to wait until every mount, device and terminal was made.
    mutating func finish() throws(SandboxError) {
        for (mount, path) in readOnlyLater {
            try attempt("make \(path) read-only") { () throws(Errno) in
                try setMountAttributes(mount, set: MountAttribute.readOnly)
            }
        }
    }

    /// Opens every bind source of the plan as a detached copy, but those that the parent has prepared; the descriptors
    /// belong to the caller.
    /// A source inside the container's root is opened when its turn comes: earlier mounts may have made it.
    ///
    /// - Parameter parent: whom to ask for sources that are refused. Without it they are left out: until the id maps are
    ///   written init's capabilities reach no other ids, and no folders that are theirs alone.
    static func openSources(
        _ plan: Plan, prepared: StepSources, parent: InitChannel? = nil
    ) throws(SandboxError) -> StepSources {
        var sources = prepared
        for (index, step) in plan.steps.enumerated() {
            guard case .bind(let bind) = step, sources[index] == nil, !plan.root.holds(bind.source),
                !plan.root.serves(bind)
            else { continue }
            do throws(SandboxError) {
                sources[index] = try openSource(bind).release()
            } catch {
                guard error.errno == EACCES else { throw error.within(bind.origin) }
                // With the maps init still cannot pass the folders of ids that are none of theirs.
                if let parent { sources[index] = try parent.askForSource(step: index) }
            }
        }
        return sources
    }

    /// A source that lies inside the container's root, or is part of a folder that is served there.
    private func openInside(_ bind: BindMount, _ step: Int) throws(SandboxError) -> CInt {
        if rootPlan?.serves(bind) == true {
            return try attempt("bind \(bind.destination) to itself") { () throws(Errno) in
                let place = try root.place(bind.destination, followLast: false)
                return try cloneTree(at: place.raw, "", recursive: true).release()
            }
        }
        if bind.isIDMapped { return try channel.askForSource(step: step) }
        return try Self.openSource(bind).release()
    }

    static func openSource(_ bind: BindMount) throws(SandboxError) -> Descriptor {
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
        var raw = sources.take(index)
        if raw == nil { raw = try openInside(bind, index) }
        guard let raw else { return }
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
        if !isDone { try changeBind(mount.raw, bind.options, bind.destination) }
        try changePropagation(mount.raw, bind.options, bind.destination)
    }

    /// `copy-symlink`: the link itself is made anew inside.
    private func copyLink(_ bind: BindMount) throws(SandboxError) {
        let target = try attempt("read the link \(bind.source)") { () throws(Errno) in try readLink(bind.source) }
        try makeLink(bind.destination, target)
    }

    private mutating func attach(_ mount: FileSystemMount) throws(SandboxError) {
        var mount = mount
        try adjust(&mount)
        // Other mounts, devices and the terminal are still to come into /dev.
        let holdsBack = normalized(mount.destination) == "/dev" && mount.options.set & MountAttribute.readOnly != 0
        if holdsBack { mount.options.set &= ~MountAttribute.readOnly }
        let made = try makeOrBind(mount)
        let place = try root.ensure(mount.destination, .directory, followLast: !mount.options.destinationNoFollow)
        if mount.type != "proc" { try refuseProc(place, mount.destination) }
        if mount.options.copyUp { try copyUp(place, into: made.raw, mount.destination) }
        try attempt("mount \(mount.type) at \(mount.destination)") { () throws(Errno) in
            try attachMount(made.raw, onto: place.raw)
        }
        try changePropagation(made.raw, mount.options, mount.destination)
        if holdsBack { readOnlyLater.append((made.release(), mount.destination)) }
    }

    /// What the place of a mount decides about it.
    private func adjust(_ mount: inout FileSystemMount) throws(SandboxError) {
        // A place that is missing is made, then; whatever else is wrong with it is told by that.
        guard let status = placeStatus(mount.destination, followLast: mount.type == "tmpfs") else { return }
        switch mount.type {
        case "proc", "sysfs":
            // A link of the image's could lead them where labels and masks are looked for in vain (CVE-2019-19921).
            guard status.isDirectory else {
                throw SandboxError(
                    .refused,
                    "filesystem \"\(mount.type)\" must be mounted on ordinary directory: "
                        + "\(mount.destination) is none", errno: ENOTDIR)
            }
        case "tmpfs":
            // It takes the place of a folder of the image's, whose mode programs rely on.
            let options = mount.options.data.flatMap { $0.split(separator: ",") }
            if status.isDirectory && !options.contains(where: { $0.hasPrefix("mode=") }) {
                mount.options.data.append("mode=" + String(status.st_mode & 0o7777, radix: 8))
            }
        default: break
        }
    }

    private func placeStatus(_ path: String, followLast: Bool) -> stat? {
        do {
            let place = try root.place(path, followLast: followLast)
            return try fileStatus(at: place.raw)
        } catch { return nil }
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
        let type: Int
        do {
            // The root itself is no proc, and each question for its type would be one to the server of a FUSE root.
            if try root.holds(place) { return }
            type = try fileSystemType(raw)
        } catch { throw SandboxError(error, "inspect \(destination)") }
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
        // Message queues take no options.
        if let label = mount.label, mount.type != "mqueue" { try context.set("context", label) }
        let made = try context.mount(attributes: options.set | options.recursiveSet)
        if let text = mount.label, mount.type == "mqueue" { try label(made, text) }
        return made
    } catch {
        var failure = SandboxError(error, what)
        if let log = context.log(), !log.isEmpty { failure.message += " (\(log.filter { $0 != "\n" }))" }
        throw failure
    }
}
