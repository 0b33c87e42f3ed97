/// What a program can do about a check that did not go well: a command that a person has seen and said yes to.
package struct DoctorFix: Equatable, Sendable {
    /// As the check names it.
    package var mend: String
    /// For `sh -c`.
    package var script: String

    /// nil for a check that is well, and for a mend that is advice and no command.
    package init?(_ check: DoctorCheck, isRoot: Bool) {
        guard check.status != .ok, let mend = check.mend else { return nil }
        let sudo = "sudo "
        guard mend.hasPrefix(sudo) || mend.hasPrefix("loginctl ") else { return nil }
        self.mend = mend
        script = isRoot && mend.hasPrefix(sudo) ? String(mend.dropFirst(sudo.utf8.count)) : mend
        // It has been said yes to already.
        for (asking, sure) in [
            ("apt-get install ", "apt-get install -y "), ("dnf install ", "dnf install -y "),
            ("pacman -S ", "pacman -S --noconfirm "), ("zypper install ", "zypper --non-interactive install "),
        ] where script.hasPrefix(asking) || script.hasPrefix(sudo + asking) {
            let prefix = script.hasPrefix(sudo) ? sudo : ""
            script = prefix + sure + script.dropFirst(prefix.utf8.count + asking.utf8.count)
        }
    }

    /// Those of some checks, each once.
    package static func all(_ checks: [DoctorCheck], isRoot: Bool) -> [DoctorFix] {
        var fixes: [DoctorFix] = []
        for check in checks {
            guard let fix = DoctorFix(check, isRoot: isRoot), !fixes.contains(fix) else { continue }
            fixes.append(fix)
        }
        return fixes
    }
}
