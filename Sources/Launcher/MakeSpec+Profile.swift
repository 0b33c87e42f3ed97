import Diagnostics
import RuntimeSpec

extension LaunchMaker {
    /// Capabilities of uid 0 inside with `--as-root`: what installing packages and changing to service users needs,
    /// and nothing that reaches the kernel's devices, mounts, network or other processes.
    package static let rootCapabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    /// The profile's sets, root's with `--as-root`, and what the options add and drop.
    ///
    /// A program of another uid than 0 keeps only ambient capabilities (capabilities(7)), so what is added for one is
    /// inheritable and ambient too.
    var capabilities: Spec.Process.Capabilities {
        let own = profile.capabilities
        let root = isRootInside ? LaunchMaker.rootCapabilities : []
        func set(_ names: [String]?, _ more: [String], isAdded: Bool) -> [String] {
            let added = isAdded ? launch.addedCapabilities : []
            let kept = launch.droppedCapabilities.contains("ALL") ? [] : Set((names ?? []) + more)
            return kept.subtracting(launch.droppedCapabilities).union(added).sorted()
        }
        return Spec.Process.Capabilities(
            bounding: set(own.bounding, root, isAdded: true), effective: set(own.effective, root, isAdded: true),
            inheritable: set(own.inheritable, [], isAdded: uid != 0),
            permitted: set(own.permitted, root, isAdded: true), ambient: set(own.ambient, [], isAdded: uid != 0))
    }

    /// Options win over the profile's limits.
    var limits: [Spec.Process.RLimit] {
        profile.rlimits.filter { limit in !launch.rlimits.contains { $0.kind == limit.kind } } + launch.rlimits
    }

    /// The profile's, with a network of its own as the network mode says.
    var namespaceKinds: [Spec.Linux.Namespace.Kind] {
        profile.namespaces.filter { $0 != .network } + (launch.network == .host ? [] : [.network])
    }

    /// Without a user namespace ids and capabilities are the host's, which is root's to give.
    func checkProfile() throws(SandboxError) {
        if let both = launch.addedCapabilities.first(where: { launch.droppedCapabilities.contains($0) }) {
            throw SandboxError(.invalidInput, "--cap-add and --cap-drop both name \(both)")
        }
        if !profile.namespaces.contains(.user), host.identity.uid != 0 {
            throw SandboxError(
                .refused, "--profile \(profile.name): it makes no user namespace, which only root may go without",
                remedy: "start it as root, or use --profile nested")
        }
    }

    /// The rules of Landlock: the profile's own places, or those of the mounts.
    ///
    /// A rule of Landlock holds for everything below its place, so a writable `/` cannot have read-only folders: `/`
    /// itself is read-only then, and what is read-only inside a writable folder is held by its mount alone. Root inside, who installs things there, and another root than the host's go without
    /// file rules.
    func secondWall(_ places: Places) -> SecondWall {
        var wall = profile.landlock
        if wall.readable != nil || wall.writable != nil {
            wall.restrictsFiles = true
            wall.readable = (wall.readable ?? []).map(insidePath)
            wall.writable = (wall.writable ?? []).map(insidePath)
            return wall
        }
        guard wall.restrictsFiles, uid != 0, launch.showsHost else {
            wall.restrictsFiles = false
            return wall
        }
        wall.readable = ["/"]
        let open = places.all.filter { $0.choice.isWritable }.map(\.destination)
        let copied = !host.hasFuse ? [] : host.topLevel.filter { $0.value == .directory }.map(\.key)
        let folders = copied.filter { folder in !places.all.contains { Paths.same($0.destination, folder) } }
        let writable = (open + folders).sorted(by: Paths.ordered)
        wall.writable = writable.filter { path in
            !writable.contains { Paths.isInside(path, $0) && !Paths.same(path, $0) }
        }
        return wall
    }

    /// `~/x` of the home and `./x` of the project.
    private func insidePath(_ path: String) -> String {
        if path == "~" || path.utf8.starts(with: "~/".utf8) { return Paths.absolute(path, in: "/", home: home) }
        return Paths.absolute(path, in: project?.folder ?? home, home: home)
    }
}

extension LayoutEntry.Choice {
    /// Whether the command may write there; what the kernel guards itself (`/proc`, `/sys`) counts as writable.
    var isWritable: Bool {
        switch self {
        case .copyOnWrite, .kept, .hostWritable, .pinned, .empty, .kernel: true
        case .hostReadOnly, .guarded, .hidden: false
        }
    }
}
