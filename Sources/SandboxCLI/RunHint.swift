import Confinement
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// Watches what the filter of a run refuses, and says at a failed end what that was and what would allow it.
struct RunHint {
    private let chosen: ChosenProfile
    private let store: ProfileStore
    private var log = RefusalLog()
    /// The rules of a profile from a file. A built-in one ends nothing but calls of other architectures.
    private var policy: FilterPolicy?
    /// Of the policy, from the first call on that the supervisor is asked about: most runs have none.
    private var judge: CallJudge?
    private(set) var isWatched = false

    private let capabilities: Spec.Process.Capabilities?

    init(_ chosen: ChosenProfile, _ store: ProfileStore, _ capabilities: Spec.Process.Capabilities?) {
        self.chosen = chosen
        self.capabilities = capabilities
        self.store = store
    }

    /// Whether the supervisor is to be told what the filter refuses: where that is harmless.
    ///
    /// A process has one listener at most, so where sandboxes can be made inside they keep theirs; and a filter that
    /// refuses sendmsg(2) could not hand over its listener.
    mutating func watches(
        _ program: SeccompProgram?, _ policy: () throws(SandboxError) -> FilterPolicy
    ) throws(SandboxError) -> Bool {
        guard let program, !program.needsListener else { return false }
        if chosen.isBuiltin {
            isWatched = chosen.launch.name != "nested"
            return isWatched
        }
        let policy = try policy()
        self.policy = policy
        let verdicts = policy.verdicts()
        func verdict(_ name: String) -> CallVerdict? { SyscallName(name).map { verdicts[$0.row] } }
        // The flags are the only argument known before.
        let handsOver =
            verdict("sendmsg").map { verdict in
                verdict.cases.allSatisfy { $0.conditions.allSatisfy { $0.index == 2 } }
                    && verdict.action([0, 0, UInt64(MSG_NOSIGNAL), 0, 0, 0]) == .allow
            } ?? false
        let nests = verdict("mount")?.isEverAllowed ?? false
        isWatched = handsOver && !nests
        return isWatched
    }

    /// Refuses a call as its profile does, or ends its process.
    mutating func answer(_ call: CallNotification) -> CallAnswer {
        if judge == nil { judge = policy.map(CallJudge.init) }
        let action = judge?.action(call) ?? (call.isForeign ? .killThread : .errno(UInt16(EPERM)))
        if action.isEnd {
            log.end(call)
            return .end
        }
        log.note(call)
        return .fail(errno: EPERM)
    }

    /// What may have made a command end with this status; nothing after a success.
    func lines(_ status: Int32) -> [String] {
        if status == 0 { return [] }
        if let ending = log.ending { return [line(ending)] }
        if status == 128 + SIGSYS { return [killed] }
        return log.refusals.prefix(3).map(line)
    }

    private func line(_ ending: CallNotification) -> String {
        let name = chosen.launch.name
        let call = ending.name?.text ?? "system call \(ending.number)"
        let isRuled = ending.convention.map { judge?.admits($0) ?? ($0 == .native) } ?? false
        if isRuled {
            return "profile \"\(name)\" ended a process by SIGSYS for \(call)\(place(of: call, ending.arguments))"
                + " (hint: if the command needs it, \(remedy(call, ending.arguments)))"
        }
        let convention = ending.convention.map { "of \($0.text)" } ?? "of an unknown architecture"
        let mend =
            ending.convention.map {
                "\"architectures\": [\"\($0.rawValue)\"] in a profile's seccomp lets such programs in"
            }
            ?? "nothing lets it in"
        return "profile \"\(name)\" ended a process by SIGSYS for \(call), called by the convention \(convention)"
            + " (hint: \(mend))"
    }

    private func line(_ refusal: RefusalLog.Refusal) -> String {
        let times = refusal.count == 1 ? "" : ", \(refusal.count) times"
        let place = self.place(of: refusal.name, refusal.arguments)
        return "profile \"\(chosen.launch.name)\" refused \(refusal.name)\(times)\(place)"
            + " (hint: if the command needs it, \(remedy(refusal.name, refusal.arguments)))"
    }

    /// ` (dev.json:31)`: the rule that decides.
    private func place(of name: String, _ arguments: [UInt64]) -> String {
        guard let call = SyscallName(name), let setting = try? ChosenProfile.setting(capabilities),
            let line = store.line(of: call, arguments, in: chosen.launch.name, setting: setting)
        else { return "" }
        return " (\(line))"
    }

    private func remedy(_ name: String, _ arguments: [UInt64]) -> String {
        guard let row = SyscallName(name)?.row else { return "sandbox profile record shows what it needs" }
        for other in ["default", "dev", "gui", "build", "nested"] where other != chosen.launch.name {
            guard let profile = try? BuiltinProfile.named(other)?.profile(),
                let verdicts = try? profile.policy(in: FilterSetting()).verdicts()
            else { continue }
            if verdicts[row].action(arguments).isPermissive { return "--profile \(other) allows it" }
        }
        return
            "no built-in profile with a filter allows it; one of your own that extends it can: see sandbox-profile(1)"
    }

    /// Which calls end a command by the kernel's hand, each with its rule: which of them did, nobody saw.
    private var killed: String {
        let name = chosen.launch.name
        var fatal: [String] = []
        if let profile = try? store.load(name).profile, let setting = try? ChosenProfile.setting(capabilities) {
            for rule in profile.seccomp?.syscalls ?? [] where isUnseen(rule.action) {
                for call in rule.names.compactMap(SyscallName.init) {
                    let rules = try? store.rules(of: call, in: name, setting: setting)
                    let place = rules?.first { $0.isFatal }?.place
                    fatal.append(call.text + (place.map { " (\($0))" } ?? ""))
                }
            }
            if let action = profile.seccomp?.defaultAction, isUnseen(action) {
                fatal.append("every call that no rule names")
            }
        }
        let cause =
            fatal.isEmpty
            ? "a call of another architecture, such as a 32-bit program's, which \"architectures\" in a profile lets in"
            : fatal.prefix(8).joined(separator: ", ") + (fatal.count > 8 ? ", …" : "")
        return "ended by SIGSYS; profile \"\(name)\" does that for \(cause)"
            + " (hint: sandbox profile record --profile \(name) -- … tells which calls it makes)"
    }

    /// Whether calls end with SIGSYS under it, and the supervisor is not asked.
    private func isUnseen(_ action: Spec.Linux.Seccomp.Action) -> Bool {
        action.isFatal && !(isWatched && action != .trap)
    }
}
