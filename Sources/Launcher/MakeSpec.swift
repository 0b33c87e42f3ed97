import ContainerPlan
import Diagnostics
import RuntimeSpec

/// Decides a launch: everything the engine does, as one OCI spec and the source of its root.
///
/// Pure: the same request on the same snapshot gives the same launch.
package func makeSpec(
    _ launch: LaunchSpec, host: LaunchHost, profile: LaunchProfile = .kernelPaths
) throws(SandboxError) -> Launch {
    guard launch.profile == profile.name else {
        throw SandboxError(.notFound, "--profile \"\(launch.profile)\": no such profile")
    }
    return try LaunchMaker(launch: launch, host: host, profile: profile).make()
}

/// The decisions of one launch, each in a method of its own.
package struct LaunchMaker {
    let launch: LaunchSpec
    let host: LaunchHost
    let profile: LaunchProfile
    let maps: IDMaps
    /// Ids and names inside.
    let uid: UInt32
    let gid: UInt32
    let userName: String
    let home: String

    init(launch: LaunchSpec, host: LaunchHost, profile: LaunchProfile) {
        self.launch = launch
        self.host = host
        self.profile = profile
        // An image's files belong to root inside, and so to the caller outside.
        maps = IDMaps.choose(host.identity, asRoot: launch.asRoot || launch.image != nil)
        let user = launch.imageUser
        uid = user?.uid ?? (launch.asRoot ? 0 : host.identity.uid)
        gid = user?.gid ?? (launch.asRoot ? 0 : host.identity.gid)
        userName = user?.name ?? (launch.asRoot ? "root" : host.identity.account.name)
        home = LaunchMaker.home(launch, host)
    }

    func make() throws(SandboxError) -> Launch {
        try checkProfile()
        try checkImage()
        try checkRequests()
        try checkNetwork()
        var places = try places()
        let served = try served(&places)
        let masked = maskedSecrets(places)
        let process = try process(places)
        let resources =
            if let facts = host.limits { try launch.limits.resources(facts) } else { Spec.Linux.Resources?.none }
        let spec = Spec(
            ociVersion: "1.3.0", process: process,
            root: Spec.Root(path: root ?? "/", readonly: hasOverlay ? nil : true),
            hostname: profile.namespaces.contains(.uts) ? launch.hostname : nil,
            mounts: places.all.map(\.mount), linux: linux(masked, resources))
        return Launch(
            spec: spec, root: hasOverlay ? .overlay(overlay(serving: served)) : .directory, mapWriter: maps.writer,
            secondWall: secondWall(places), projectFolder: project?.folder, terminals: host.terminals,
            prepare: prepare, placeholders: guardedTrees.flatMap(\.createFiles), watch: watch,
            layout: layout(places, masked),
            walls: walls(places), notes: notes(places, masked), kept: kept, registration: registration,
            connection: try connection(), laidFiles: try laidFiles(places))
    }

    private var kept: KeptFolder? {
        if let shell = launch.shell { return KeptFolder(path: shell.path, option: "shell \(shell.name)") }
        guard hasOverlay, let name = launch.keep else { return nil }
        return KeptFolder(path: Paths.join(host.stateFolder, "overlays/" + name), option: "--keep \"\(name)\"")
    }

    private var registration: Launch.Registration? {
        launch.life.map { life in
            Launch.Registration(
                life: life, stateFolder: host.stateFolder, project: project?.folder, profile: profile.name)
        }
    }

    var project: Project? {
        guard case .found(let project) = host.project else { return nil }
        return project
    }

    /// `--rootfs` without links; nil for the host's own root.
    var root: String? { launch.rootfs.map { host.sources[$0]?.canonical ?? $0 } }

    /// The caller's home, `/root` for root inside; one under `/home` for accounts that have none of their own.
    private static func home(_ launch: LaunchSpec, _ host: LaunchHost) -> String {
        if let home = launch.imageUser?.home { return Paths.normalized(home.hasPrefix("/") ? home : "/") }
        if launch.asRoot { return "/root" }
        return SystemFolders.canBeHome(host.home) ? host.home : Paths.join("/home", host.identity.account.name)
    }

    private func overlay(serving folders: [ServedFolder]) -> OverlayRoot {
        var overlay = overlay
        overlay.served = folders
        return overlay
    }

    private var overlay: OverlayRoot {
        if let shell = launch.shell { return shell.overlay(over: root ?? "/", launch.rootRules) }
        let upper = launch.keep.map { keptUpper($0) } ?? .memory(sizeBytes: scratchBytes)
        var overlay = OverlayRoot(
            lower: launch.image?.layers ?? [root ?? "/"], upper: upper,
            enforcesPermissions: launch.image != nil || uid == 0, lowersAreLayers: launch.image != nil,
            rules: launch.rootRules)
        overlay.driver = overlayDriver
        return overlay
    }

    /// What one file system in memory may hold: half of the memory limit, as it is half of the machine's memory
    /// without one. All of them count against the limit; a full one tells the command, where the limit kills it.
    var scratchBytes: UInt64? { launch.limits.memoryBytes?.value.map { $0 / 2 } }

    /// The guarded trees of everything that is shared writable.
    var guardedTrees: [GuardedTree] {
        (launch.projectOverlay == nil ? [project?.tree] : []).compactMap { $0 } + host.boundTrees
    }

    private var watch: [String] {
        var paths: [String] = []
        for path in guardedTrees.flatMap(\.watch) where !paths.contains(where: { Paths.same($0, path) }) {
            paths.append(path)
        }
        return paths
    }

    private var prepare: [String] {
        var folders = guardedTrees.flatMap(\.create)
        if hasOverlay, case .directory(let upper, let work) = overlay.upper { folders += [upper, work] }
        if let shell = launch.shell { folders += shell.homes }
        return folders
    }

    private func linux(_ masked: [Secret], _ resources: Spec.Linux.Resources?) -> Spec.Linux {
        let hasUsers = profile.namespaces.contains(.user)
        return Spec.Linux(
            uidMappings: hasUsers ? maps.users : [], gidMappings: hasUsers ? maps.groups : [],
            sysctl: networkParameters, resources: resources,
            namespaces: namespaces, seccomp: profile.seccomp,
            rootfsPropagation: .private, maskedPaths: profile.maskedPaths + masked.map(\.path),
            readonlyPaths: profile.readonlyPaths)
    }
}
