import Diagnostics
import Launcher

/// A key of a project file that an option got its value from, for errors that are found later.
package struct SettingOrigin: Equatable, Sendable {
    /// The option, with its dashes.
    var name: String
    /// What the file says, each value by itself.
    var values: [String]
    /// `sandbox.toml:3:5`
    var place: String

    init(_ setting: Setting, in file: ProjectFile) {
        name = "--" + setting.key
        values = SettingOrigin.values(setting.value)
        let position = setting.value.position
        place = "\(file.path):\(position.line):\(position.column)"
    }

    private static func values(_ node: TOMLNode) -> [String] {
        switch node.value {
        case .string(let text), .float(let text), .date(let text): [text]
        case .integer(let number): [String(number)]
        case .boolean: []
        case .array(let nodes): nodes.flatMap { values($0) }
        case .table(let table): table.entries.flatMap { [$0.key] + values($0.node) }
        }
    }

    /// Whether a message quotes one of the values.
    func isQuoted(in message: String) -> Bool {
        values.contains { message.contains($0.isEmpty ? "\"\"" : $0) }
    }
}

extension RunCommand {
    /// Notes where options come from.
    mutating func note(_ settings: [Setting], of file: ProjectFile) {
        origins += settings.map { SettingOrigin($0, in: file) }
    }

    /// The same error with file, line and column where it is about an option that a project file gives.
    func located(_ error: SandboxError) -> SandboxError {
        guard !origins.isEmpty, let name = RunCommand.option(in: error) else { return error }
        let own = origins.filter { $0.name == name }
        let isGiven = words.contains { $0 == name || $0.hasPrefix(name + "=") }
        guard let origin = own.last(where: { $0.isQuoted(in: error.message) }) ?? (isGiven ? nil : own.last) else {
            return error
        }
        var error = error
        error.message = "\(origin.place): \(error.message.dropFirst(error.message.hasPrefix("--") ? 2 : 0))"
        return error
    }

    /// The option that an error is about: most messages begin with it.
    private static func option(in error: SandboxError) -> String? {
        let message = error.message
        if message.hasPrefix("--") { return String(message.prefix { $0 != " " && $0 != ":" && $0 != "[" }) }
        let others = [
            ("no image \"", "--image"), ("no profile \"", "--profile"), ("quota \"", "--quota"),
            ("process.cwd", "--workdir"), ("go to ", "--workdir"),
        ]
        if let (_, option) = others.first(where: { message.hasPrefix($0.0) }) { return option }
        if error.context.contains("process.cwd") { return "--workdir" }
        return message.hasSuffix("is no name for a sandbox") ? "--name" : nil
    }

    /// Runs `body` and names the file and line of what it throws.
    func locating<Value>(_ body: () throws(SandboxError) -> Value) throws(SandboxError) -> Value {
        do { return try body() } catch { throw located(error) }
    }
}
