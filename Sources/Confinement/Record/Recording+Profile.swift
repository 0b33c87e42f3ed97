import Diagnostics
import RuntimeSpec

/// Where a recorded command ran, for paths that are not the same for everyone.
package struct RecordedPlace: Equatable, Sendable {
    package var home: String
    package var project: String?
    /// The network of the run.
    package var network: Profile.Network

    package init(home: String, project: String?, network: Profile.Network = .none) {
        self.home = home
        self.project = project
        self.network = network
    }
}

extension Recording {
    /// The smallest profile that covers what was seen: whatever is not in it is refused.
    ///
    /// - Parameter base: the profile of the run; its masked paths, variables and limits are kept.
    package func profile(of command: [String], under base: Profile, at place: RecordedPlace) -> Profile {
        let line = command.joined(separator: " ")
        var profile = Profile(
            doesNotProtect: [
                "against anything the recorded run did: read the rules before you trust them",
                "against what system calls do that the run made, with other arguments",
            ], description: "Recorded from: \(line)")
        profile.noNewPrivileges = base.noNewPrivileges ?? true
        profile.capabilities = sets
        profile.namespaces = base.namespaces
        profile.maskedPaths = base.maskedPaths
        profile.readonlyPaths = base.readonlyPaths
        profile.environment = base.environment
        profile.rlimits = base.rlimits
        profile.limits = base.limits
        profile.desktop = base.desktop
        profile.network = needsNetwork(place.network) ? place.network : .none
        profile.landlock = landlock(base.landlock, place)
        profile.seccomp = rules
        var recorded = Profile.Recorded()
        recorded.commands = [line]
        recorded.hosts = hosts.sorted()
        recorded.refused = refusals.keys.sorted()
        profile.recorded = recorded
        return profile
    }

    /// In all five sets: a program of another uid than 0 keeps only what is ambient, and who replays the profile may be
    /// another user than who recorded it.
    private var sets: Profile.Capabilities {
        var sets = Profile.Capabilities()
        sets.bounding = capabilities.names
        sets.effective = capabilities.names
        sets.permitted = capabilities.names
        sets.inheritable = capabilities.names
        sets.ambient = capabilities.names
        return sets
    }

    private func landlock(_ base: Profile.Landlock?, _ place: RecordedPlace) -> Profile.Landlock {
        var rules = Profile.Landlock()
        // Landlock's file rules refuse every change of mounts, whatever they allow (landlock(7)).
        rules.files = Self.changesOfMounts.isDisjoint(with: calls.keys)
        if rules.files == true {
            rules.read = PathSummary(place).summary(of: read.union(Self.programs))
            rules.write = PathSummary(place).summary(of: written)
        }
        rules.tcpBind = boundPorts.sorted()
        rules.tcpConnect = connectsToChosenPorts ? nil : connectedPorts.sorted()
        rules.scope = base?.scope ?? []
        return rules
    }

    private static let changesOfMounts: Set<String> = [
        "mount", "umount", "umount2", "move_mount", "pivot_root", "fsconfig", "mount_setattr",
    ]

    /// The kernel itself opens a program's loader and a script's interpreter.
    private static let programs: Set<String> = ["/usr", "/bin", "/sbin", "/lib", "/lib64"]

    /// What happens between the filter and the command's first instruction, and at its end.
    static let starting = [
        "brk", "close", "execve", "exit", "exit_group", "mmap", "munmap", "restart_syscall", "rt_sigreturn", "sendmsg",
        "write",
    ]

    private var rules: Profile.Seccomp {
        var rules = Profile.Seccomp()
        rules.defaultAction = .errno
        rules.defaultErrnoRet = 1
        if !architectures.isEmpty { rules.architectures = architectures.sorted { $0.rawValue < $1.rawValue } }
        var start = Profile.Rule(names: Self.starting, action: .allow)
        start.comment = "What starting and ending a command takes."
        let plain = calls.keys.filter { values[$0] == nil && !Self.starting.contains($0) }.sorted()
        var seen = Profile.Rule(names: plain, action: .allow)
        seen.comment = "Seen."
        rules.syscalls = plain.isEmpty ? [start] : [start, seen]
        for name in values.keys.sorted() {
            guard let (index, mask) = Self.decisive[name], let numbers = values[name] else { continue }
            for value in numbers.sorted() {
                var rule = Profile.Rule(names: [name], action: .allow)
                rule.args = [
                    .init(index: UInt32(index), value: UInt64(mask), valueTwo: UInt64(value), op: .maskedEqual)
                ]
                rules.syscalls.append(rule)
            }
        }
        // Programs fall back at other answers than the default's only when they get these.
        let others = refusals.filter { $0.value.errno != 1 && (calls[$0.key] == nil || values[$0.key] != nil) }
        for (name, refusal) in others.sorted(by: { $0.key < $1.key }) {
            var rule = Profile.Rule(names: [name], action: .errno)
            rule.errnoRet = UInt32(refusal.errno)
            rule.comment = "Refused in a way programs know how to go on from."
            rules.syscalls.append(rule)
        }
        return rules
    }
}

extension Profile {
    /// What a recording saw beside what it allows; it changes nothing.
    package struct Recorded: SpecObject {
        package var commands: [String] = []
        package var hosts: [String] = []
        /// Calls that the profile of the run refused.
        package var refused: [String] = []
        package var unknown: [JSON.Member] = []

        package static var blank: Self { Self() }
        package init() {}

        package mutating func visit(_ properties: inout Properties) {
            properties.defaulted("commands", &commands)
            properties.defaulted("hosts", &hosts)
            properties.defaulted("refused", &refused)
        }
    }
}
