/// What the copy-on-write root shows, refuses, holds and tells.
package struct RootRules: Equatable, Sendable {
    /// Patterns of paths that are as if they were not there.
    package var hidden: [String] = []
    /// Patterns of paths that are listed and may not be used.
    package var denied: [String] = []
    /// The absolute host path of the file that takes what was used.
    package var trace: String?
    /// What may change.
    package var quotaBytes: UInt64?
    package var quotaFiles: UInt64?

    package init() {}

    /// Whether the overlay has to see every use of a file: then no folder of the host is laid in natively.
    package var coversEverything: Bool { !hidden.isEmpty || !denied.isEmpty || trace != nil }
    package var isEmpty: Bool { !coversEverything && quotaBytes == nil }

    /// The first option that asks for something.
    package var firstOption: String? {
        if let pattern = hidden.first { return "--hide \(pattern)" }
        if let pattern = denied.first { return "--deny \(pattern)" }
        if let trace { return "--trace \(trace)" }
        return quotaBytes.map { "--quota \($0)" }
    }
}
