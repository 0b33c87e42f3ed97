import Diagnostics
import RuntimeSpec

extension Profile {
    /// A recorded profile that covers what `other`, recorded before, covers too.
    ///
    /// - Throws: `.invalidInput` for one that was written by hand: its rules may stand in an order that means something.
    package func merged(with other: Profile) throws(SandboxError) -> Profile {
        guard let before = other.recorded, other.extends == nil else {
            throw SandboxError(
                .invalidInput, "it was not recorded, so nothing can be added to it",
                remedy: "record without --merge, and extend the one with the other")
        }
        var merged = self
        merged.description = other.description
        merged.noNewPrivileges = (noNewPrivileges ?? true) && (other.noNewPrivileges ?? true)
        merged.capabilities = Self.union(capabilities, other.capabilities)
        merged.network =
            [network, other.network].contains(.host)
            ? .host : [network, other.network].contains(.user) ? .user : other.network
        let parts = (desktop ?? []) + (other.desktop ?? []).filter { desktop?.contains($0) != true }
        merged.desktop = parts.isEmpty ? nil : parts
        merged.environment = Self.union(environment, other.environment)
        merged.namespaces = other.namespaces
        merged.maskedPaths = maskedPaths?.filter { (other.maskedPaths ?? []).contains($0) }
        merged.readonlyPaths = readonlyPaths?.filter { (other.readonlyPaths ?? []).contains($0) }
        if var rules = merged.landlock, let old = other.landlock {
            // What one of them does not restrict, both do not.
            rules.files = rules.files == true && old.files == true
            rules.read = both(rules.read, old.read).map { PathSummary.outermost(Set($0)) }
            rules.write = both(rules.write, old.write).map { PathSummary.outermost(Set($0)) }
            rules.tcpBind = both(rules.tcpBind, old.tcpBind).map { Set($0).sorted() }
            rules.tcpConnect = both(rules.tcpConnect, old.tcpConnect).map { Set($0).sorted() }
            rules.scope = rules.scope.filter { old.scope.contains($0) }
            merged.landlock = rules
        }
        if let rules = seccomp, let old = other.seccomp { merged.seccomp = rules.united(with: old) }
        var recorded = recorded ?? Recorded()
        recorded.commands = before.commands + recorded.commands.filter { !before.commands.contains($0) }
        recorded.hosts = Self.union(recorded.hosts, before.hosts) ?? []
        recorded.refused = Self.union(recorded.refused, before.refused) ?? []
        merged.recorded = recorded
        return merged
    }

    private func both<Place>(_ left: [Place]?, _ right: [Place]?) -> [Place]? {
        guard let left, let right else { return nil }
        return left + right
    }

    private static func union(_ left: [String]?, _ right: [String]?) -> [String]? {
        left == nil && right == nil ? nil : Set((left ?? []) + (right ?? [])).sorted()
    }

    private static func union(_ left: Capabilities?, _ right: Capabilities?) -> Capabilities? {
        guard var sets = left, let right else { return left ?? right }
        sets.bounding = union(sets.bounding, right.bounding) ?? []
        sets.effective = union(sets.effective, right.effective) ?? []
        sets.permitted = union(sets.permitted, right.permitted) ?? []
        sets.inheritable = union(sets.inheritable, right.inheritable) ?? []
        sets.ambient = union(sets.ambient, right.ambient) ?? []
        return sets
    }
}

extension Profile.Seccomp {
    /// Rules of two recordings: first what is allowed by name, then by value, then what is refused in its own way.
    fileprivate func united(with other: Profile.Seccomp) -> Profile.Seccomp {
        var rules = self
        let foreign = Set((architectures ?? []) + (other.architectures ?? []))
        rules.architectures = foreign.isEmpty ? nil : foreign.sorted { $0.rawValue < $1.rawValue }
        let all = syscalls + other.syscalls
        var plain: [Profile.Rule] = []
        var valued: [Profile.Rule] = []
        var refused: [Profile.Rule] = []
        for rule in all {
            if rule.action != .allow {
                if !refused.contains(rule) { refused.append(rule) }
            } else if rule.args != nil {
                if !valued.contains(rule) { valued.append(rule) }
            } else if let index = plain.firstIndex(where: { $0.comment == rule.comment }) {
                plain[index].names = Set(plain[index].names + rule.names).sorted()
            } else {
                plain.append(rule)
            }
        }
        rules.syscalls = plain + valued.sorted { $0.names.first ?? "" < $1.names.first ?? "" } + refused
        return rules
    }
}
