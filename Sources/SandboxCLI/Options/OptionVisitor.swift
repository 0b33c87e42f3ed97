/// The options of a verb that starts a sandbox, named once: the same visit reads them, prints them and completes them.
///
/// ArgumentParser does this for the other verbs. On the way to a sandbox's start its reflection takes 30 µs for each
/// option that exists, given or not; a visit takes a comparison.
package protocol CommandOptions {
    /// The words the verb is called by, and what follows the options: `sandbox run [options] [--] <command> ...`.
    static var usage: String { get }
    mutating func visit(_ options: inout OptionVisitor)
}

/// Meets each option of a verb in turn: to fill the one that a word names, or to list them all.
package struct OptionVisitor {
    /// An option as the help text and the completions show it.
    package struct Row: Equatable, Sendable {
        package var name: String
        package var short: String?
        /// What it takes, such as `dir`; nil for one that takes nothing.
        package var value: String?
        package var help: String
        /// The heading it stands under.
        package var section: String
        /// Whether it may be given more than once.
        package var repeats = false
    }

    private enum Work {
        case list
        /// `--name`, and what stands after its equals sign or in the next word.
        case fill(name: String, inline: String?, next: String?)
    }

    private let work: Work
    private var section = "Options"
    private(set) var rows: [Row] = []
    private(set) var found = false
    /// Whether the next word was the option's value.
    private(set) var usedNext = false
    private(set) var failure: String?

    init() { work = .list }

    init(name: String, inline: String?, next: String?) {
        work = .fill(name: name, inline: inline, next: next)
    }

    /// What follows stands under this heading in the help text.
    package mutating func heading(_ title: String) { section = title }

    /// An option that takes nothing.
    package mutating func flag(_ name: String, short: String? = nil, _ place: inout Bool, _ help: String) {
        guard meets(name, short, nil, help), case .fill(_, let inline, _) = work else { return }
        if inline != nil { failure = "\(name) takes no value" } else { place = true }
    }

    /// An option with one value; the last one given holds.
    package mutating func value(
        _ name: String, short: String? = nil, _ place: inout String?, _ valueName: String, _ help: String
    ) {
        if let text = take(name, short, valueName, help) { place = text }
    }

    /// An option with one value and a default.
    package mutating func value(
        _ name: String, short: String? = nil, _ place: inout String, _ valueName: String, _ help: String
    ) {
        if let text = take(name, short, valueName, help) { place = text }
    }

    /// An option with a value each time it is given.
    package mutating func values(
        _ name: String, short: String? = nil, _ place: inout [String], _ valueName: String, _ help: String
    ) {
        if let text = take(name, short, valueName, help, repeats: true) { place.append(text) }
    }

    private mutating func take(
        _ name: String, _ short: String?, _ valueName: String, _ help: String, repeats: Bool = false
    ) -> String? {
        guard meets(name, short, valueName, help, repeats: repeats), case .fill(_, let inline, let next) = work else {
            return nil
        }
        if let inline { return inline }
        guard let next, next != "--" else {
            failure = "\(name) needs a value: \(name) <\(valueName)>"
            return nil
        }
        usedNext = true
        return next
    }

    /// Whether this is the option to fill; notes the row when listing.
    private mutating func meets(
        _ name: String, _ short: String?, _ value: String?, _ help: String, repeats: Bool = false
    ) -> Bool {
        switch work {
        case .list:
            rows.append(
                Row(name: name, short: short, value: value, help: help, section: section, repeats: repeats))
            return false
        case .fill(let wanted, _, _):
            guard !found, wanted == name || wanted == short else { return false }
            found = true
            return true
        }
    }
}
