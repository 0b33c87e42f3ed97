import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The calls that a filter refused with EPERM, or ended a process for, while a command ran.
package struct RefusalLog: Sendable {
    /// A refused call, the first time.
    package struct Refusal: Equatable, Sendable {
        package var name: String
        package var arguments: [UInt64]
        package var count: Int
    }

    package private(set) var refusals: [Refusal] = []
    /// The first call that ended its process.
    package private(set) var ending: CallNotification?

    package init() {}

    /// Programs try these at every start and do without: they are never the reason of a failure.
    private static let tried: Set<String> = [
        "io_uring_setup", "get_mempolicy", "mbind", "set_mempolicy", "perf_event_open", "rseq_slice_yield",
        "lookup_dcookie",
    ]

    /// Notes a call that is refused.
    package mutating func note(_ call: CallNotification) {
        guard let name = call.name?.text, !Self.tried.contains(name) else { return }
        if let index = refusals.firstIndex(where: { $0.name == name }) {
            refusals[index].count += 1
        } else {
            refusals.append(Refusal(name: name, arguments: call.arguments, count: 1))
        }
    }

    /// Notes a call that its process is ended for.
    package mutating func end(_ call: CallNotification) { ending = ending ?? call }
}

extension FilterAction {
    /// Whether it ends the thread or the process, whatever that has set up for SIGSYS.
    package var isEnd: Bool {
        switch self {
        case .killProcess, .killThread: true
        case .trap, .errno, .notify, .trace, .log, .allow: false
        }
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
