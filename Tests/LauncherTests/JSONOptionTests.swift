import ArgumentParser
import Testing

@testable import SandboxCLI

@Suite("--json")
struct JSONOptionTests {
    /// Verbs without it, each with its reason.
    private static let reasons = [
        "exec": "standard output is the command's", "attach": "standard output is the command's",
        "oci": "the formats are those of the specification and of other runtimes",
        "overlay": "it mounts, and prints nothing",
        "profile export": "it prints nothing but JSON",
    ]

    private var options: [String: [String]] {
        var options: [String: [String]] = [:]
        for verb in completionVerbs where verb.verbs.isEmpty { options[verb.name] = verb.options.map(\.name) }
        for (name, root) in [
            ("image", ImageCommand.self as any ParsableCommand.Type), ("profile", ProfileCommand.self),
        ] {
            options[name] = nil
            for inner in root.configuration.subcommands {
                let word = inner.configuration.commandName ?? ""
                options[name + " " + word] = CompletionVerb.rows(inHelp: inner.helpMessage(columns: 1000)).map(\.name)
            }
        }
        options["profile record"] = RecordCommand.rows(of: RecordCommand()).map(\.name)
        options["oci"] = []
        return options
    }

    @Test("every verb has it, or a reason not to")
    func everyVerb() {
        for (verb, names) in options where !names.contains("--json") {
            #expect(Self.reasons[verb] != nil, "\(verb) takes no --json")
        }
        for verb in Self.reasons.keys {
            #expect(options[verb]?.contains("--json") == false, "\(verb) takes --json, or is no verb")
        }
    }

    @Test("every verb of the help is known here, and the other way round")
    func everyWord() {
        let words = usage.split(separator: "\n").flatMap { line -> [String] in
            guard line.hasPrefix("  sandbox ") else { return [] }
            let names = line.dropFirst("  sandbox ".count).split(separator: " ")
            // `diff | apply`: those between bars.
            var verbs: [String] = []
            for (index, name) in names.enumerated() where index == 0 || names[index - 1] == "|" {
                verbs.append(String(name))
            }
            return verbs.filter { !$0.hasPrefix("-") }
        }
        #expect(Set(words) == Set(completionVerbs.map(\.name)))
    }
}
