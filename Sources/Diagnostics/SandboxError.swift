/// The one error of every layer above the kernel wrappers.
///
/// Each layer that passes an error on adds one noun phrase with `within(_:)`; only the command line prints.
/// Printed: `sandbox: create web: mount proc at /proc: operation not permitted (hint: …)`.
@usableFromInline
package struct SandboxError: Error, Equatable, Sendable {
    /// What sort of failure it is, for exit codes and for callers that react to it.
    package enum Kind: String, Sendable, CaseIterable {
        /// A value given by the user or read from a file is not acceptable.
        case invalidInput
        /// What was named does not exist.
        case notFound
        /// What was to be made exists already.
        case alreadyExists
        /// The state of a container does not allow the operation.
        case wrongState
        /// The kernel or the host refuses.
        case refused
        /// The kernel, a library or the host lacks what was asked for.
        case unsupported
        /// A system call or a program that was started failed.
        case system
        /// The command to run was found, and cannot be executed.
        case notExecutable
        /// The command to run was not found.
        case commandNotFound
    }

    package var kind: Kind
    /// What went wrong, in lower case and without a final period.
    package var message: String
    /// The kernel's error number, when a system call failed.
    package var errno: Int32?
    /// Where it happened, outermost first.
    package var context: [String]
    /// The line that mends it, when one is known.
    package var remedy: String?
    /// The command's own standard error has the message already.
    package var isTold = false

    package init(
        _ kind: Kind, _ message: String, errno: Int32? = nil, context: [String] = [], remedy: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.errno = errno
        self.context = context
        self.remedy = remedy
    }

    /// The same error, with one more noun phrase in front of its context.
    @usableFromInline
    package func within(_ phrase: String) -> SandboxError {
        var error = self
        error.context.insert(phrase, at: 0)
        return error
    }

    /// The same error with `remedy`, unless it has one already.
    package func hinting(_ remedy: String?) -> SandboxError {
        var error = self
        error.remedy = error.remedy ?? remedy
        return error
    }
}

extension SandboxError: CustomStringConvertible {
    /// The context chain, the message and the hint on one line.
    @usableFromInline
    package var description: String {
        let text = (context + [message]).joined(separator: ": ")
        guard let remedy else { return text }
        return text + " (hint: \(remedy))"
    }
}

/// Runs `body` and adds `phrase` to the context of whatever it throws.
@inlinable
package func within<Value: ~Copyable>(
    _ phrase: @autoclosure () -> String, _ body: () throws(SandboxError) -> Value
) throws(SandboxError) -> Value {
    do { return try body() } catch { throw error.within(phrase()) }
}
