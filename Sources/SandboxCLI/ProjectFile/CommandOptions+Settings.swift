import Diagnostics
import Launcher

extension CommandOptions {
    /// Fills options from a project file's settings: each key is an option's name without its dashes.
    ///
    /// - Parameters:
    ///   - exceptions: options that only the command line can give.
    ///   - others: what else can stand there, for a hint.
    mutating func fill(
        _ settings: [Setting], from file: ProjectFile, exceptions: Set<String>, others: [String], home: String
    ) throws(SandboxError) {
        let rows = Self.rows(of: self).filter { !exceptions.contains($0.key) }
        for setting in settings {
            guard let row = rows.first(where: { $0.key == setting.key }) else {
                let known = others + rows.map(\.key)
                let near = nearestName(to: setting.key, among: known)
                throw ProjectFile.error(
                    "unknown key \"\(printable(setting.key))\"", at: setting.position, in: file.path,
                    remedy: near.map { "did you mean \"\($0)\"?" }
                        ?? "keys are the options of sandbox run, without the dashes")
            }
            let reading = SettingReading(row: row, file: file, home: home)
            try reading.checkProfile(setting)
            for text in try reading.texts(setting) {
                var visitor = OptionVisitor(name: row.name, inline: row.value == nil ? nil : text, next: nil)
                visit(&visitor)
                if let failure = visitor.failure {
                    throw ProjectFile.error(failure, at: setting.value.position, in: file.path)
                }
            }
        }
    }
}

extension OptionVisitor.Row {
    /// The option's name in a project file.
    var key: String { String(name.dropFirst(2)) }
}

/// Reads the value of one key as an option's text.
struct SettingReading {
    let row: OptionVisitor.Row
    let file: ProjectFile
    let home: String

    /// What a file elsewhere says is not trusted with the project file.
    func checkProfile(_ setting: Setting) throws(SandboxError) {
        guard row.name == "--profile", case .string(let word) = setting.value.value,
            word.utf8.contains(UInt8(ascii: "/"))
        else { return }
        throw ProjectFile.error(
            "profile \"\(printable(word))\" is a path, which sandbox trust does not cover", at: setting.value.position,
            in: file.path, remedy: "put it into .sandbox/profiles beside this file, and give its name")
    }

    /// One text for each time the option is given; none for a flag that is false.
    func texts(_ setting: Setting) throws(SandboxError) -> [String] {
        let node = setting.value
        guard row.value != nil else {
            guard case .boolean(let isOn) = node.value else { throw wrong(node, "true or false") }
            return isOn ? [""] : []
        }
        switch node.value {
        case .array(let nodes) where row.repeats:
            var texts: [String] = []
            for node in nodes { texts.append(try text(node)) }
            return texts
        case .table(let table) where row.repeats && row.value?.contains("=") == true:
            // `[env]`: NAME = "value"
            var texts: [String] = []
            for entry in table.entries { texts.append(entry.key + "=" + (try text(entry.node, isWhole: false))) }
            return texts
        case .string, .integer, .float, .boolean, .date, .array, .table: return [try text(node)]
        }
    }

    private func text(_ node: TOMLNode, isWhole: Bool = true) throws(SandboxError) -> String {
        switch node.value {
        case .string(let text): return isWhole ? resolved(text) : text
        case .integer(let number): return String(number)
        case .float(let text): return text
        case .boolean, .date, .array, .table:
            throw wrong(node, row.repeats ? "an array of strings" : "a string or a number")
        }
    }

    private func wrong(_ node: TOMLNode, _ expected: String) -> SandboxError {
        ProjectFile.error("\(row.key) is \(node.kind), not \(expected)", at: node.position, in: file.path)
    }

    /// Paths in a file are relative to its folder, as those of the command line are to the current one.
    private func resolved(_ text: String) -> String {
        switch row.value {
        case "dir", "path", "file": return absolute(text)
        case "src[:dst]":
            // A colon of a name is written \: ; what stands before the first other one is the source.
            var end = text.utf8.startIndex
            var escaped = false
            while end < text.utf8.endIndex, escaped || text.utf8[end] != UInt8(ascii: ":") {
                escaped = !escaped && text.utf8[end] == UInt8(ascii: "\\")
                end = text.utf8.index(after: end)
            }
            let source = String(text[..<end])
            // Without a place it is laid at its own path.
            return absolute(source) + text[end...]
        case "name=file":
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return text }
            return text[...equals] + absolute(String(text[text.utf8.index(after: equals)...]))
        default: return text
        }
    }

    private func absolute(_ path: String) -> String {
        path.isEmpty ? path : Paths.absolute(path, in: file.folder, home: home)
    }
}
