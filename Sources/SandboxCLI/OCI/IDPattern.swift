import Diagnostics
import LinuxKernel

/// An extended regular expression (regex(7)) that container ids are searched with.
struct IDPattern: ~Copyable {
    private var compiled = regex_t()

    /// - Throws: `invalidInput` with the C library's own words.
    init(_ text: String) throws(SandboxError) {
        let result = regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB)
        guard result == 0 else {
            var words = [CChar](repeating: 0, count: 128)
            let size = regerror(result, &compiled, &words, words.count)
            let message = words.prefix(max(0, min(size, words.count) - 1)).map { UInt8(bitPattern: $0) }
            throw SandboxError(
                .invalidInput, "--regex: \"\(text)\": \(String(decoding: message, as: UTF8.self).lowercased())")
        }
    }

    deinit {
        var compiled = compiled
        regfree(&compiled)
    }

    func matches(_ id: String) -> Bool {
        withUnsafePointer(to: compiled) { regexec($0, id, 0, nil, 0) == 0 }
    }
}

extension OCIContext {
    /// Does `body` to every container whose id matches; one that fails keeps no other from its turn.
    ///
    /// - Throws: the first failure, when all have had their turn.
    func forEachMatch(_ text: String, _ body: (String) throws(SandboxError) -> Void) throws(SandboxError) {
        let pattern = try IDPattern(text)
        var failure: SandboxError?
        for id in try engine.store.ids() where pattern.matches(id) {
            do { try body(id) } catch {
                if failure == nil { failure = error } else { engine.warn("\(id): \(error)") }
            }
        }
        if let failure { throw failure }
    }
}
