import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let pause = OCIVerb(
        name: "pause", usage: "<container-id>", summary: "stop every process of a container where it is", flags: []
    ) { (context, flags) throws(SandboxError) in
        try context.engine.pause(onlyArgument(flags, "pause"))
        return 0
    }

    static let resume = OCIVerb(
        name: "resume", usage: "<container-id>", summary: "let a paused container go on", flags: []
    ) { (context, flags) throws(SandboxError) in
        try context.engine.resume(onlyArgument(flags, "resume"))
        return 0
    }

    static let ps = OCIVerb(
        name: "ps", usage: "<container-id> [ps options]", summary: "list the processes of a container",
        flags: [.value("format", "f", placeholder: "table|json", help: "table by default")], stopsAtArgument: true
    ) { (context, flags) throws(SandboxError) in
        guard let id = flags.rest.first else {
            throw SandboxError(.invalidInput, "ps: a container's id is needed")
        }
        let pids = try context.engine.processes(id)
        switch flags.value("format") ?? "table" {
        case "json":
            let list = JSON.array(pids.map { .integer($0) })
            printOut(String(decoding: list.encoded(), as: UTF8.self) + "\n")
        case "table": printOut(try processTable(pids, Array(flags.rest.dropFirst())))
        case let format: throw SandboxError(.invalidInput, "--format: \"\(format)\" is neither table nor json")
        }
        return 0
    }

    /// The lines of ps(1) that belong to the container's processes.
    private static func processTable(_ pids: [pid_t], _ options: [String]) throws(SandboxError) -> String {
        let options = options.isEmpty ? ["-ef"] : options
        let outcome = try attempt("run ps") { () throws(Errno) in try runProgram("/bin/ps", options) }
        guard outcome.status == .exited(0) else {
            throw SandboxError(.system, "ps \(options.joined(separator: " ")): \(outcome.status.text)")
        }
        let lines = String(decoding: outcome.bytes, as: UTF8.self).split(separator: "\n")
        guard let head = lines.first,
            let column = head.split(separator: " ").firstIndex(where: { $0 == "PID" })
        else { throw SandboxError(.system, "ps printed no column PID", remedy: "use --format json") }
        let wanted = Set(pids.map(String.init))
        let rows = lines.dropFirst().filter { line in
            let fields = line.split(separator: " ")
            return fields.count > column && wanted.contains(String(fields[column]))
        }
        return ([head] + rows).joined(separator: "\n") + "\n"
    }
}
