/// What a filter does with a system call; the value of seccomp(2) `SECCOMP_RET_*` is `verdict`.
package enum FilterAction: Hashable, Sendable {
    case killProcess
    case killThread
    case trap
    /// The call fails with this error number, at most 4095.
    case errno(UInt16)
    case notify
    /// A tracer is told this number; without one the call fails with ENOSYS.
    case trace(UInt16)
    case log
    case allow

    /// The word a filter returns to the kernel.
    package var verdict: UInt32 {
        switch self {
        case .killProcess: 0x8000_0000
        case .killThread: 0x0000_0000
        case .trap: 0x0003_0000
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .notify: 0x7fc0_0000
        case .trace(let number): 0x7ff0_0000 | UInt32(number)
        case .log: 0x7ffc_0000
        case .allow: 0x7fff_0000
        }
    }

    /// Whether a call under this action happens: calls newer than the policy are then not answered with ENOSYS.
    ///
    /// A tracer counts as permissive: one that emulates calls answers unknown ones itself.
    package var isPermissive: Bool {
        switch self {
        case .allow, .log, .trace: true
        case .killProcess, .killThread, .trap, .errno, .notify: false
        }
    }

    /// The action of a word that `verdict` gave.
    package init?(verdict: UInt32) {
        let data = UInt16(truncatingIfNeeded: verdict)
        switch verdict & 0xffff_0000 {
        case 0x8000_0000: self = .killProcess
        case 0x0000_0000: self = .killThread
        case 0x0003_0000: self = .trap
        case 0x0005_0000: self = .errno(data)
        case 0x7fc0_0000: self = .notify
        case 0x7ff0_0000: self = .trace(data)
        case 0x7ffc_0000: self = .log
        case 0x7fff_0000: self = .allow
        default: return nil
        }
    }
}
