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

/// What uname(2) tells of the kernel.
package struct SystemName: Equatable, Sendable {
    /// `6.18.44-generic`.
    package var release: String
    /// `#1 SMP …`.
    package var version: String
    /// `x86_64`.
    package var machine: String
}

/// uname(2); empty texts where it fails.
package func systemName() -> SystemName {
    var names = utsname()
    guard uname(&names) == 0 else { return SystemName(release: "", version: "", machine: "") }
    func text(_ field: UnsafeRawBufferPointer) -> String { String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) }
    return SystemName(
        release: withUnsafeBytes(of: &names.release) { text($0) },
        version: withUnsafeBytes(of: &names.version) { text($0) },
        machine: withUnsafeBytes(of: &names.machine) { text($0) })
}

/// The kernel's release as uname(2) gives it: `6.18.44-generic`.
package func kernelRelease() -> String { systemName().release }
