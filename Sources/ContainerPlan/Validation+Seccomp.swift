import Diagnostics
import RuntimeSpec

/// Refuses a filter that no kernel could run (`config-linux.md`, Seccomp; seccomp(2)). `path` is what messages start
/// with.
package func validate(_ seccomp: Spec.Linux.Seccomp, at path: String) throws(SandboxError) {
    try validateError(seccomp.defaultErrnoRet, of: seccomp.defaultAction, path + ".defaultErrnoRet")
    if seccomp.defaultAction == .notify {
        // The agent gets its descriptor through a write that would wait for the agent.
        throw invalid(path + ".defaultAction", "SCMP_ACT_NOTIFY cannot be the default")
    }
    for (index, call) in (seccomp.syscalls ?? []).enumerated() {
        let path = "\(path).syscalls[\(index)]"
        if call.names.isEmpty { throw invalid(path + ".names", "empty") }
        for (index, name) in call.names.enumerated() {
            try validatePath(name, "\(path).names[\(index)]", absolute: false)
            if call.action == .notify && (name == "write" || name == "sendmsg") {
                throw invalid("\(path).names[\(index)]", "SCMP_ACT_NOTIFY cannot be used for the \(name) syscall")
            }
        }
        try validateError(call.errnoRet, of: call.action, path + ".errnoRet")
        for (index, argument) in (call.args ?? []).enumerated() {
            try validateRange(argument.index, 0...5, "\(path).args[\(index)].index")
        }
    }
    try validateListener(seccomp, path)
}

private func validateListener(_ seccomp: Spec.Linux.Seccomp, _ path: String) throws(SandboxError) {
    if let listener = seccomp.listenerPath {
        try validatePath(listener, path + ".listenerPath", absolute: true)
        return
    }
    if seccomp.listenerMetadata != nil { throw invalid(path + ".listenerMetadata", "needs a listenerPath") }
    if seccomp.syscalls?.contains(where: { $0.action == .notify }) ?? false {
        throw invalid(path + ".listenerPath", "missing, and SCMP_ACT_NOTIFY needs it")
    }
}

/// Only two actions carry a number: an error number, which the kernel cuts off at 4095, or a message of 16 bits.
private func validateError(
    _ number: UInt32?, of action: Spec.Linux.Seccomp.Action, _ path: @autoclosure () -> String
) throws(SandboxError) {
    switch action {
    case .errno: try validateRange(number, 0...4095, path())
    case .trace: try validateRange(number, 0...UInt32(UInt16.max), path())
    case .kill, .killProcess, .killThread, .trap, .allow, .log, .notify:
        if number != nil { throw invalid(path(), "\(action.rawValue) has no error number") }
    }
}
