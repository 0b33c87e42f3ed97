import Diagnostics

/// One key of a project file: an option of a verb by its name, and what it is to be.
package struct Setting: Equatable, Sendable {
    package var key: String
    package var value: TOMLNode
    package var position: TextPosition

    package init(_ key: String, _ value: TOMLNode, at position: TextPosition) {
        (self.key, self.value, self.position) = (key, value, position)
    }
}

/// A named command or shell, or the build.
package struct SettingSection: Equatable, Sendable {
    package enum Command: Equatable, Sendable {
        case words([String])
        /// For `sh -c`.
        case shell(String)
    }

    package var settings: [Setting] = []
    package var command: Command?
    package var description: String?

    package init() {}

    /// The command line, with more words of the caller's at its end.
    package func commandLine(adding words: [String]) -> [String] {
        switch command {
        case nil: words
        case .words(let own): own + words
        // The script sees them as "$@".
        case .shell(let script): ["/bin/sh", "-c", script, "sh"] + words
        }
    }
}

/// What a `sandbox.toml` says.
package struct ProjectFile: Equatable, Sendable {
    /// Without links.
    package var path: String
    /// Options of every sandbox of the project.
    package var common: [Setting] = []
    package var build = SettingSection()
    package var commands: [String: SettingSection] = [:]
    package var shells: [String: SettingSection] = [:]

    package static let name = "sandbox.toml"
    /// The keys that are no options.
    package static let commandKeys = ["run", "description"]
    package static let tables = ["build", "command", "shell"]

    package var folder: String { Paths.parent(path) }

    /// Reads a file's text; which options there are is for the verbs to say.
    package init(_ bytes: [UInt8], path: String) throws(SandboxError) {
        self.path = path
        do throws(TOMLFailure) {
            let document = try TOMLParser.parse(bytes)
            for entry in document.entries {
                switch entry.key {
                case "build": build = try ProjectFile.section(entry, runs: true)
                case "command":
                    commands = try ProjectFile.sections(entry, runs: true)
                    for (name, section) in commands where section.command == nil {
                        if let setting = section.settings.first(where: {
                            nearestName(to: $0.key, among: ["run"]) != nil
                        }) {
                            throw TOMLFailure(
                                "unknown key \"\(setting.key)\": did you mean \"run\"?", at: setting.position)
                        }
                        throw TOMLFailure("command.\(name) has no run = \"…\"", at: entry.position)
                    }
                case "shell": shells = try ProjectFile.sections(entry, runs: false)
                default: common.append(Setting(entry.key, entry.node, at: entry.position))
                }
            }
        } catch {
            throw ProjectFile.error(error.message, at: error.position, in: path)
        }
    }

    /// `sandbox.toml:3:5: what is wrong`.
    package static func error(
        _ message: String, at position: TextPosition, in path: String, remedy: String? = nil
    ) -> SandboxError {
        SandboxError(.invalidInput, "\(path):\(position.line):\(position.column): \(message)", remedy: remedy)
    }

    private static func table(_ entry: TOMLTable.Entry) throws(TOMLFailure) -> TOMLTable {
        guard case .table(let table) = entry.node.value else {
            throw TOMLFailure("\"\(entry.key)\" is \(entry.node.kind), not a table", at: entry.node.position)
        }
        return table
    }

    private static func sections(
        _ entry: TOMLTable.Entry, runs: Bool
    ) throws(TOMLFailure) -> [String: SettingSection] {
        var sections: [String: SettingSection] = [:]
        for inner in try table(entry).entries {
            guard case .table = inner.node.value else {
                let kind = entry.key
                throw TOMLFailure(
                    "\"\(inner.key)\" stands in no \(kind): each \(kind) is a table of its own, [\(kind).NAME]",
                    at: inner.position)
            }
            if inner.key.isEmpty || inner.key.utf8.first == UInt8(ascii: "-") {
                throw TOMLFailure("\"\(inner.key)\" is no name", at: inner.position)
            }
            sections[inner.key] = try section(inner, runs: runs)
        }
        return sections
    }

    private static func section(_ entry: TOMLTable.Entry, runs: Bool) throws(TOMLFailure) -> SettingSection {
        var section = SettingSection()
        for inner in try table(entry).entries {
            switch inner.key {
            case "run" where runs: section.command = try command(inner.node)
            case "description":
                guard case .string(let text) = inner.node.value else {
                    throw TOMLFailure("description is \(inner.node.kind), not a string", at: inner.node.position)
                }
                section.description = text
            default: section.settings.append(Setting(inner.key, inner.node, at: inner.position))
            }
        }
        return section
    }

    private static func command(_ node: TOMLNode) throws(TOMLFailure) -> SettingSection.Command {
        switch node.value {
        case .string(let text) where !text.isEmpty: return .shell(text)
        case .array(let nodes) where !nodes.isEmpty:
            var words: [String] = []
            for node in nodes {
                guard case .string(let word) = node.value else {
                    throw TOMLFailure("run holds \(node.kind); its words are strings", at: node.position)
                }
                words.append(word)
            }
            return .words(words)
        case .string, .array, .integer, .float, .boolean, .date, .table:
            throw TOMLFailure("run is a command for the shell, or an array of words", at: node.position)
        }
    }
}
