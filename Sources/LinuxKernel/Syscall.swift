@_exported import CLinux
import Diagnostics
@_exported import Glibc
@_exported import SystemPackage

/// Turns the kernel's result (negative: -errno) into a value or a thrown `Errno`.
@inlinable @inline(__always)
package func check(_ result: Int) throws(Errno) -> Int {
    if result < 0 { throw Errno(rawValue: CInt(-result)) }
    return result
}

/// One raw system call, started again when a signal interrupts it.
///
/// The only place that retries EINTR: calls that must see an interruption use `syscallOnce`.
@discardableResult
package func syscallRetrying(
    _ number: Int, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
) throws(Errno) -> Int {
    while true {
        let result = clinux_syscall(number, a, b, c, d, e, f)
        if result == -Int(EINTR) { continue }
        return try check(result)
    }
}

/// One raw system call; EINTR is thrown like every other error.
@discardableResult
package func syscallOnce(
    _ number: Int, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
) throws(Errno) -> Int {
    try check(clinux_syscall(number, a, b, c, d, e, f))
}

extension Errno {
    /// The C library's text for this number in lower case: `operation not permitted`.
    package var text: String {
        let text = description
        guard let first = text.first else { return "error \(rawValue)" }
        return first.lowercased() + text.dropFirst()
    }
}

extension SandboxError {
    /// A failed system call: `what` is the noun phrase of what was tried.
    package init(_ errno: Errno, _ what: String, kind: Kind? = nil, remedy: String? = nil) {
        let inferred: Kind =
            switch errno {
            case .noSuchFileOrDirectory: .notFound
            case .fileExists: .alreadyExists
            case .notPermitted, .permissionDenied: .refused
            default: .system
            }
        self.init(kind ?? inferred, "\(what): \(errno.text)", errno: errno.rawValue, remedy: remedy)
    }
}

/// Runs one kernel call and names what was tried when it fails.
///
/// Inlinable, so that other modules make it for their types: the general one has these put together at run time.
@inlinable
package func attempt<Value: ~Copyable>(
    _ what: @autoclosure () -> String, _ body: () throws(Errno) -> Value
) throws(SandboxError) -> Value {
    do { return try body() } catch { throw failure(error, what()) }
}

@usableFromInline
package func failure(_ errno: Errno, _ what: String) -> SandboxError { SandboxError(errno, what) }

/// The address of a pointer as a system call argument.
@inlinable @inline(__always)
package func address(_ pointer: UnsafeRawPointer?) -> Int { Int(bitPattern: pointer) }
