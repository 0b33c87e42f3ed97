import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The calls that a filter refused with EPERM while a command ran.
package struct RefusalLog: Sendable {
    /// A refused call, the first time.
    package struct Refusal: Equatable, Sendable {
        package var name: String
        package var arguments: [UInt64]
        package var count: Int
    }

    package private(set) var refusals: [Refusal] = []

    package init() {}

    /// Programs try these at every start and do without: they are never the reason of a failure.
    private static let tried: Set<String> = [
        "io_uring_setup", "get_mempolicy", "mbind", "set_mempolicy", "perf_event_open", "rseq_slice_yield",
        "lookup_dcookie",
    ]

    /// Notes a call that is refused.
    package mutating func note(_ call: CallNotification) {
        guard let name = SyscallName(number: call.number, on: .native)?.text, !Self.tried.contains(name) else { return }
        if let index = refusals.firstIndex(where: { $0.name == name }) {
            refusals[index].count += 1
        } else {
            refusals.append(Refusal(name: name, arguments: call.arguments, count: 1))
        }
    }
}

extension ProfileStore {
    /// Which rule of which file decides about a call: the profile's own rules first, then those it extends.
    ///
    /// - Returns: `dev.json:31`; the line of the default action when no rule fits.
    package func line(of call: String, _ arguments: [UInt64], in name: String) -> String? {
        var word = name
        var fallback: String?
        for _ in 0..<16 {
            guard let source = try? source(of: word), let profile = try? Profile(reading: source.bytes) else {
                return nil
            }
            let lines = JSONLines(source.bytes)
            func place(_ path: String) -> String? { lines.line(of: path).map { "\(source.name):\($0)" } }
            for (index, rule) in (profile.seccomp?.syscalls ?? []).enumerated() where rule.names.contains(call) {
                if rule.decides(arguments) { return place("seccomp.syscalls[\(index)]") }
            }
            if profile.seccomp?.defaultAction != nil { fallback = fallback ?? place("seccomp.defaultAction") }
            guard let parent = profile.extends else { return fallback }
            word = parent
        }
        return fallback
    }
}

extension Spec.Linux.Seccomp.Action {
    /// Whether a call under it ends with SIGSYS.
    package var isFatal: Bool {
        switch self {
        case .kill, .killProcess, .killThread, .trap: true
        case .errno, .notify, .trace, .log, .allow: false
        }
    }
}

extension Profile.Rule {
    /// Whether it fits these arguments on this machine; conditions on capabilities and kernels count as met.
    fileprivate func decides(_ arguments: [UInt64]) -> Bool {
        if let arches = includes?.arches, !arches.contains(.native) { return false }
        if let arches = excludes?.arches, arches.contains(.native) { return false }
        let spec = Spec.Linux.Seccomp(
            defaultAction: .allow, syscalls: [.init(names: names, action: action, errnoRet: errnoRet, args: args)])
        guard let rule = try? FilterPolicy(spec).rules.first else { return false }
        let wide = SyscallArchitecture.native.has64BitArguments
        return rule.conditions.allSatisfy { $0.holds(arguments[$0.index], wide: wide) }
    }
}
