/// What an apply may take over, beside what it takes anyway.
package struct ApplyChoice: Equatable, Sendable {
    package var allowGuarded = false
    package var skipGuarded = false
    package var force = false

    package init() {}
}

/// The options of `sandbox apply`.
struct ApplyCommand: ReviewCommand {
    var selection = ReviewSelection()
    var choice = ApplyChoice()
    var json = false

    static let usage = "sandbox apply [options] [path ...]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag(
            "--allow-guarded", &choice.allowGuarded,
            "Take over what programs of the host act on, too: git hooks and settings, editors' tasks, links that lead out."
        )
        options.flag("--skip-guarded", &choice.skipGuarded, "Leave these out, and take over the rest.")
        options.flag(
            "--force", &choice.force,
            "Take over changes of files that have changed outside as well; sandbox undo brings those back.")
        options.flag("--json", &json, "Print what has been applied as JSON.")
        selection.visit(&options)
    }
}

/// The options of `sandbox discard`.
struct DiscardCommand: ReviewCommand {
    var selection = ReviewSelection()
    var json = false

    static let usage = "sandbox discard [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--json", &json, "Print what has been dropped as JSON.")
        selection.visit(&options)
    }
}

/// The options of `sandbox undo`.
struct UndoCommand: ReviewCommand {
    var selection = ReviewSelection()
    var force = false
    var json = false

    static let usage = "sandbox undo [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--force", &force, "Leave alone what has changed since the apply, and take back the rest.")
        options.flag("--json", &json, "Print what has been taken back as JSON.")
        selection.visit(&options)
    }
}
