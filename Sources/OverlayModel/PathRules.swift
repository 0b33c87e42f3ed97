/// What a tree keeps from its users: names that are not there, and files that are and may not be used.
package struct PathRules: Equatable, Sendable {
    package enum Verdict: Equatable, Sendable {
        case open
        /// As if it were not there.
        case hidden
        /// It is listed and has attributes; anything more is refused.
        case denied
    }

    package var hidden: [PathPattern]
    package var denied: [PathPattern]

    package init(hidden: [PathPattern] = [], denied: [PathPattern] = []) {
        self.hidden = hidden
        self.denied = denied
    }

    /// What of them concerns a tree that is laid at `path`, for paths from that tree's root.
    package func rooted(at path: [[CChar]]) -> PathRules {
        func rooted(_ patterns: [PathPattern]) -> [PathPattern] {
            patterns.map { $0.rooted(at: path) }.filter { !$0.isVoid }
        }
        return PathRules(hidden: rooted(hidden), denied: rooted(denied))
    }

    package var isEmpty: Bool { hidden.isEmpty && denied.isEmpty }

    /// What holds for a path from the root, given by its names.
    package func verdict(_ path: [[CChar]]) -> Verdict {
        if hidden.contains(where: { end($0, path).isMatch }) { return .hidden }
        return denied.contains { end($0, path).isMatch } ? .denied : .open
    }

    /// Whether a folder must stay where it is, since rules go by its path to what is below it.
    package func isBound(_ path: [[CChar]]) -> Bool {
        (hidden + denied).contains { $0.isBound(end($0, path)) }
    }

    private func end(_ pattern: PathPattern, _ path: [[CChar]]) -> PathPattern.Progress {
        path.reduce(pattern.start) { pattern.advance($0, $1) }
    }
}
