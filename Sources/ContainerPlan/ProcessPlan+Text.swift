import RuntimeSpec

extension ProcessPlan {
    /// A line for each thing the process is given, in the order of the properties.
    var lines: [String] {
        var lines = [
            "run \(arguments.map(word).joined(separator: " "))", "working directory \(word(workingDirectory))",
        ]
        lines.append(
            "user \(uid), group \(gid)"
                + (additionalGids.isEmpty ? "" : ", groups \(additionalGids.map(String.init).joined(separator: " "))"))
        if let umask { lines.append("umask \(octal(umask))") }
        let names = environment.map { word(variableName($0)) }
        lines.append("environment \(names.isEmpty ? "empty" : names.joined(separator: " "))")
        lines.append(terminalLine)
        if noNewPrivileges { lines.append("no new privileges") }
        lines += capabilityLines
        lines += limits.map { "limit \($0.kind.rawValue) soft \(amount($0.soft)) hard \(amount($0.hard))" }
        return lines + schedulingLines + confinementLines
    }

    private var terminalLine: String {
        let size = consoleSize.map { ", \($0.rows) rows of \($0.columns)" } ?? ""
        return hasTerminal ? "terminal new\(size)" : "terminal none\(size)"
    }

    /// A set that the bundle does not name is empty (`config.md`, Linux Process).
    private var capabilityLines: [String] {
        guard let capabilities else { return ["capabilities none"] }
        let sets = [
            ("bounding", capabilities.bounding), ("effective", capabilities.effective),
            ("inheritable", capabilities.inheritable), ("permitted", capabilities.permitted),
            ("ambient", capabilities.ambient),
        ]
        return sets.map { name, set in
            "capabilities \(name) \((set ?? []).isEmpty ? "none" : (set ?? []).map(word).joined(separator: " "))"
        }
    }

    private var schedulingLines: [String] {
        var lines: [String] = []
        if let oomScoreAdjustment { lines.append("out-of-memory score \(oomScoreAdjustment)") }
        if let scheduler {
            let numbers: [(String, (any BinaryInteger)?)] = [
                ("nice", scheduler.nice), ("priority", scheduler.priority), ("runtime", scheduler.runtime),
                ("deadline", scheduler.deadline), ("period", scheduler.period),
            ]
            let words = numbers.compactMap { name, value in value.map { "\(name) \($0)" } }
            lines.append(
                (["scheduler \(scheduler.policy.rawValue)"] + words + (scheduler.flags ?? []).map(\.rawValue))
                    .joined(separator: ", "))
        }
        if let ioPriority {
            lines.append("i/o priority \(ioPriority.class.rawValue)\(ioPriority.priority.map { " \($0)" } ?? "")")
        }
        if let personality {
            lines.append(
                (["personality \(personality.domain.rawValue)"] + (personality.flags ?? []).map(word)).joined(
                    separator: " "))
        }
        if let memoryPolicy {
            var words = ["memory policy \(memoryPolicy.mode.rawValue)"]
            if let nodes = memoryPolicy.nodes { words.append("\(nodes.count) nodes") }
            lines.append((words + memoryPolicy.flags.map(\.rawValue)).joined(separator: ", "))
        }
        return lines
    }

    private var confinementLines: [String] {
        var lines: [String] = []
        if let seccomp {
            var words = ["seccomp \(seccomp.defaultAction.rawValue)"]
            if let number = seccomp.defaultErrnoRet { words.append("errno \(number)") }
            words.append("rules \((seccomp.syscalls ?? []).count)")
            if let all = seccomp.architectures { words.append(list("architectures", all.map(\.rawValue))) }
            if let all = seccomp.flags { words.append(list("flags", all.map(\.rawValue))) }
            if let path = seccomp.listenerPath { words.append("listener \(word(path))") }
            lines.append(words.joined(separator: ", "))
        }
        if let appArmorProfile { lines.append("apparmor \(word(appArmorProfile))") }
        if let seLinuxLabel { lines.append("selinux \(word(seLinuxLabel))") }
        return lines
    }
}

extension Spec.Hooks {
    /// A line for each hook, in the order in which the points are reached.
    var lines: [String] {
        let points = [
            ("prestart", prestart), ("createRuntime", createRuntime), ("createContainer", createContainer),
            ("startContainer", startContainer), ("poststart", poststart), ("poststop", poststop),
        ]
        return points.flatMap { name, hooks in (hooks ?? []).map { "hook \(name) \($0.words)" } }
    }
}

extension Spec.Hook {
    fileprivate var words: String {
        var words = [word(path)]
        if let args { words.append(list("args", args.map(word))) }
        if let env { words.append(list("environment", env.map { word(variableName($0)) })) }
        if let timeout { words.append("timeout \(timeout) s") }
        return words.joined(separator: ", ")
    }
}

extension Spec.Linux.IntelRdt {
    /// What is written to which class of service.
    var line: String {
        var words = ["resctrl class \(closID.map(word) ?? "of its own")"]
        let lines = [l3CacheSchema, memBwSchema].compactMap { $0 } + (schemata ?? [])
        if !lines.isEmpty { words.append(list("schemata", lines.map(word))) }
        if enableMonitoring == true { words.append("monitored") }
        return words.joined(separator: ", ")
    }
}

private func list(_ name: String, _ words: [String]) -> String {
    "\(name) \(words.isEmpty ? "none" : words.joined(separator: " "))"
}

/// What stands before the first `=`: the value may be a secret.
private func variableName(_ entry: String) -> String {
    String(decoding: entry.utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
}

private func amount(_ limit: UInt64) -> String { limit == .max ? "unlimited" : "\(limit)" }
