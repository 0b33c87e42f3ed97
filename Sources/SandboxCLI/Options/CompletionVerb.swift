import ArgumentParser

/// What the shells complete after one verb.
struct CompletionVerb: Sendable {
    var name: String
    var abstract: String
    var options: [OptionVisitor.Row] = []
    /// The words that may follow, when they are known.
    var words: [String] = []
    /// The verbs below it, when they have options of their own.
    var verbs: [CompletionVerb] = []
    /// Whether a command and its arguments follow.
    var takesCommand = false
    /// What is completed where no option and no known word stands, before files.
    var values: CompletionValues?

    /// The same verb, followed by names of this machine.
    func followed(by values: CompletionValues) -> CompletionVerb {
        var verb = self
        verb.values = values
        return verb
    }

    /// A verb whose options are visited.
    init<Options: CommandOptions>(_ name: String, _ abstract: String, options: Options, takesCommand: Bool) {
        (self.name, self.abstract, self.takesCommand) = (name, abstract, takesCommand)
        self.options = Options.rows(of: options)
    }

    /// A verb whose options ArgumentParser reads; they are taken from its help text.
    init<Arguments: ParsableArguments>(_ name: String, _ abstract: String, _ arguments: Arguments.Type) {
        (self.name, self.abstract) = (name, abstract)
        options = CompletionVerb.rows(inHelp: arguments.helpMessage(columns: 1000))
    }

    /// A verb that is followed by one of `words`.
    init(_ name: String, _ abstract: String, words: [String]) {
        (self.name, self.abstract, self.words) = (name, abstract, words)
    }

    /// A verb with options for all the verbs below it, one of which follows.
    init(_ name: String, _ abstract: String, options: [OptionVisitor.Row], verbs: [CompletionVerb]) {
        (self.name, self.abstract, self.options, self.verbs) = (name, abstract, options, verbs)
        words = verbs.map(\.name)
    }

    /// A verb below another one.
    init(_ name: String, _ abstract: String, options: [OptionVisitor.Row]) {
        (self.name, self.abstract, self.options) = (name, abstract, options)
    }

    /// The options of a help text: lines such as `  -o, --output <file>   Write there.`
    static func rows(inHelp text: String) -> [OptionVisitor.Row] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard line.hasPrefix("  -"), let long = words.first(where: { $0.hasPrefix("--") }), long != "--help" else {
                return nil
            }
            let place = words.firstIndex(of: long) ?? 0
            let value = words.dropFirst(place + 1).first.flatMap { $0.hasPrefix("<") ? $0.dropFirst().dropLast() : nil }
            let help = words.dropFirst(place + (value == nil ? 1 : 2)).joined(separator: " ")
            let short = words.first.flatMap { $0.count == 3 && $0.hasSuffix(",") ? String($0.dropLast()) : nil }
            return OptionVisitor.Row(
                name: String(long), short: short, value: value.map(String.init), help: help, section: "")
        }
    }
}
