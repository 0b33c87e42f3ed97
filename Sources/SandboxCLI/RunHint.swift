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

    private let capabilities: Spec.Process.Capabilities?

    init(_ chosen: ChosenProfile, _ store: ProfileStore, _ capabilities: Spec.Process.Capabilities?) {
        self.chosen = chosen
        self.capabilities = capabilities
        self.store = store
    }

    /// The filter with its refusals told to the supervisor, where that is harmless.
    ///
    /// A process has one listener at most, so where sandboxes can be made inside they keep theirs; and a filter that
    /// refuses sendmsg(2) could not hand over its listener.
    func watched(_ program: SeccompProgram?, _ policy: () throws(SandboxError) -> FilterPolicy) throws(SandboxError)
        -> SeccompProgram?
    {
        guard let program, !program.needsListener else { return program }
        if chosen.isBuiltin { return chosen.launch.name == "nested" ? program : program.notifyingRefusals }
        let verdicts = try policy().verdicts()
        func verdict(_ name: String) -> CallVerdict? { SyscallName(name).map { verdicts[$0.row] } }
        // The flags are the only argument known before.
        let handsOver =
            verdict("sendmsg").map { verdict in
                verdict.cases.allSatisfy { $0.conditions.allSatisfy { $0.index == 2 } }
                    && verdict.action([0, 0, UInt64(MSG_NOSIGNAL), 0, 0, 0]) == .allow
            } ?? false
        let nests = verdict("mount")?.isEverAllowed ?? false
        return handsOver && !nests ? program.notifyingRefusals : program
    }

    /// Refuses a call as its profile does.
    mutating func answer(_ call: CallNotification) -> CallAnswer {
        log.note(call)
        return .fail(errno: EPERM)
    }

    /// What may have made a command end with this status; nothing after a success.
    func lines(_ status: Int32) -> [String] {
        if status == 128 + SIGSYS { return [killed] }
        if status == 0 { return [] }
        return log.refusals.prefix(3).map(line)
    }

    private func line(_ refusal: RefusalLog.Refusal) -> String {
        let times = refusal.count == 1 ? "" : ", \(refusal.count) times"
        let place = self.place(of: refusal.name, refusal.arguments)
        return "profile \"\(chosen.launch.name)\" refused \(refusal.name)\(times)\(place)"
            + " (hint: if the command needs it, \(remedy(refusal)))"
    }

    /// ` (dev.json:31)`: the rule that decides.
    private func place(of name: String, _ arguments: [UInt64]) -> String {
        guard let call = SyscallName(name), let setting = try? ChosenProfile.setting(capabilities),
            let line = store.line(of: call, arguments, in: chosen.launch.name, setting: setting)
        else { return "" }
        return " (\(line))"
    }

    private func remedy(_ refusal: RefusalLog.Refusal) -> String {
        guard let row = SyscallName(refusal.name)?.row else { return "sandbox profile record shows what it needs" }
        for name in ["default", "dev", "gui", "build", "nested"] where name != chosen.launch.name {
            guard let profile = try? BuiltinProfile.named(name)?.profile(),
                let verdicts = try? profile.policy(in: FilterSetting()).verdicts()
            else { continue }
            if verdicts[row].action(refusal.arguments).isPermissive { return "--profile \(name) allows it" }
        }
        return
            "no built-in profile with a filter allows it; one of your own that extends it can: see sandbox-profile(1)"
    }

    /// Which calls end a command; one of another architecture does under every filter.
    private var killed: String {
        let name = chosen.launch.name
        var fatal: [String] = []
        if let profile = try? store.load(name).profile {
            for rule in profile.seccomp?.syscalls ?? [] where rule.action.isFatal { fatal += rule.names }
            if profile.seccomp?.defaultAction?.isFatal == true { fatal.append("every call that no rule names") }
        }
        let place = fatal.first.map { self.place(of: $0, [0, 0, 0, 0, 0, 0]) } ?? ""
        let cause =
            fatal.isEmpty
            ? "a call of another architecture, such as a 32-bit program's, which \"architectures\" in a profile lets in"
            : "\(fatal.prefix(8).joined(separator: ", "))\(fatal.count > 8 ? ", …" : "")\(place)"
        return "ended by SIGSYS; profile \"\(name)\" does that for \(cause)"
            + " (hint: sandbox profile record --profile \(name) -- … tells which calls it makes)"
    }
}
