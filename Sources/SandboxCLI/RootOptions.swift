import ContainerPlan
import Diagnostics
import Launcher
import OverlayModel
import OverlayServer

/// The options for what the copy-on-write root shows, refuses, holds and tells.
package struct RootOptions: Equatable, Sendable {
    private var hide: [String] = []
    private var deny: [String] = []
    private var quota: String?
    private var trace: String?
    private var overlay: String?

    package init() {}

    package mutating func visit(_ options: inout OptionVisitor) {
        options.heading("Root")
        options.values(
            "--hide", &hide, "pattern",
            "What matches (.env, /etc/**/*.key) is not there, and cannot be made; may be repeated.")
        options.values(
            "--deny", &deny, "pattern", "What matches is listed, and its use refused; may be repeated.")
        options.value(
            "--quota", &quota, "size[:files]", "At most this much changes in the root (500m, 2g:100000).")
        options.value(
            "--trace", &trace, "file",
            "Append what the command reads, writes, makes, deletes or looks for in vain to a file, as JSON lines.")
        options.value(
            "--overlay", &overlay, "kernel|fuse|auto",
            "Who serves the root of --image or --rootfs: the kernel's overlay, our own, or what fits (default).")
    }

    /// What `--overlay` asks for.
    func choice() throws(SandboxError) -> OverlayChoice {
        guard let overlay else { return .auto }
        if let choice = OverlayChoice(rawValue: overlay) { return choice }
        throw SandboxError(
            .invalidInput, "--overlay \"\(overlay)\": no such overlay",
            remedy: "one of " + OverlayChoice.allCases.map(\.rawValue).joined(separator: ", "))
    }

    /// What the options ask for.
    func rules(
        absolute: (_ path: String, _ option: String) throws(SandboxError) -> String
    ) throws(SandboxError) -> RootRules {
        var rules = RootRules()
        for (option, patterns) in [("--hide", hide), ("--deny", deny)] {
            for text in patterns where PathPattern(text) == nil {
                throw SandboxError(
                    .invalidInput, "\(option) \"\(text)\": not a pattern of a path",
                    remedy: "a name (*.pem) or a path (/etc/**/*.key)")
            }
        }
        (rules.hidden, rules.denied) = (hide, deny)
        if let quota {
            let limit = try overlayQuota(quota)
            guard limit.bytes > 0, limit.inodes != 0 else {
                throw SandboxError(.invalidInput, "--quota \"\(quota)\": nothing could be changed")
            }
            (rules.quotaBytes, rules.quotaFiles) = (limit.bytes, limit.inodes)
        }
        rules.trace = try trace.map { (path) throws(SandboxError) in try absolute(path, "--trace") }
        return rules
    }
}
