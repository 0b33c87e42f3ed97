import Confinement
import Diagnostics
import Launcher

/// A profile as text for people.
struct ProfileReport {
    let entry: ProfileStore.Entry
    let policy: FilterPolicy
    /// What a run gets, where the profile leaves it out.
    let launch: LaunchProfile

    init(_ entry: ProfileStore.Entry, _ policy: FilterPolicy) throws(SandboxError) {
        self.entry = entry
        self.policy = policy
        launch = try LaunchProfile(entry.name, entry.profile, hasFilter: entry.profile.hasFilter)
    }

    var text: String {
        let profile = entry.profile
        var lines = ["\(entry.name): \(profile.description)", "", "does not protect"]
        lines += profile.doesNotProtect.map { "  \($0)" }
        lines += ["", "settings"]
        lines.append("  no new privileges: \(launch.noNewPrivileges ? "yes" : "no")")
        lines.append("  capabilities: \(list(profile.capabilities?.bounding))")
        lines.append("  namespaces: \(list(launch.namespaces.map(\.rawValue)))")
        lines.append("  network: \(profile.network?.rawValue ?? "none")")
        lines.append("  desktop: \(list(profile.desktop?.map(\.rawValue)))")
        lines.append("  masked: \(list(profile.maskedPaths))")
        lines.append("  read-only: \(list(profile.readonlyPaths))")
        lines.append("  environment: \(list(launch.environment))")
        for (name, limit) in (profile.rlimits ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(number(limit.soft)) to \(number(limit.hard))")
        }
        for (name, text) in (profile.limits ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(text)")
        }
        lines.append("  landlock scopes: \(list(profile.landlock?.scope.map(\.rawValue)))")
        return (lines + [""] + calls).map(printable).joined(separator: "\n") + "\n"
    }

    /// The calls of this machine, by what happens to them.
    private var calls: [String] {
        guard entry.profile.hasFilter else { return ["system calls: all allowed"] }
        var groups: [(text: String, names: [String])] = []
        for (row, verdict) in policy.verdicts().enumerated() {
            let call = SyscallName(row: row)
            guard call.number(on: .native) != nil else { continue }
            if let index = groups.firstIndex(where: { $0.text == verdict.text }) {
                groups[index].names.append(call.text)
            } else {
                groups.append((verdict.text, [call.text]))
            }
        }
        var lines = ["system calls"]
        for group in groups.sorted(by: { $0.names.count > $1.names.count }) {
            lines.append("  \(group.text): \(group.names.count)")
            lines.append("    \(group.names.joined(separator: " "))")
        }
        return lines
    }

    private func list(_ words: [String]?) -> String {
        guard let words, !words.isEmpty else { return "none" }
        return words.joined(separator: " ")
    }

    private func number(_ value: UInt64) -> String { value == .max ? "unlimited" : String(value) }
}
