import ArgumentParser
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// The options of `sandbox doctor`.
package struct DoctorCommand: ParsableArguments {
    package init() {}

    @Flag(name: .long, help: "Print the checks as JSON.")
    package var json = false
    @Flag(name: .long, help: "Run the lines that mend what is found, each after a yes, and look again.")
    package var fix = false
    @Flag(name: [.long, .customShort("y")], help: "With --fix: do not ask.")
    package var yes = false
}

/// `sandbox doctor`: what this host lacks, and the line that mends each.
package struct DoctorVerb<Output: CommandOutput> {
    package var output: Output
    /// The checks as they are now.
    var look: () -> [DoctorCheck]
    /// Runs a line and gives its exit status.
    var mend: (DoctorFix) throws(SandboxError) -> Int32
    /// Asks a person; nil where nobody is there.
    var ask: (String) -> Bool?

    package init(output: Output) {
        self.init(
            output: output, look: { DoctorFacts.read(caller: .current(), files: KernelFiles()).checks() },
            mend: runFix, ask: askPerson)
    }

    package init(
        output: Output, look: @escaping () -> [DoctorCheck],
        mend: @escaping (DoctorFix) throws(SandboxError) -> Int32, ask: @escaping (String) -> Bool?
    ) {
        (self.output, self.look, self.mend, self.ask) = (output, look, mend, ask)
    }

    /// Exit status 0 when `sandbox run` can work here, 1 when not, 125 for words that are no options.
    package mutating func run(_ words: [String]) -> Int32 {
        let command: DoctorCommand
        do { command = try DoctorCommand.parse(words) } catch {
            let isHelp = DoctorCommand.exitCode(for: error).isSuccess
            let text = DoctorCommand.fullMessage(for: error) + "\n"
            if isHelp { output.out(text) } else { output.error("sandbox: doctor: \(text)") }
            return isHelp ? 0 : 125
        }
        if command.yes, !command.fix {
            output.error("sandbox: doctor: --yes belongs to --fix\n")
            return 125
        }
        var checks = look()
        var isFixed = true
        if command.fix {
            do throws(SandboxError) { isFixed = try fix(checks, asks: !command.yes) } catch {
                output.error("sandbox: doctor: \(printable(error.description))\n")
                return 125
            }
            checks = look()
        }
        output.out(command.json ? DoctorReport(checks).json : DoctorReport(checks).text)
        return checks.contains { $0.status == .fail } || !isFixed ? 1 : 0
    }

    /// Whether all that was said yes to has been done.
    private mutating func fix(_ checks: [DoctorCheck], asks: Bool) throws(SandboxError) -> Bool {
        let fixes = DoctorFix.all(checks, isRoot: geteuid() == 0)
        if fixes.isEmpty {
            output.error("sandbox: doctor: nothing here that a command could mend\n")
            return true
        }
        var isFixed = true
        for fix in fixes {
            if asks {
                guard let answer = ask("Run: \(fix.script)? [y/N] ") else {
                    throw SandboxError(
                        .refused, "nobody is there to say yes to: \(fix.script)",
                        remedy: "sandbox doctor --fix --yes runs it without asking")
                }
                if !answer { continue }
            }
            output.error("sandbox: doctor: \(printable(fix.script))\n")
            let status = try mend(fix)
            if status != 0 {
                isFixed = false
                output.error("sandbox: doctor: that ended with status \(status)\n")
            }
        }
        return isFixed
    }
}

/// Runs it with this terminal; what it says goes to standard error.
private func runFix(_ fix: DoctorFix) throws(SandboxError) -> Int32 {
    let process = try attempt("run the mend") { () throws(Errno) in
        try inChildProcess {
            do throws(Errno) {
                try duplicate(2, onto: 1)
                try execute("/bin/sh", arguments: ["sh", "-c", fix.script], environment: environment())
            } catch {}  // told by the status
            return 126
        }
    }
    return Int32(process)
}

private func askPerson(_ question: String) -> Bool? {
    guard isTerminal(0), isTerminal(2) else { return nil }
    do { try writeAll(2, printable(question)) } catch {}
    let answer = (readLine() ?? "").lowercased()
    return answer == "y" || answer == "yes"
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
