import Diagnostics

/// What is left when the options have been read.
package struct ParsedWords: Equatable, Sendable {
    /// `--help` was among the options.
    package var wantsHelp: Bool
    /// From the first word that is no option, or after `--`.
    package var rest: [String]

    package init(wantsHelp: Bool = false, rest: [String] = []) { (self.wantsHelp, self.rest) = (wantsHelp, rest) }
}

extension CommandOptions {
    /// Reads options until `--` or the first word that is none: `--name value`, `--name=value`, `-n value`, `-n=value`.
    ///
    /// - Throws: `invalidInput` that names the option and the nearest known one.
    package mutating func parse(_ words: [String]) throws(SandboxError) -> ParsedWords {
        var index = 0
        while index < words.count {
            let word = words[index]
            if word == "--" { return ParsedWords(rest: Array(words[(index + 1)...])) }
            guard word.utf8.first == UInt8(ascii: "-"), word != "-" else { break }
            if word == "--help" || word == "-h" { return ParsedWords(wantsHelp: true) }
            index += try read(word, next: index + 1 < words.count ? words[index + 1] : nil)
        }
        return ParsedWords(rest: Array(words[index...]))
    }

    /// The same for verbs whose other words are names alone: options may stand before, between and behind them.
    package mutating func parseAmongNames(_ words: [String]) throws(SandboxError) -> ParsedWords {
        var names: [String] = []
        var rest = words
        while true {
            let parsed = try parse(rest)
            guard !parsed.wantsHelp, let name = parsed.rest.first else {
                return ParsedWords(wantsHelp: parsed.wantsHelp, rest: names)
            }
            // What follows `--` is no option.
            if rest.count > parsed.rest.count, rest[rest.count - parsed.rest.count - 1] == "--" {
                return ParsedWords(rest: names + parsed.rest)
            }
            names.append(name)
            rest = Array(parsed.rest.dropFirst())
        }
    }

    /// Reads one option and says how many words it took.
    private mutating func read(_ word: String, next: String?) throws(SandboxError) -> Int {
        var name = word
        var inline: String?
        if let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
            name = String(word[..<equals])
            inline = String(word[word.utf8.index(after: equals)...])
        }
        var visitor = OptionVisitor(name: name, inline: inline, next: next)
        visit(&visitor)
        if let failure = visitor.failure { throw SandboxError(.invalidInput, failure, remedy: Self.helpHint) }
        guard visitor.found else {
            let near = nearestName(to: name, among: Self.rows(of: self).map(\.name))
            throw SandboxError(
                .invalidInput, "unknown option \"\(name)\"",
                remedy: near.map { "did you mean \($0)?" }
                    ?? "\(Self.helpHint); a command that starts with - goes after --")
        }
        return visitor.usedNext ? 2 : 1
    }

    private static var helpHint: String {
        let verb = usage.split(separator: " ").prefix { !$0.hasPrefix("[") && !$0.hasPrefix("<") }.joined(
            separator: " ")
        return "\(verb) --help lists the options"
    }

    /// The options in the order of their visit.
    package static func rows(of options: Self) -> [OptionVisitor.Row] {
        var options = options
        var visitor = OptionVisitor()
        options.visit(&visitor)
        return visitor.rows
    }

    /// The text of `--help`, at most 100 columns wide.
    package var helpText: String {
        var lines = ["USAGE: \(Self.usage)"]
        var section: String?
        for row in Self.rows(of: self) {
            if row.section != section {
                lines += ["", "\(row.section.uppercased()):"]
                section = row.section
            }
            lines += row.lines
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension OptionVisitor.Row {
    /// `-w, --workdir <dir>     Start there.`, wrapped beside the names.
    fileprivate var lines: [String] {
        let margin = 26
        var head = "  " + (short.map { "\($0), " } ?? "") + name + (value.map { " <\($0)>" } ?? "")
        var lines: [String] = []
        if head.count >= margin {
            lines.append(head)
            head = ""
        }
        head += String(repeating: " ", count: margin - head.count)
        for word in help.split(separator: " ") {
            if head.count > margin, head.count + 1 + word.count > 100 {
                lines.append(head)
                head = String(repeating: " ", count: margin)
            }
            head += (head.count > margin ? " " : "") + word
        }
        return lines + [head]
    }
}
