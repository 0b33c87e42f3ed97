import LinuxKernel

/// What decides why a host refuses a sandbox; read only after something failed, or by `sandbox doctor`.
package struct RemedyFacts: Equatable, Sendable {
    package var uid: UInt32
    package var userName: String
    package var distribution = Distribution.other
    /// `user.max_user_namespaces` (user_namespaces(7)); nil when the kernel has no user namespaces.
    package var mostUserNamespaces: UInt64?
    /// `kernel.unprivileged_userns_clone`, a switch of Debian's kernels; nil elsewhere.
    package var unprivilegedClone: Bool?
    /// `kernel.apparmor_restrict_unprivileged_userns`, since Ubuntu 23.10; nil elsewhere.
    package var appArmorRestricts: Bool?
    /// Inside a container of another engine.
    package var isContainer = false
    package var fuseDevice: FileKind?
    package var helpers = MapHelpers()
    /// The first host id above all granted ones.
    package var firstFreeID: UInt32 = 100_000

    package init(uid: UInt32, userName: String) {
        self.uid = uid
        self.userName = userName
    }

    package static func read(account: Account, files: some HostFiles) -> RemedyFacts {
        var facts = RemedyFacts(uid: account.uid, userName: account.name)
        func number(_ path: String) -> UInt64? {
            files.text(path).flatMap { lines($0).first }.flatMap { strictNumber($0, as: UInt64.self) }
        }
        facts.distribution = .read(files: files)
        facts.mostUserNamespaces = number("/proc/sys/user/max_user_namespaces")
        facts.unprivilegedClone = number("/proc/sys/kernel/unprivileged_userns_clone").map { $0 != 0 }
        facts.appArmorRestricts = number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").map { $0 != 0 }
        facts.isContainer = isContainer(files)
        facts.fuseDevice = files.kindFollowingLinks("/dev/fuse")
        facts.helpers = MapHelpers.find(files: files)
        facts.firstFreeID = SubordinateIDs.firstFree(files: files)
        return facts
    }

    static func isContainer(_ files: some HostFiles) -> Bool {
        files.kind("/.dockerenv") != nil || files.kind("/run/.containerenv") != nil
            || files.kind("/run/systemd/container") != nil
    }
}

/// Why something failed, and the one line that mends it.
package struct Explanation: Equatable, Sendable {
    package var why: String
    package var mend: String

    package init(_ why: String, mend: String) {
        self.why = why
        self.mend = mend
    }
}

/// A step of a start that hosts refuse.
package enum RefusedStep: Equatable, Sendable {
    /// clone(2) or unshare(2) with CLONE_NEWUSER.
    case userNamespace
    /// The first mount(2) in a new user and mount namespace.
    case mountNamespace
    /// newuidmap(1) or newgidmap(1), by name, ended with an error.
    case mapHelper(String)
    /// write(2) to `uid_map` or `gid_map`.
    case writeMap
    /// open(2) of `/dev/fuse`.
    case openFuse
    /// mount(2) of a fuse file system.
    case mountFuse
    /// mount(2) of a fresh proc.
    case mountProc
    /// clone(2) or unshare(2) with CLONE_NEWNET.
    case networkNamespace
}

/// Why the host refused `step` with `error`, and what mends it; nil when nothing is known.
package func explain(_ step: RefusedStep, errno error: Errno, facts: RemedyFacts) -> Explanation? {
    switch step {
    case .userNamespace: explainUserNamespace(error, facts)
    case .mountNamespace: explainMountNamespace(error, facts)
    case .mapHelper(let name): explainMapHelper(name, facts)
    case .writeMap: explainWriteMap(error, facts)
    case .openFuse: explainFuse(error, facts)
    case .mountFuse: explainMountFuse(error, facts)
    case .mountProc:
        Explanation(
            "parts of this machine's own /proc are covered, so the kernel gives no uncovered one",
            mend: facts.isContainer
                ? "start the outer container with --security-opt systempaths=unconfined" : "umount what lies on /proc")
    case .networkNamespace:
        error == .noSpace
            ? Explanation(
                "the limit of network namespaces is reached", mend: "sudo sysctl user.max_net_namespaces=10000") : nil
    }
}

private func explainUserNamespace(_ error: Errno, _ facts: RemedyFacts) -> Explanation? {
    switch error {
    case .noSpace, Errno(rawValue: EUSERS):
        if facts.mostUserNamespaces == 0 {
            return Explanation(
                "user namespaces are switched off (user.max_user_namespaces is 0)",
                mend: "sudo sysctl user.max_user_namespaces=28633")
        }
        return Explanation(
            "the limit of user namespaces (user.max_user_namespaces) or of 32 nested ones is reached",
            mend: "sudo sysctl user.max_user_namespaces=65536")
    case .notPermitted, .permissionDenied:
        if facts.unprivilegedClone == false, facts.uid != 0 {
            return Explanation(
                "user namespaces are for root only (kernel.unprivileged_userns_clone is 0)",
                mend: "sudo sysctl kernel.unprivileged_userns_clone=1")
        }
        if facts.appArmorRestricts == true, facts.uid != 0 { return appArmor }
        if facts.isContainer { return outerContainer("refuses new user namespaces") }
        return Explanation(
            "a chroot, a seccomp filter or a security module refuses new user namespaces",
            mend: "run it outside the chroot or service that it is in")
    case .invalidArgument, .noFunction:
        return Explanation("this kernel was built without user namespaces", mend: "use a kernel with CONFIG_USER_NS=y")
    default: return nil
    }
}

private let appArmor = Explanation(
    "AppArmor takes all power from programs in user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)",
    mend: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")

private func outerContainer(_ what: String) -> Explanation {
    Explanation(
        "the container this runs in \(what)",
        mend: "start that container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined")
}

private func explainMountNamespace(_ error: Errno, _ facts: RemedyFacts) -> Explanation? {
    guard error == .notPermitted || error == .permissionDenied else { return nil }
    if facts.appArmorRestricts == true, facts.uid != 0 { return appArmor }
    return facts.isContainer ? outerContainer("refuses mounts") : nil
}

private func explainMapHelper(_ name: String, _ facts: RemedyFacts) -> Explanation? {
    guard let helper = name == "newgidmap" ? facts.helpers.newgidmap : facts.helpers.newuidmap else {
        return Explanation("\(name) is not installed", mend: facts.distribution.install(.mapHelpers))
    }
    switch helper.privilege {
    case .none:
        return Explanation(
            "\(helper.path) has neither the setuid bit nor capabilities", mend: "sudo chmod u+s \(helper.path)")
    case .onNoSuidMount:
        return Explanation(
            "\(helper.path) is on a mount that ignores the setuid bit",
            mend: "sudo mount -o remount,suid \"$(findmnt -no TARGET -T \(helper.path))\"")
    case .setuidRoot, .fileCapability:
        let file = name == "newgidmap" ? "/etc/subgid" : "/etc/subuid"
        return Explanation(
            "\(name) did not accept the ids that \(file) grants \(facts.userName)",
            mend: grantIDs(facts.userName, from: facts.firstFreeID))
    }
}

private func explainWriteMap(_ error: Errno, _ facts: RemedyFacts) -> Explanation? {
    guard error == .notPermitted else { return nil }
    if facts.appArmorRestricts == true, facts.uid != 0 { return appArmor }
    if facts.uid == 0 {
        return Explanation(
            "root here lacks CAP_SETUID, CAP_SETGID or CAP_SETFCAP, or the ids do not exist in this user namespace",
            mend: facts.isContainer
                ? "start the outer container with --cap-add SETUID --cap-add SETGID --cap-add SETFCAP"
                : "run it with these capabilities")
    }
    return nil
}

private func explainFuse(_ error: Errno, _ facts: RemedyFacts) -> Explanation? {
    switch error {
    case .noSuchFileOrDirectory:
        return facts.isContainer
            ? Explanation(
                "the container this runs in has no /dev/fuse", mend: "start that container with --device /dev/fuse")
            : Explanation("the fuse module is not loaded", mend: "sudo modprobe fuse")
    case .permissionDenied, .notPermitted:
        return facts.isContainer
            ? Explanation(
                "the container this runs in may not use /dev/fuse", mend: "start that container with --device /dev/fuse"
            )
            : Explanation("/dev/fuse is not open to \(facts.userName)", mend: "sudo chmod 0666 /dev/fuse")
    case Errno(rawValue: ENODEV), .noSuchAddressOrDevice:
        return Explanation("the fuse module is not loaded", mend: "sudo modprobe fuse")
    default: return nil
    }
}

private func explainMountFuse(_ error: Errno, _ facts: RemedyFacts) -> Explanation? {
    switch error {
    case .notPermitted:
        Explanation(
            "this kernel mounts fuse for the host's root only (user namespaces may since Linux 4.18)",
            mend: facts.isContainer ? "start the outer container with --device /dev/fuse" : "use a newer kernel")
    case Errno(rawValue: ENODEV): Explanation("the fuse module is not loaded", mend: "sudo modprobe fuse")
    default: nil
    }
}

/// Grants a user 65,536 ids of each sort that nobody has yet.
func grantIDs(_ user: String, from start: UInt32) -> String {
    let range = "\(start)-\(start + 65535)"
    return "sudo usermod --add-subuids \(range) --add-subgids \(range) \(user)"
}

extension IDMaps.Shortage {
    /// The line that mends it, where one is known.
    package func remedy(on distribution: Distribution, firstFree: UInt32) -> String? {
        switch self {
        case .noSubordinateIDs(let user): grantIDs(user, from: firstFree)
        case .idsOutsideNamespace: "start the outer container with more ids, or list ids that it has in /etc/subuid"
        case .helperMissing: distribution.install(.mapHelpers)
        case .helperPowerless(let path, .onNoSuidMount):
            "sudo mount -o remount,suid \"$(findmnt -no TARGET -T \(path))\""
        case .helperPowerless(let path, _): "sudo chmod u+s \(path)"
        case .foreignGroup: "start it with the login group (newgrp -)"
        case .noCapability: "start the outer container with --cap-add SETUID --cap-add SETGID --cap-add SETFCAP"
        }
    }
}
