import LinuxKernel

/// One thing a host needs, whether it has it, and what mends it.
package struct DoctorCheck: Equatable, Sendable {
    package enum Status: String, Sendable, CaseIterable {
        case ok
        /// `sandbox run` works, with less.
        case warn
        /// `sandbox run` cannot work.
        case fail
    }

    /// A name that stays the same over versions, for programs.
    package var id: String
    package var status: Status
    /// What was looked at, and what was found.
    package var what: String
    package var why: String?
    package var mend: String?

    package init(_ id: String, _ status: Status, _ what: String, why: String? = nil, mend: String? = nil) {
        self.id = id
        self.status = status
        self.what = what
        self.why = why
        self.mend = mend
    }
}

/// What was found out for the checks; a nil error means that it worked.
package struct DoctorFacts: Equatable, Sendable {
    package var identity: IdentityFacts
    package var remedies: RemedyFacts
    package var userNamespace: Errno?
    package var mountNamespace: Errno?
    package var networkNamespace: Errno?
    package var freshProc: Errno?
    package var openFuse: Errno?
    package var mountFuse: Errno?
    /// The helpers' exit statuses after a real try; nil when none was made.
    package var helperStatus: [String: CInt] = [:]
    package var release = ""
    package var missingCalls: [KernelCall] = []
    package var landlock = 0
    package var hasSeccompFilters = true
    package var cgroups = LaunchHost.CgroupMode.none
    /// This process's group in the unified hierarchy can be written by the caller.
    package var cgroupIsDelegated = false
    /// The controllers that the service manager of an ordinary user has (systemd, cgroup v2); nil without one.
    package var managedControllers: [String]?
    /// Programs that connect a user's network namespace, those found.
    package var networkPrograms: [String] = []
    /// Why `/dev/net/tun` cannot be opened, which they need.
    package var openTun: Errno?

    package init(identity: IdentityFacts, remedies: RemedyFacts) {
        self.identity = identity
        self.remedies = remedies
    }

    /// The checks in the order they are shown: what everything needs first.
    package func checks() -> [DoctorCheck] {
        [
            namespaceCheck, mountCheck, idCheck, helperCheck, networkCheck, procCheck, fuseCheck, kernelCheck,
            seccompCheck, landlockCheck, cgroupCheck, networkProgramCheck,
        ].compactMap { $0 }
    }

    private func check(
        _ id: String, _ step: RefusedStep, _ error: Errno?, works: String, else status: DoctorCheck.Status,
        _ consequence: String
    ) -> DoctorCheck {
        guard let error else { return DoctorCheck(id, .ok, works) }
        let known = explain(step, errno: error, facts: remedies)
        return DoctorCheck(
            id, status, "\(consequence): \(error.text)", why: known?.why, mend: known?.mend)
    }

    private var namespaceCheck: DoctorCheck {
        check(
            "user-namespaces", .userNamespace, userNamespace, works: "user namespaces can be made", else: .fail,
            "no user namespace can be made")
    }

    private var mountCheck: DoctorCheck? {
        guard userNamespace == nil else { return nil }
        return check(
            "mounts", .mountNamespace, mountNamespace, works: "mounts can be made in a user namespace", else: .fail,
            "no mount can be made in a user namespace")
    }

    private var networkCheck: DoctorCheck? {
        guard userNamespace == nil else { return nil }
        return check(
            "network-namespaces", .networkNamespace, networkNamespace, works: "network namespaces can be made",
            else: .fail, "no network namespace can be made (only --net host works)")
    }

    private var procCheck: DoctorCheck? {
        guard userNamespace == nil, mountNamespace == nil else { return nil }
        return check(
            "proc", .mountProc, freshProc, works: "a fresh /proc can be mounted", else: .warn,
            "no fresh /proc can be mounted, so /proc cannot show the sandbox's own processes alone")
    }

    private var idCheck: DoctorCheck {
        let ids = "subordinate ids of \(identity.account.name)"
        switch IDMaps.choose(identity, asRoot: false).shortage {
        case .noSubordinateIDs, .idsOutsideNamespace, .foreignGroup, .noCapability:
            let shortage = IDMaps.choose(identity, asRoot: false).shortage
            return DoctorCheck(
                "subordinate-ids", .warn, "\(ids): none usable, so only one user exists inside",
                why: shortage?.description,
                mend: shortage?.remedy(on: remedies.distribution, firstFree: remedies.firstFreeID))
        case nil, .helperMissing, .helperPowerless:
            let count = identity.subordinateUsers.reduce(0) { $0 + UInt64($1.count) }
            return DoctorCheck(
                "subordinate-ids", .ok,
                identity.uid == 0 && count == 0 ? "\(ids): not needed by root" : "\(ids): \(count)")
        }
    }

    private var helperCheck: DoctorCheck {
        if identity.mayWriteMaps {
            return DoctorCheck("map-helpers", .ok, "id maps can be written without newuidmap and newgidmap")
        }
        for name in ["newuidmap", "newgidmap"] {
            let helper = name == "newuidmap" ? remedies.helpers.newuidmap : remedies.helpers.newgidmap
            let works =
                (helper?.privilege == .setuidRoot || helper?.privilege == .fileCapability)
                && (helperStatus[name] ?? 0) == 0
            guard !works, let known = explain(.mapHelper(name), errno: .notPermitted, facts: remedies) else { continue }
            return DoctorCheck(
                "map-helpers", .warn, "\(name) does not work, so only one user exists inside", why: known.why,
                mend: known.mend)
        }
        return DoctorCheck(
            "map-helpers", .ok,
            helperStatus.isEmpty ? "newuidmap and newgidmap are there" : "newuidmap and newgidmap work")
    }
}
