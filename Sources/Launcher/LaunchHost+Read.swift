import Diagnostics
import LinuxKernel
import RuntimeSpec

extension LaunchHost {
    /// What the process itself knows; the rest is read from files.
    package struct Caller: Equatable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        /// Effective capabilities, bit by number.
        package var capabilities: UInt64
        package var currentFolder: String?
        package var environment: NameTable<String>
        package var terminals: [Bool]
        package var hasRecursiveReadOnly = true
        package var hasFuse = true

        package init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
            capabilities = 0
            environment = [:]
            terminals = [false, false, false]
        }

        /// This process.
        /// Refuses a current folder whose name is no text: nothing could name it, and something else would be shared.
        package func requireNamedFolder() throws(SandboxError) {
            guard currentFolder == nil else { return }
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            // nil: it is gone, which is told where it matters.
            guard getcwd(&bytes, bytes.count) != nil else { return }
            let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            if String(validating: name, as: UTF8.self) != nil { return }
            throw SandboxError(
                .invalidInput, "the current folder's name is not UTF-8, so it cannot be shared",
                remedy: "rename it, or start elsewhere with --no-project")
        }

        package static func current() -> Caller {
            var caller = Caller(uid: geteuid(), gid: getegid())
            caller.capabilities = effectiveCapabilities()
            do { caller.currentFolder = try canonicalPath(".") } catch { caller.currentFolder = nil }
            caller.environment = processEnvironment()
            caller.terminals = (0...2).map { isTerminal($0) }
            caller.hasRecursiveReadOnly = systemCallExists(KernelCall.mountSetAttributes)
            do { _ = try openPath("/dev/fuse", O_RDWR) } catch { caller.hasFuse = false }
            return caller
        }
    }

    /// Looks at the host for one launch.
    ///
    /// - Parameters:
    ///   - forExplanation: also at what only `--explain` tells, and a start finds out by itself.
    ///   - identified: told who the caller is, which is enough to begin with the id maps, before the rest is looked at.
    package static func read(
        for launch: LaunchSpec, caller: Caller, files: some HostFiles, forExplanation: Bool = false,
        identified: (IdentityFacts) -> Void = { _ in }
    ) throws(SandboxError) -> LaunchHost {
        let account =
            Account.find(uid: caller.uid, files: files)
            ?? .unknown(uid: caller.uid, gid: caller.gid, home: caller.environment["HOME"])
        let identity = identity(account, caller, files)
        identified(identity)
        let homes = homeFolders(account, caller, files)
        let secrets = SecretTable.find(homes: homes, environment: caller.environment, files: files)
        let search = ProjectSearch(
            files: files, uid: caller.uid, homes: homes, secrets: secrets, allowedSecrets: launch.allowedSecrets)
        var host = LaunchHost(
            identity: identity, home: homes.first ?? "/",
            project: try search.find(launch.project, current: caller.currentFolder),
            stateFolder: stateFolder(caller.environment, home: homes.first ?? "/"))
        host.guardProjectFile(launch, files)
        host.homes = homes
        host.currentFolder = caller.currentFolder
        host.environment = caller.environment
        host.terminals = caller.terminals
        host.secrets = secrets
        host.hasRecursiveReadOnly = caller.hasRecursiveReadOnly
        host.hasFuse = caller.hasFuse
        if IDMaps.choose(host.identity, asRoot: launch.asRoot).shortage != nil {
            host.distribution = .read(files: files)
            host.firstFreeID = SubordinateIDs.firstFree(files: files)
        }
        if forExplanation {
            host.coveredProc = coveredProc(files.text("/proc/self/mountinfo") ?? "")
            host.landlockVersion = LinuxKernel.landlockVersion()
        }
        host.readTopLevel(files)
        host.readSources(launch, files)
        host.boundTrees = launch.binds.filter { !$0.readOnly }.compactMap { host.sources[$0.source]?.canonical }
            .filter { GitGuard.isWorkTree($0, files: files) }
            .map { search.inspect($0).tree }
        host.readRun(launch, files)
        host.cgroups = cgroupMode(files)
        if !launch.limits.isEmpty {
            host.limits = .read(launch.limits, cgroups: host.cgroups, files: files)
        }
        for path in launch.environmentFiles { host.environmentFiles[path] = files.text(path) }
        if launch.git { host.git = .read(homes: homes, environment: caller.environment, files: files) }
        if launch.network.isUser { host.readNetwork(files) }
        if launch.homeTools {
            host.homeTools = HomeTools.find(path: caller.environment["PATH"] ?? "", homes: homes, files: files)
        }
        return host
    }

    /// `$HOME` first, then passwd(5)'s; links resolved; relative and missing ones left out.
    private static func homeFolders(_ account: Account, _ caller: Caller, _ files: some HostFiles) -> [String] {
        var homes: [String] = []
        for path in [caller.environment["HOME"], account.home] {
            guard let path, path.utf8.first == UInt8(ascii: "/") else { continue }
            let folder = files.canonical(path) ?? Paths.normalized(path)
            if !homes.contains(where: { Paths.same($0, folder) }) { homes.append(folder) }
        }
        return homes
    }

    package static func stateFolder(_ environment: NameTable<String>, home: String) -> String {
        if let path = environment["XDG_STATE_HOME"], path.utf8.first == UInt8(ascii: "/") {
            return Paths.normalized(path) + "/sandbox"
        }
        return Paths.join(home, ".local/state/sandbox")
    }

    package static func identity(_ account: Account, _ caller: Caller, _ files: some HostFiles) -> IdentityFacts {
        var facts = IdentityFacts(account: account, uid: caller.uid, gid: caller.gid)
        facts.groupName = groupName(caller.gid, files: files)
        facts.presentUsers = files.text("/proc/self/uid_map").map(SubordinateIDs.parseMap) ?? []
        facts.presentGroups = files.text("/proc/self/gid_map").map(SubordinateIDs.parseMap) ?? []
        let users = SubordinateIDs.find(.users, account: account, files: files)
        let groups = SubordinateIDs.find(.groups, account: account, files: files)
        facts.subordinateUsers = SubordinateIDs.limit(users, to: facts.presentUsers)
        facts.subordinateGroups = SubordinateIDs.limit(groups, to: facts.presentGroups)
        facts.grantsOutsideNamespace =
            !users.isEmpty && !groups.isEmpty
            && (facts.subordinateUsers.isEmpty || facts.subordinateGroups.isEmpty)
        facts.mayWriteMaps = Capability.mayWriteMaps(caller.capabilities, uid: caller.uid)
        if !facts.mayWriteMaps { facts.helpers = MapHelpers.find(files: files) }
        return facts
    }

    /// Mount points in `/proc` (proc(5), mountinfo), without those that the kernel itself provides empty folders for.
    package static func coveredProc(_ mountinfo: String) -> [String] {
        let harmless = ["/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd"]
        var paths: [String] = []
        for line in lines(mountinfo) {
            let parts = words(line)
            guard parts.count > 4, parts[4].utf8.starts(with: "/proc/".utf8), !harmless.contains(parts[4]),
                !paths.contains(parts[4])
            else { continue }
            paths.append(parts[4])
        }
        return paths
    }

    private mutating func readTopLevel(_ files: some HostFiles) {
        for name in files.names(in: "/") ?? [] { topLevel["/" + name] = files.kind("/" + name) }
        for path in RootLayout.privateFolders + homes.filter(SystemFolders.canBeHome) {
            // A link (`/home` to `/var/home`) stays one; what it leads to becomes private.
            guard let folder = files.canonical(path), folder != "/", files.kind(folder) == .directory,
                !privateFolders.contains(where: { Paths.same($0, folder) })
            else { continue }
            // What is empty, or closed to the caller, needs no mount to hide it.
            if RootLayout.oftenEmpty.contains(path), !files.mayRead(folder) || files.names(in: folder) == [] {
                continue
            }
            privateFolders.append(folder)
        }
    }

    private mutating func readSources(_ launch: LaunchSpec, _ files: some HostFiles) {
        let named = launch.binds.map(\.source) + [launch.rootfs, launch.workdir].compactMap { $0 } + launch.writable
        for path in named {
            guard let canonical = files.canonical(path), let kind = files.kind(canonical) else { continue }
            sources[path] = Source(canonical, kind)
        }
        if let path = launch.rootfs { rootfsOwner = files.owner(path) }
        if let name = launch.keep {
            isKeptByFuse = files.kind(Paths.join(stateFolder, "overlays/\(name)/work")) != nil
        }
        // Where something is to be laid into a folder of the host, the place must be there.
        for place in launch.binds.map(\.destination) + launch.memoryFolders.map(\.destination) {
            let ways = launch.binds.compactMap { bind -> String? in
                guard let source = sources[bind.source]?.canonical else { return nil }
                return Paths.relative(place, to: bind.destination).map { Paths.join(source, $0) }
            }
            for path in ways + [place] where files.kindFollowingLinks(path) != nil { existing.append(path) }
        }
    }

    private mutating func readRun(_ launch: LaunchSpec, _ files: some HostFiles) {
        if launch.network == .host, let target = files.canonical("/etc/resolv.conf"), Paths.isInside(target, "/run") {
            resolverFiles = [target]
        }
        systemInRun = RootLayout.systemInRun.filter { files.kindFollowingLinks($0) == .directory }
    }

    private mutating func readNetwork(_ files: some HostFiles) {
        network = .read(path: environment["PATH"], files: files)
        distribution = .read(files: files)
    }

    static func cgroupMode(_ files: some HostFiles) -> CgroupMode {
        if files.kind("/sys/fs/cgroup/cgroup.controllers") == .file { return .unified }
        if files.kind("/sys/fs/cgroup/unified/cgroup.controllers") == .file { return .hybrid }
        return (files.names(in: "/sys/fs/cgroup") ?? []).isEmpty ? .none : .legacy
    }
}

/// The numbers of capabilities(7) that this program asks after.
package enum Capability {
    static let setGID: UInt64 = 1 << 6
    static let setUID: UInt64 = 1 << 7
    static let systemAdministrator: UInt64 = 1 << 21
    static let setFileCapabilities: UInt64 = 1 << 31

    /// Whether id maps can be written without helpers. A map with the host's uid 0 in it needs CAP_SETFCAP too
    /// (Linux 5.12, user_namespaces(7)).
    static func mayWriteMaps(_ effective: UInt64, uid: UInt32) -> Bool {
        let needed = setUID | setGID | (uid == 0 ? setFileCapabilities : 0)
        return effective & needed == needed
    }
}

/// CapEff of `/proc/self/status`; 0 when it cannot be read.
private func effectiveCapabilities() -> UInt64 {
    guard let text = KernelFiles().text("/proc/self/status") else { return 0 }
    for line in lines(text) where line.utf8.starts(with: "CapEff:".utf8) {
        return words(line).last.flatMap { UInt64($0, radix: 16) } ?? 0
    }
    return 0
}

/// The environment; the first of two equal names wins, as in getenv(3).
private func processEnvironment() -> NameTable<String> {
    var result: NameTable<String> = [:]
    guard var entry = clinux_environ() else { return result }
    while let text = entry.pointee {
        let pair = String(cString: text).utf8.split(
            separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 {
            let name = String(decoding: pair[0], as: UTF8.self)
            if result[name] == nil { result[name] = String(decoding: pair[1], as: UTF8.self) }
        }
        entry += 1
    }
    return result
}
