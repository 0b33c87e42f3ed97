import RuntimeSpec

extension LaunchMaker {
    /// What `--explain` prints of the file system.
    func layout(_ places: Places, _ masked: [Secret]) -> [LayoutEntry] {
        let origin = launch.image.map { ", from image \($0.name)" } ?? root.map { ", from \($0)" } ?? ""
        let base =
            hasOverlay
            ? LayoutEntry(
                "/", launch.keep == nil && launch.shell == nil ? .copyOnWrite : .kept,
                (launch.shell.map { "kept for shell \($0.name)" } ?? launch.keep.map { "kept as \"\($0)\"" }
                    ?? "changes vanish at the end") + origin + overlayNote)
            : LayoutEntry("/", .hostReadOnly, "no /dev/fuse, so no copy on write" + origin)
        let entries =
            places.all.map { LayoutEntry($0.destination, $0.choice, $0.why) }
            + masked.map { LayoutEntry($0.path, .hidden, "well-known secret") }
        return [base] + entries.sorted { Paths.ordered($0.path, $1.path) }
    }

    /// One line each, only for what a user would not expect.
    func notes(_ places: Places, _ masked: [Secret]) -> [String] {
        var notes: [String] = []
        if case .none(let reason) = host.project, launch.project != .none { notes.append(reason) }
        notes += guardedTrees.flatMap(\.notes) + imageNotes
        for layer in guardedTrees.flatMap(\.layers) where layer.readOnly {
            if places.all.contains(where: { Paths.same($0.destination, layer.path) && $0.choice == .hostWritable }) {
                notes.append("\(layer.path) is writable because an option says so; programs of the host act on it")
            }
        }
        if let project {
            if let home = host.homes.first(where: { Paths.isInside($0, project.folder) }) {
                notes.append("the home \(home) is writable: a command can change what your next shell runs")
            }
            for secret in masked where Paths.isInside(secret.path, project.folder) {
                notes.append("\(secret.path) is hidden (--allow-secret \(secret.path) shows it)")
            }
        }
        for path in launch.writable {
            let source = host.sources[path]?.canonical ?? path
            if let folder = RootLayout.nativeFolders.first(where: {
                Paths.isInside(source, $0) && !Paths.same(source, $0)
            }) {
                notes.append("--writable \(path): all of \(folder) is copy on write")
            }
        }
        for case .pass(let name) in launch.environment where host.environment[name] == nil {
            notes.append("--env \(name): not set, so not passed")
        }
        let shared = places.all.filter { $0.choice == .hostWritable || $0.rank == .project }.map(\.destination)
        if launch.rootRules.trace != nil, let first = shared.first {
            let rest = shared.count > 1 ? " and \(shared.count - 1) more" : ""
            notes.append("--trace is the root's: it does not reach what is shared, \(first)\(rest)")
        }
        return notes
    }

    /// Every protection a launch can have, in a fixed order.
    func walls(_ places: Places) -> [Wall] {
        [
            profile.namespaces.contains(.user)
                ? Wall("user namespace", stands: true, "no id inside has power outside")
                : Wall(
                    "user namespace", stands: false,
                    "profile \"\(profile.name)\" makes none: ids and capabilities inside are the host's"),
            idWall, groupWall, processWall, rootWall, privilegeWall, networkWall, secretWall, projectWall, seccompWall,
            landlockWall, submountWall,
        ].compactMap { $0 }
    }

    private var idWall: Wall {
        guard let shortage = maps.shortage else {
            return Wall("ids", stands: true, "0–65535 exist inside, other users' files stay out of reach")
        }
        return Wall(
            "ids", stands: false,
            "\(shortage.description): only \(userName) exists inside; "
                + "changing to another user or owner fails there",
            remedy: shortage.remedy(on: host.distribution, firstFree: host.firstFreeID))
    }

    /// user_namespaces(7): with one id, setgroups(2) is denied and the caller's groups cannot be given up.
    private var groupWall: Wall? {
        guard let shortage = maps.shortage, host.identity.uid != 0 else {
            return Wall("groups", stands: true, "the caller's additional groups are given up")
        }
        return Wall(
            "groups", stands: false, "the caller's additional groups stay: files of theirs that are shared can be used",
            remedy: shortage.remedy(on: host.distribution, firstFree: host.firstFreeID))
    }

    /// The host's tree cannot be changed either way; without the overlay a command that tries sees an error.
    private var rootWall: Wall {
        hasOverlay
            ? Wall("root", stands: true, "changes outside the project go to a copy")
            : Wall(
                "root", stands: true, "read-only: /dev/fuse cannot be opened, so writing outside the project fails",
                remedy: "sandbox doctor says how to get /dev/fuse")
    }

    private var privilegeWall: Wall {
        let count = capabilities.bounding?.count ?? 0
        let holder = uid == 0 ? "root inside" : userName
        let isInside = profile.namespaces.contains(.user)
        let kind = isInside ? "capabilities, none outside" : "of the host's capabilities"
        let text = count == 0 ? "no capabilities" : "\(holder) has \(count) \(kind)"
        return Wall(
            "privileges", stands: profile.noNewPrivileges && (isInside || count == 0),
            profile.noNewPrivileges
                ? "no new privileges; \(text)" : "programs may gain privileges; \(text)")
    }

    private var processWall: Wall {
        host.coveredProc.isEmpty
            ? Wall("processes", stands: true, "only the sandbox's own can be seen and signalled")
            : Wall(
                "processes", stands: false,
                "the kernel gives no fresh /proc here, since parts of this one are covered: "
                    + host.coveredProc.prefix(3).joined(separator: ", ")
                    + (host.coveredProc.count > 3 ? ", …" : ""),
                remedy: "sandbox doctor says how to get one")
    }

    private var secretWall: Wall {
        guard launch.allowedSecrets.isEmpty else {
            return Wall("secrets", stands: false, "--allow-secret: \(launch.allowedSecrets.joined(separator: ", "))")
        }
        return Wall("secrets", stands: true, "well-known secrets and sockets are hidden wherever they would show")
    }

    private var projectWall: Wall? {
        guard let project else { return nil }
        if launch.projectOverlay != nil {
            return Wall("project", stands: true, "behind an overlay: nothing of it changes before it is applied")
        }
        let gaps = project.tree.watch
        if gaps.isEmpty && project.tree.notes.isEmpty {
            return Wall("project", stands: true, "hooks and configuration are read-only")
        }
        let names = gaps.compactMap { Paths.relative($0, to: project.folder) ?? $0 }.joined(separator: ", ")
        return Wall(
            "project", stands: project.tree.notes.isEmpty,
            "hooks and configuration are read-only"
                + (names.isEmpty ? "" : "; not there yet, reported if the command makes them: \(names)"))
    }

    private var seccompWall: Wall {
        !profile.hasFilter
            ? Wall("system calls", stands: false, "profile \"\(profile.name)\" has no filter")
            : Wall("system calls", stands: true, "filtered by profile \"\(profile.name)\"")
    }

    /// Nil where the profile asks for none; whether the kernel has it is looked up for explanations only.
    private var landlockWall: Wall? {
        let wall = profile.landlock
        guard !wall.isEmpty, let version = host.landlockVersion else { return nil }
        if version == 0 {
            return Wall("landlock", stands: false, "this kernel has none: the mounts are the only wall around files")
        }
        var parts: [String] = []
        if wall.restrictsFiles && (uid != 0 && launch.showsHost || wall.readable != nil) {
            parts.append("files as the mounts show them, nothing new in / itself")
        }
        if wall.bindPorts != nil || wall.connectPorts != nil {
            parts.append(
                "TCP ports of bind and connect, and the filter refuses MPTCP, SMC, TCP fast open and io_uring, which pass it"
            )
        }
        if wall.keepsSignals { parts.append("signals") }
        if wall.keepsAbstractSockets { parts.append("abstract sockets") }
        let missing =
            version < 6 && (wall.keepsSignals || wall.keepsAbstractSockets)
            || version < 4 && (wall.bindPorts != nil || wall.connectPorts != nil)
        return Wall(
            "landlock", stands: !missing, "version \(version): \(parts.joined(separator: ", "))",
            remedy: missing ? "Linux 6.12 or later has all of it" : nil)
    }

    private var submountWall: Wall? {
        if host.hasRecursiveReadOnly { return nil }
        return Wall(
            "mounts below", stands: false,
            "the kernel lacks mount_setattr: file systems mounted below a read-only folder stay as they are",
            remedy: "Linux 5.12 or later")
    }
}

extension IDMaps.Shortage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noSubordinateIDs(let user): "\(user) has no subordinate ids"
        case .idsOutsideNamespace(let user): "the subordinate ids of \(user) do not exist in this container"
        case .helperMissing(let name): "\(name) is not installed"
        case .helperPowerless(let path, .onNoSuidMount): "\(path) is on a nosuid mount"
        case .helperPowerless(let path, _): "\(path) has neither the setuid bit nor capabilities"
        case .foreignGroup(let gid, let login): "the current group \(gid) is not the login group \(login)"
        case .noCapability: "root here may not write id maps"
        }
    }
}
