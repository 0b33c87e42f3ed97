import ArgumentParser
import Launcher
import RuntimeSpec

/// The options of `sandbox doctor`.
package struct DoctorCommand: ParsableArguments {
    package init() {}

    @Flag(name: .long, help: "Print the checks as JSON.")
    package var json = false
}

/// `sandbox doctor`: what this host lacks, and the line that mends each.
package struct DoctorVerb<Output: CommandOutput> {
    package var output: Output

    package init(output: Output) { self.output = output }

    /// Exit status 0 when `sandbox run` can work here, 1 when not, 125 for words that are no options.
    package mutating func run(_ words: [String]) -> Int32 {
        let command: DoctorCommand
        do { command = try DoctorCommand.parse(words) } catch {
            let isHelp = DoctorCommand.exitCode(for: error).isSuccess
            let text = DoctorCommand.fullMessage(for: error) + "\n"
            if isHelp { output.out(text) } else { output.error("sandbox: doctor: \(text)") }
            return isHelp ? 0 : 125
        }
        let checks = DoctorFacts.read(caller: .current(), files: KernelFiles()).checks()
        output.out(command.json ? DoctorReport(checks).json : DoctorReport(checks).text)
        return checks.contains { $0.status == .fail } ? 1 : 0
    }
}

/// The checks as text and as JSON.
package struct DoctorReport {
    let checks: [DoctorCheck]

    package init(_ checks: [DoctorCheck]) { self.checks = checks }

    package var text: String {
        var lines: [String] = []
        for check in checks {
            lines.append("\(label(check.status))  \(printable(check.what))")
            if let why = check.why { lines.append("      why:  \(printable(why))") }
            if let mend = check.mend { lines.append("      mend: \(printable(mend))") }
        }
        return lines.joined(separator: "\n") + "\n\n" + verdict + "\n"
    }

    private func label(_ status: DoctorCheck.Status) -> String {
        switch status {
        case .ok: "ok  "
        case .warn: "warn"
        case .fail: "FAIL"
        }
    }

    private var verdict: String {
        let fails = checks.count { $0.status == .fail }
        let warnings = checks.count { $0.status == .warn }
        if fails > 0 { return "sandbox run cannot work here: \(fails) of \(checks.count) checks failed" }
        return warnings == 0
            ? "sandbox run works here"
            : "sandbox run works here, with \(warnings) \(warnings == 1 ? "limit" : "limits")"
    }

    package var json: String {
        let object = JSON.object([
            JSON.Member("works", .bool(!checks.contains { $0.status == .fail })),
            JSON.Member("checks", .array(checks.map(json))),
        ])
        return String(decoding: object.encodedPretty(), as: UTF8.self)
    }

    private func json(_ check: DoctorCheck) -> JSON {
        var members = [
            JSON.Member("id", .string(check.id)), JSON.Member("status", .string(check.status.rawValue)),
            JSON.Member("what", .string(check.what)),
        ]
        if let why = check.why { members.append(JSON.Member("why", .string(why))) }
        if let mend = check.mend { members.append(JSON.Member("mend", .string(mend))) }
        return .object(members)
    }
}
