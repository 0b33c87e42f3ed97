import ContainerRuntime
import Diagnostics
import RuntimeSpec

struct PsOptions: CommandOptions {
    var all = false
    var json = false
    var quiet = false
    var projects = false

    static let usage = "sandbox ps [options]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--all", short: "-a", &all, "Also those that have ended and are kept with their journals.")
        options.flag(
            "--projects", &projects,
            "Instead, what is kept for projects: shells, and what builds have changed; also for those that are gone.")
        options.flag("--json", &json, "Print them as JSON.")
        options.flag("--quiet", short: "-q", &quiet, "Print the names alone.")
    }
}

/// `sandbox ps`.
func list(_ options: PsOptions) throws(SandboxError) -> CInt {
    if options.projects {
        if options.all { throw SandboxError(.invalidInput, "--all and --projects exclude each other") }
        return try listProjects(options)
    }
    let entries = try options.all ? ownRegistry().all() : ownRegistry().running()
    if options.json {
        printOut(String(decoding: JSON.array(entries.map(\.summary)).encodedPretty(), as: UTF8.self))
    } else if options.quiet {
        printOut(entries.map { $0.record.name + "\n" }.joined())
    } else {
        printOut(table(entries))
    }
    return 0
}

private func table(_ entries: [RegistryEntry]) -> String {
    var rows = [["NAME", "STATUS", "STARTED", "PROJECT", "COMMAND"]]
    for entry in entries {
        let record = entry.record
        let command = record.kind == .shell ? "(shell)" : record.command.joined(separator: " ")
        rows.append([
            record.name, record.status.text, String(record.created.prefix(19)) + "Z",
            printable(record.project ?? "-"), shortened(printable(command)),
        ])
    }
    return tableText(rows)
}

private func shortened(_ text: String) -> String { text.count > 60 ? text.prefix(59) + "…" : text }

extension SandboxRecord.Status {
    /// `running`, `exited 1`.
    var text: String {
        switch self {
        case .starting, .running, .lost: word
        case .exited(let status): "exited \(status)"
        }
    }

    var word: String {
        switch self {
        case .starting: "starting"
        case .running: "running"
        case .exited: "exited"
        case .lost: "lost"
        }
    }
}

extension RegistryEntry {
    /// What `ps --json` prints of it, and `inspect` begins with.
    var summary: JSON { .object(summaryMembers) }

    var summaryMembers: [JSON.Member] {
        var members = [
            JSON.Member("name", .string(record.name)), JSON.Member("kind", .string(record.kind.rawValue)),
            JSON.Member("status", .string(record.status.word)),
        ]
        if let status = record.exitStatus { members.append(JSON.Member("exitStatus", .integer(status))) }
        if isRunning, let initial = record.initial { members.append(JSON.Member("pid", .integer(initial.pid))) }
        if isRunning { members.append(JSON.Member("supervisor", .integer(record.supervisor.pid))) }
        members += [
            JSON.Member("command", record.command.json), JSON.Member("profile", .string(record.profile)),
            JSON.Member("created", .string(record.created)),
        ]
        if let finished = record.finished { members.append(JSON.Member("finished", .string(finished))) }
        if let project = record.project { members.append(JSON.Member("project", .string(project))) }
        if let cgroup = record.cgroup { members.append(JSON.Member("cgroup", cgroup)) }
        return members
    }
}
