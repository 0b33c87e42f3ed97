/// System calls whose presence decides how something is done, by their number (the same on every architecture
/// since 5.1).
package enum KernelCall: Int, Sendable, CaseIterable {
    case openTree = 428
    case moveMount = 429
    case openFileSystem = 430
    case openProcess = 434
    case clone3 = 435
    case closeRange = 436
    case openAt2 = 437
    case mountSetAttributes = 442
    case landlockCreateRuleset = 444
}

/// Whether the kernel knows a system call: it is called with arguments that it refuses without doing anything.
///
/// A seccomp filter that answers EPERM counts as "no" for calls that take a bad descriptor or size; the kernel
/// itself would say EBADF, EINVAL or EFAULT.
package func systemCallExists(_ call: KernelCall) -> Bool {
    do {
        try syscallRetrying(call.rawValue, -1, 0, 0, 0, 0)
        return true
    } catch {
        switch error {
        case .noFunction: return false
        case .notPermitted: return call == .openFileSystem || call == .moveMount  // ask for CAP_SYS_ADMIN first
        default: return true
        }
    }
}

/// The version of landlock(7)'s interface; 0 when the kernel has none or has it switched off.
package func landlockVersion() -> Int {
    do { return try syscallRetrying(KernelCall.landlockCreateRuleset.rawValue, 0, 0, 1) } catch { return 0 }
}

/// The kernel's release as uname(2) gives it: `6.18.44-generic`.
package func kernelRelease() -> String {
    var names = utsname()
    guard uname(&names) == 0 else { return "" }
    return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
