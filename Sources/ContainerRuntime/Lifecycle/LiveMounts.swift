import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel

/// Work inside the mounts of a running container, done by a child that enters them; sources are opened before, by the
/// caller's rights on the host.
struct LiveMounts {
    let pid: pid_t
    /// The container's, with these mounts alone.
    let plan: Plan
    let isUserNamespaceShared: Bool

    private var steps: [Step] { plan.steps }

    /// Mounts everything, or nothing.
    func add() throws(SandboxError) {
        let sources = try openSources()
        defer { for raw in sources.descriptors { close(raw) } }
        try inside { (channel, process) throws(SandboxError) in
            var mounting = Mounting(
                root: try openRoot(), sources: try copies(sources), bindsKernelFiles: false, cgroupView: CgroupView(),
                channel: channel)
            for (index, step) in steps.enumerated() {
                do throws(SandboxError) { try mounting.perform(step, index: index, process: process) } catch {
                    // The failure that led here is what is told.
                    do { try unmount(steps[..<index].reversed(), mounting.root, process) } catch {}
                    throw error
                }
            }
            try mounting.finish()
        }
    }

    /// All of them, since the host's paths are out of sight inside.
    private func openSources() throws(SandboxError) -> StepSources {
        var sources = try openIDMappedSources(plan)
        do throws(SandboxError) {
            for (index, step) in steps.enumerated() {
                guard case .bind(let bind) = step, sources[index] == nil else { continue }
                sources[index] = try within(bind.origin) { () throws(SandboxError) in
                    guard !bind.isIDMapped else {
                        throw SandboxError(.unsupported, "id-mapped mounts of a container's own files need a create")
                    }
                    return try Mounting.openSource(bind).release()
                }
            }
        } catch {
            for raw in sources.descriptors { close(raw) }
            throw error
        }
        return sources
    }

    /// Unmounts everything, the last first.
    func remove() throws(SandboxError) {
        try inside { (_, process) throws(SandboxError) in
            try unmount(steps.reversed(), try openRoot(), process)
        }
    }

    private func openRoot() throws(SandboxError) -> ContainerRoot {
        try attempt("open the container's root") { () throws(Errno) in
            ContainerRoot(descriptor: try openPath("/", O_PATH | O_DIRECTORY))
        }
    }

    /// The child's own descriptors, which `Mounting` closes.
    private func copies(_ sources: StepSources) throws(SandboxError) -> StepSources {
        try sources.map { (raw) throws(SandboxError) in
            try attempt("duplicate a descriptor") { () throws(Errno) in
                CInt(try syscallRetrying(Int(SYS_fcntl), Int(raw), Int(F_DUPFD_CLOEXEC), 3))
            }
        }
    }

    private func unmount(
        _ steps: some Sequence<Step>, _ root: borrowing ContainerRoot, _ process: ProcFiles
    ) throws(SandboxError) {
        for step in steps {
            guard let path = step.destination else { continue }
            let place = try attempt("open \(path) in the container") { () throws(Errno) in try root.place(path) }
            let raw = place.raw
            try attempt("unmount \(path)") { () throws(Errno) in
                // By the host's proc, which knows this process: umount2(2) takes nothing but a path.
                try changeDirectory(process.root)
                try LinuxKernel.unmount("self/fd/\(raw)", flags: CInt(MNT_DETACH))
            }
        }
    }

    /// Runs `body` in a child in the container's mounts; its failure is thrown here.
    private func inside(_ body: (InitChannel, ProcFiles) throws(SandboxError) -> Void) throws(SandboxError) {
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        let namespaces = try openNamespaces()
        let side = try attempt("clone a process to enter the container") { () throws(Errno) in
            try cloneProcess(flags: 0)
        }
        switch consume side {
        case .child:
            let channel = InitChannel(socket: pair.takeSecond().release())
            do {
                let process = try ProcFiles.openHost()
                try attempt("become undumpable") { () throws(Errno) in try setDumpable(false) }
                for raw in namespaces {
                    try attempt("enter the container") { () throws(Errno) in try enterNamespace(raw) }
                }
                try body(channel, process)
                _exit(0)
            } catch {
                do { try channel.send(.failed(error)) } catch {}  // the parent is gone: nobody is left to tell
                _exit(1)
            }
        case .parent(let child):
            for raw in namespaces { close(raw) }
            let socket = pair.takeFirst()
            try collect(child, socket)
        }
    }

    private func collect(_ child: borrowing Child, _ socket: borrowing Descriptor) throws(SandboxError) {
        var failure: SandboxError?
        while failure == nil {
            let raw = socket.raw
            let datagram = try attempt("wait for the mounts") { () throws(Errno) in try receive(raw) }
            if datagram.bytes.isEmpty { break }
            if case .failed(let error)? = InitMessage(bytes: datagram.bytes) { failure = error }
        }
        let pid = child.pid
        let end = try attempt("reap the process that mounts") { () throws(Errno) in try waitForProcess(pid) }
        if let failure { throw failure }
        guard end?.status == .exited(0) else { throw SandboxError(.system, "the process that mounts died") }
    }

    /// The user namespace first: the rights on the mounts come from it.
    private func openNamespaces() throws(SandboxError) -> [CInt] {
        try (isUserNamespaceShared ? ["mnt"] : ["user", "mnt"]).map { (name) throws(SandboxError) in
            try attempt("open the container's \(name) namespace") { () throws(Errno) in
                try openPath("/proc/\(pid)/ns/\(name)", O_RDONLY).release()
            }
        }
    }
}

extension Step {
    /// Where it mounts; nil for what is no mount.
    fileprivate var destination: String? {
        switch self {
        case .bind(let bind): bind.destination
        case .fileSystem(let mount), .cgroup(let mount): mount.destination
        case .device, .link, .remount: nil
        }
    }
}
