import Diagnostics
import RuntimeSpec

extension LaunchMaker {
    /// Every mount on top of the root, parents first.
    func places() throws(SandboxError) -> Places {
        var places = Places()
        if launch.showsHost { try addHostFolders(&places) }
        try addPrivateFolders(&places)
        try addKernelFolders(&places)
        if !launch.secretFiles.isEmpty {
            try places.add(
                Place(
                    mount: Place.memory(
                        LaunchSpec.SecretFile.folder, mode: "0500", owner: (uid, gid),
                        options: ["nosuid", "nodev", "noexec"]),
                    rank: .system, choice: .empty, why: "--secret, in memory"))
        }
        try addProject(&places)
        try addHomeTools(&places)
        try addExplicit(&places)
        try addGuardsInBinds(&places)
        try checkMountPoints(places)
        places.sort()
        return places
    }

    /// Native read-only mounts, except for what `--writable` leaves to the overlay.
    private func addHostFolders(_ places: inout Places) throws(SandboxError) {
        let writable = launch.writable.map { host.sources[$0]?.canonical ?? $0 }
        // A shell's programs are its own: what is installed in it stays in it.
        for folder in launch.shell == nil ? readOnlyFolders : [] {
            if writable.contains(where: { Paths.isInside($0, folder) || Paths.isInside(folder, $0) }) { continue }
            try places.add(
                Place(
                    mount: Place.bind(folder, readOnly: true, host: host), rank: .system, choice: .hostReadOnly,
                    why: hasOverlay ? "programs run at native speed" : "no /dev/fuse, so no copy on write"))
        }
        for folder in host.systemInRun {
            try places.add(
                Place(
                    mount: Place.bind(folder, readOnly: true, host: host), rank: .system, choice: .hostReadOnly,
                    why: "the system's programs"))
        }
        for file in host.resolverFiles {
            try places.add(
                Place(
                    mount: Place.bind(file, readOnly: true, host: host), rank: .system, choice: .hostReadOnly,
                    why: "name resolution, for --net host"))
        }
    }

    /// The host's folders that are not the overlay's. Without an overlay all are: a read-only root alone would leave
    /// the file systems mounted below it writable.
    private var readOnlyFolders: [String] {
        let others = RootLayout.kernelFolders + RootLayout.privateFolders
        return host.topLevel.filter { name, kind in
            kind == .directory
                && (RootLayout.nativeFolders.contains(name) && !launch.rootRules.coversEverything
                    || !hasOverlay && !others.contains(name))
        }.map(\.key).sorted(by: Paths.ordered)
    }

    private func addPrivateFolders(_ places: inout Places) throws(SandboxError) {
        if launch.image != nil {
            // All else is the image's: services expect what it has in /run, and its users' homes.
            return try places.add(
                Place(mount: Place.memory("/tmp", mode: "1777"), rank: .system, choice: .empty, why: "scratch space"))
        }
        let folders = launch.showsHost ? host.privateFolders : ["/tmp", "/var/tmp", "/run"]
        for folder in folders where !Paths.same(folder, home) && !(launch.shell != nil && folder == "/root") {
            let mode = RootLayout.isScratch(folder) ? "1777" : "0755"
            let isHome = host.homes.contains { Paths.same($0, folder) }
            try places.add(
                Place(
                    mount: Place.memory(
                        folder, mode: isHome ? "0700" : mode, owner: isHome ? (uid, gid) : nil, sizeBytes: scratchBytes),
                    rank: .system, choice: .empty, why: RootLayout.isScratch(folder) ? "scratch space" : "not shared"))
        }
        if let shell = launch.shell { return try addHomes(of: shell, &places) }
        try places.add(
            Place(
                mount: Place.memory(home, mode: "0700", owner: (uid, gid), sizeBytes: scratchBytes), rank: .system,
                choice: .empty,
                why: "home of \(userName)"))
    }

    /// The user's and root's, kept beside the shell's changes.
    private func addHomes(of shell: ShellFolder, _ places: inout Places) throws(SandboxError) {
        for (folder, source) in [(home, shell.home), ("/root", shell.rootHome)]
        where folder != "/root" || home != folder {
            try places.add(
                Place(
                    mount: Place.bind(source, at: folder, readOnly: false, host: host), rank: .system, choice: .kept,
                    why: "home, of this shell alone"))
        }
    }

    private func addKernelFolders(_ places: inout Places) throws(SandboxError) {
        let closed = ["nosuid", "noexec", "nodev"]
        func add(_ mount: Spec.Mount, _ why: String) throws(SandboxError) {
            try places.add(Place(mount: mount, rank: .system, choice: .kernel, why: why))
        }
        try add(Spec.Mount(destination: "/proc", type: "proc", source: "proc", options: closed), "own processes only")
        try add(
            Place.memory("/dev", mode: "755", sizeBytes: 65536 << 10, options: ["nosuid", "strictatime"]),
            "null, zero, full, random, urandom, tty")
        let terminalGroup = maps.hasGroup(5) ? ["gid=5"] : []
        try add(
            Spec.Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + terminalGroup),
            "own terminals")
        try add(Place.memory("/dev/shm", mode: "1777", sizeBytes: scratchBytes), "own shared memory")
        // The kernel gives the queues of an ipc namespace to its owner alone.
        if profile.namespaces.contains(.ipc) {
            try add(
                Spec.Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed), "own queues")
        }
        switch launch.network {
        case .none, .user, .join:
            try add(
                Spec.Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
                "read-only, own network devices")
        case .host:
            // The kernel gives a new sysfs only to the owner of the network namespace.
            var mount = Place.bind("/sys", readOnly: true, host: host)
            mount.options?.append(host.hasRecursiveReadOnly ? "rnoexec" : "noexec")
            try places.add(Place(mount: mount, rank: .system, choice: .hostReadOnly, why: "--net host"))
        }
        if host.cgroups == .unified {
            try add(
                Spec.Mount(
                    destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                    options: closed + ["relatime", "ro"]),
                "own group only")
        }
    }

    private func addProject(_ places: inout Places) throws(SandboxError) {
        guard let project else { return }
        if let overlay = launch.projectOverlay { return try addOverlaidProject(project, overlay, &places) }
        try places.add(
            Place(
                mount: Place.bind(project.folder, readOnly: false, host: host), rank: .project, choice: .hostWritable,
                why: project.isGitWorkTree ? "project (git work tree)" : "project"))
        for layer in project.tree.layers {
            let isPart = Paths.isInside(layer.path, project.folder)
            try places.add(
                Place(
                    mount: Place.bind(layer.path, readOnly: layer.readOnly, host: host), rank: .guarded,
                    choice: layer.readOnly ? .guarded : isPart ? .pinned : .hostWritable,
                    why: layer.readOnly
                        ? "programs of the host act on it"
                        : isPart ? "holds guarded files" : "git folder of the project"))
        }
    }

    private func addHomeTools(_ places: inout Places) throws(SandboxError) {
        guard launch.homeTools else { return }
        for folder in host.homeTools where project.map({ !Paths.isInside(folder, $0.folder) }) ?? true {
            try places.add(
                Place(
                    mount: Place.bind(folder, readOnly: true, host: host), rank: .tools, choice: .hostReadOnly,
                    why: "tools that PATH names"))
        }
    }

    private func addExplicit(_ places: inout Places) throws(SandboxError) {
        for bind in launch.binds {
            guard let source = host.sources[bind.source] else { continue }  // checkRequests has refused it
            var mount = Place.bind(
                source.canonical, at: bind.destination, readOnly: bind.readOnly, device: source.kind == .device,
                host: host)
            if source.kind == .device { mount.options = mount.options?.map { $0 == "rbind" ? "bind" : $0 } }
            try places.add(
                Place(
                    mount: mount, rank: .explicit, choice: bind.readOnly ? .hostReadOnly : .hostWritable,
                    why: bind.option, option: "\(bind.option) \(bind.source)"))
        }
        for folder in launch.memoryFolders {
            let mode = folder.origin != nil ? "0700" : RootLayout.isScratch(folder.destination) ? "1777" : "0755"
            let option = folder.origin ?? "--tmpfs"
            try places.add(
                Place(
                    mount: Place.memory(
                        folder.destination, mode: mode,
                        owner: RootLayout.isScratch(folder.destination) ? nil : (uid, gid),
                        sizeBytes: folder.sizeBytes ?? scratchBytes),
                    rank: .explicit, choice: .empty, why: option, option: "\(option) \(folder.destination)"))
        }
    }
}
