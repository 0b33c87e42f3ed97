extension DoctorFacts {
    var cgroupCheck: DoctorCheck {
        let effect = "limits of memory, CPU and processes cannot be set"
        switch cgroups {
        case .unified:
            if identity.uid == 0 { return DoctorCheck("cgroups", .ok, "cgroup v2, and root may set limits") }
            if let managed = managedControllers { return managedCheck(managed) }
            if cgroupIsDelegated { return DoctorCheck("cgroups", .ok, "cgroup v2, and this group can be divided") }
            return DoctorCheck(
                "cgroups", .warn, "cgroup v2, not delegated to \(identity.account.name), so \(effect)",
                why: "the group this runs in belongs to another user, and no service manager of this user runs",
                mend: remedies.isContainer
                    ? "start the outer container with --cgroupns private and a writable /sys/fs/cgroup"
                    : "loginctl enable-linger \(identity.account.name)")
        case .hybrid, .legacy:
            return DoctorCheck(
                "cgroups", identity.uid == 0 ? .ok : .warn,
                "cgroup v1 (\(cgroups.rawValue))" + (identity.uid == 0 ? "" : ", so \(effect) without root"),
                why: identity.uid == 0 ? nil : "cgroup v1 cannot be given to users safely",
                mend: identity.uid == 0 ? nil : "boot with systemd.unified_cgroup_hierarchy=1")
        case .none:
            return DoctorCheck(
                "cgroups", .warn, "no cgroups are mounted, so \(effect)", why: "/sys/fs/cgroup is empty",
                mend: "sudo mount -t cgroup2 none /sys/fs/cgroup")
        }
    }

    /// The user's service manager makes a group for each limited run, with the controllers it has itself.
    private func managedCheck(_ managed: [String]) -> DoctorCheck {
        let missing = ["cpu", "cpuset", "io", "memory", "pids"].filter { !managed.contains($0) }
        if missing.isEmpty {
            return DoctorCheck("cgroups", .ok, "cgroup v2, and the user's service manager sets limits")
        }
        return DoctorCheck(
            "cgroups", .warn,
            "cgroup v2, and the user's service manager sets limits, but not of \(missing.joined(separator: ", "))",
            why: "systemd does not pass these controllers on to users",
            mend: "as root, systemctl edit user@.service, add [Service] and Delegate=cpu cpuset io memory pids, "
                + "then log in again")
    }
}
