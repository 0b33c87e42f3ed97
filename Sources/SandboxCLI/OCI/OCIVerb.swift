import ContainerRuntime
import Diagnostics

/// One verb of the OCI runtime.
struct OCIVerb: Sendable {
    var name: String
    /// `<container-id>` and the like.
    var usage: String
    var summary: String
    var flags: [OCIFlag]
    /// Launches processes that containers could turn on this executable: it is sealed first.
    var launches = false
    /// The exit status when the runtime itself fails.
    var failureStatus: CInt = 1
    /// What follows the id is not for this program to read: a command, a signal, options of ps(1). Other verbs take
    /// their flags after the id, too.
    var stopsAtArgument = false
    var run: @Sendable (OCIContext, ParsedFlags) throws(SandboxError) -> CInt

    static let all: [OCIVerb] = [
        checkpoint, create, delete, events, exec, features, info, kill, list, mounts, pause, ps, restore, resume,
        run, spec, start, state, update,
    ]

    static func named(_ name: String) -> OCIVerb? { all.first { $0.name == name } }

    /// - Parameter program: as it was called.
    func help(_ program: String) -> String {
        let call = "\(program) \(name)"
        var lines = ["NAME:", "   \(call) - \(summary)", "", "USAGE:", "   \(call) [options] \(usage)", ""]
        if !flags.isEmpty { lines += ["OPTIONS:"] + flags.map(\.line) + ["   --help, -h", ""] }
        return lines.joined(separator: "\n")
    }
}

extension OCIFlag {
    /// A line of a help text.
    var line: String {
        let names = names.map { ($0.count == 1 ? "-" : "--") + $0 }.joined(separator: ", ")
        let left = placeholder.isEmpty ? names : "\(names) \(placeholder)"
        return "   " + left + String(repeating: " ", count: max(2, 34 - left.count)) + help
    }
}

/// What every verb gets: the engine, and the global flags.
struct OCIContext {
    var engine: Engine
    /// The folder of states was given, so that it has to be there for a list of them.
    var hasOwnRoot: Bool
}
