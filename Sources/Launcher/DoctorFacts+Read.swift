import ContainerPlan
import LinuxKernel

extension DoctorFacts {
    /// Looks at this host and tries what `sandbox run` does. Takes tens of milliseconds.
    package static func read(caller: LaunchHost.Caller, files: some HostFiles) -> DoctorFacts {
        let account =
            Account.find(uid: caller.uid, files: files)
            ?? .unknown(uid: caller.uid, gid: caller.gid, home: caller.environment["HOME"])
        var facts = DoctorFacts(
            identity: LaunchHost.identity(account, caller, files), remedies: .read(account: account, files: files))
        facts.tryKernel()
        facts.tryHelpers()
        facts.release = kernelRelease()
        facts.missingCalls = KernelCall.allCases.filter { $0 != .landlockCreateRuleset && !systemCallExists($0) }
        facts.landlock = landlockVersion()
        facts.hasSeccompFilters =
            files.text("/proc/sys/kernel/seccomp/actions_avail").map { words($0).contains("errno") } ?? false
        facts.cgroups = LaunchHost.cgroupMode(files)
        facts.managedControllers = controllersOfManager(caller.uid, files)
        facts.cgroupIsDelegated = ownCgroup(files).map { isAccessible($0 + "/cgroup.procs", W_OK) } ?? false
        let network = NetworkFacts.read(path: caller.environment["PATH"], files: files)
        facts.networkPrograms = NetworkConnection.Program.allCases.compactMap { network.programs[$0] }
        facts.openTun = network.openTun
        return facts
    }

    private mutating func tryKernel() {
        userNamespace = Probe.userNamespace()
        openFuse = Probe.openFuse()
        guard userNamespace == nil else { return }
        mountNamespace = Probe.mountNamespace()
        networkNamespace = Probe.networkNamespace()
        guard mountNamespace == nil else { return }
        freshProc = Probe.freshProc()
        if openFuse == nil { mountFuse = Probe.mountFuse() }
    }

    /// The helpers are tried with the maps that `sandbox run` would have them write.
    private mutating func tryHelpers() {
        let maps = IDMaps.choose(identity, asRoot: false)
        guard userNamespace == nil, case .helpers(let user, let group) = maps.writer else { return }
        for (name, path, map) in [("newuidmap", user, maps.users), ("newgidmap", group, maps.groups)] {
            let words = map.flatMap { [$0.containerID, $0.hostID, $0.size] }
            do throws(Errno) { helperStatus[name] = try Probe.mapHelper(path, words) } catch {
                helperStatus[name] = 127
            }
        }
    }

    /// Where systemd puts a user's service manager (systemd.special(7), user@.service(5)).
    package static func controllersOfManager(_ uid: UInt32, _ files: some HostFiles) -> [String]? {
        let group = "/sys/fs/cgroup/user.slice/user-\(uid).slice/user@\(uid).service"
        return files.text(group + "/cgroup.controllers").flatMap { lines($0).first }.map(words)
    }

    /// This process's folder in the unified hierarchy (cgroups(7)).
    private static func ownCgroup(_ files: some HostFiles) -> String? {
        guard let text = files.text("/proc/self/cgroup") else { return nil }
        for line in lines(text) where line.utf8.starts(with: "0::/".utf8) {
            return "/sys/fs/cgroup" + line.dropFirst(3)
        }
        return nil
    }
}
