import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A rule that a call reaches, and where it stands.
package struct PlacedRule: Sendable {
    /// As `profiles/dev.json:31`.
    package var place: String?
    package var comment: String?
    /// Tried in order, as all of a policy's; empty conditions fit every call.
    fileprivate var alternatives: [RuleTable.Alternative]

    /// Whether calls end with SIGSYS under it.
    package var isFatal: Bool {
        alternatives.contains { $0.action.isEnd || $0.action == .trap }
    }

    /// Whether the rule decides a call with these arguments.
    func decides(_ arguments: [UInt64], on architecture: SyscallArchitecture) -> Bool {
        let wide = architecture.has64BitArguments
        return alternatives.contains { one in
            one.conditions.allSatisfy { $0.holds(arguments[$0.index], wide: wide) }
        }
    }

    /// Whether what follows is never reached.
    fileprivate var isLast: Bool { alternatives.contains { $0.conditions.isEmpty } }
}

extension ProfileStore {
    /// The rules that decide about a call, from the top, as far as one can be reached; the default action is the last
    /// when no rule fits every call.
    ///
    /// - Parameter setting: which rules count.
    package func rules(
        of call: SyscallName, in word: String, setting: FilterSetting
    ) throws(SandboxError) -> [PlacedRule] {
        var reached: [PlacedRule] = []
        let chain = try chain(of: word)
        // Those that follow from the rules of ports come before all others.
        if let owner = chain.first(where: { $0.profile.landlock != nil }) {
            for rule in owner.profile.portRules where rule.names.contains(call.text) {
                let property = owner.profile.landlock?.tcpConnect != nil ? "tcpConnect" : "tcpBind"
                if let placed = try placed(rule, call, owner.place("landlock.\(property)"), setting) {
                    reached.append(placed)
                }
            }
        }
        for source in chain {
            for (index, rule) in (source.profile.seccomp?.syscalls ?? []).enumerated()
            where rule.names.contains(call.text) {
                guard let placed = try placed(rule, call, source.place("seccomp.syscalls[\(index)]"), setting) else {
                    continue
                }
                reached.append(placed)
                if placed.isLast { return reached }
            }
        }
        let owner = chain.first { $0.profile.seccomp?.defaultAction != nil }
        reached.append(
            PlacedRule(
                place: owner?.place("seccomp.defaultAction"), comment: "The default action.",
                alternatives: [.init(conditions: [], action: .allow)]))
        return reached
    }

    /// Which rule of which file decides about a call with these arguments: `dev.json:31`.
    package func line(
        of call: SyscallName, _ arguments: [UInt64], in word: String, setting: FilterSetting,
        on architecture: SyscallArchitecture = .native
    ) -> String? {
        // A hint does without what cannot be read any more.
        let rules = try? rules(of: call, in: word, setting: setting)
        return rules?.first { $0.decides(arguments, on: architecture) }?.place
    }

    private func placed(
        _ rule: Profile.Rule, _ call: SyscallName, _ place: String?, _ setting: FilterSetting
    ) throws(SandboxError) -> PlacedRule? {
        guard try rule.counts(in: setting) else { return nil }
        let entry = Spec.Linux.Seccomp.Syscall(
            names: [call.text], action: rule.action, errnoRet: rule.errnoRet, args: rule.args)
        var policy = try FilterPolicy(Spec.Linux.Seccomp(defaultAction: .allow, syscalls: [entry]))
        policy.order = .firstMatch
        switch RuleTable(policy).outcomes[call.row] {
        case .always(let action):
            return PlacedRule(
                place: place, comment: rule.comment, alternatives: [.init(conditions: [], action: action)])
        case .when(let alternatives):
            return PlacedRule(place: place, comment: rule.comment, alternatives: alternatives)
        case nil, .library: return nil
        }
    }
}

extension ProfileStore {
    /// A profile's own text, without what it extends.
    private struct Source {
        let name: String
        let profile: Profile
        private let lines: JSONLines

        init(_ found: Found) throws(SandboxError) {
            name = found.file
            profile = try Profile(reading: found.bytes)
            lines = JSONLines(found.bytes)
        }

        func place(_ path: String) -> String? { lines.line(of: path).map { "\(name):\($0)" } }
    }

    /// A profile and those it extends, found as `load` finds them.
    private func chain(of word: String) throws(SandboxError) -> [Source] {
        // What loads has an end.
        _ = try load(word)
        let first = try source(of: word)
        var chain = [try Source(first)]
        while let parent = chain.last?.profile.extends {
            chain.append(try Source(extended(parent, by: first)))
        }
        return chain
    }
}
