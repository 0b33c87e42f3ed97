import Diagnostics
import LinuxKernel

/// Watches every call of a command through a filter's listener, lets happen what a profile allows, and keeps a record.
///
/// What a call's memory says may change before the kernel reads it again: the record is as honest as the command is.
package struct CallObserver {
    package private(set) var recording = Recording()
    private let judge: CallJudge
    private let mayHaveCapabilities: Bool
    /// Paths the run has made itself.
    private var made: Set<String> = []
    private var hasBegun = false
    /// Whether a socket to the kernel's routes and devices (rtnetlink(7)) was opened.
    private var hasRoutes = false

    /// - Parameter policy: what the command may do.
    package init(_ policy: FilterPolicy, mayHaveCapabilities: Bool) {
        judge = CallJudge(policy)
        self.mayHaveCapabilities = mayHaveCapabilities
    }

    /// Decides one call, and notes it.
    package mutating func answer(_ call: CallNotification, listener: CInt) -> CallAnswer {
        guard let convention = call.convention, judge.admits(convention) else {
            recording.refuse(call.name?.text ?? "call \(call.number)", by: call.convention)
            return .fail(errno: EPERM)
        }
        guard let name = judge.call(call)?.text else {
            return judge.otherwise.isPermissive ? .proceed : .fail(errno: ENOSYS)
        }
        // What comes before is ours: closing the listener, making the arguments.
        if !hasBegun && name != "execve" { return .proceed }
        hasBegun = true
        let action = judge.action(call)
        guard action.isPermissive else {
            let errno = action.errorNumber
            recording.refuse(name, errno: errno)
            return .fail(errno: CInt(errno))
        }
        recording.allow(name, call.arguments)
        if call.isForeign { recording.admit(convention) }
        note(name, ObservedCall(call, listener: listener))
        return .proceed
    }

    private mutating func note(_ name: String, _ call: ObservedCall) {
        for place in CallPaths.places[name] ?? [] {
            guard let path = call.path(place) else { continue }
            let access = place.access(call)
            let isThere = made.contains(path) || call.exists(path)
            if access.makes { made.insert(path) }
            if access.changesFolder {
                recording.write(parent(of: path))
            } else if access.writes {
                recording.write(isThere ? path : parent(of: path))
            }
            if access.reads && isThere { recording.read(path) }
            if mayHaveCapabilities, isThere, call.overridesPermissions(of: path, access) {
                recording.use("CAP_DAC_OVERRIDE")
            }
        }
        if let address = call.address(name) {
            if name == "bind" { recording.bind(address) } else { recording.contact(address) }
        }
        guard mayHaveCapabilities else { return }
        if name == "socket" && call.arguments[0] == 16 && call.arguments[2] == 0 { hasRoutes = true }
        if hasRoutes, call.changesRoutes(name), call.has("CAP_NET_ADMIN") { recording.use("CAP_NET_ADMIN") }
        for capability in CallCapabilities.asked(by: name, call.arguments, bound: call.address(name)?.port) {
            if call.has(capability) { recording.use(capability) }
        }
    }

    private func parent(of path: String) -> String {
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return folder.isEmpty ? "/" : String(folder)
    }
}

extension FilterAction {
    /// What a refused call gets when it is to go on all the same: its own error, else EPERM.
    fileprivate var errorNumber: UInt16 {
        switch self {
        case .errno(let number): number
        case .trace: UInt16(ENOSYS)
        case .killProcess, .killThread, .trap, .notify, .log, .allow: UInt16(EPERM)
        }
    }
}
