import Cgroups
import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let events = OCIVerb(
        name: "events", usage: "<container-id>",
        summary: "print what a container uses, and when it runs out of memory, a line of JSON each",
        flags: [
            .value("interval", placeholder: "TIME", help: "time between two figures: 5s by default"),
            .value(
                "pressure", placeholder: "RESOURCE[=TIME]",
                help: "a line too when cpu, memory or io is waited for so long in 2s: 300ms by default"),
            .word("stats", help: "print the figures once"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "events")
        let interval = try goDuration(flags.value("interval") ?? "5s", flag: "interval")
        guard interval > .zero else {
            throw SandboxError(.invalidInput, "--interval: the duration interval must be greater than 0")
        }
        let threshold = try flags.value("pressure").map { (text) throws(SandboxError) in try pressure(text) }
        if flags.has("stats") {
            if threshold != nil {
                throw SandboxError(.invalidInput, "--pressure is of no use with --stats, which prints once")
            }
            printOut(line(.statistics(try context.engine.statistics(id)), id))
        } else {
            try context.engine.watch(id, every: interval, pressure: threshold) { printOut(line($0, id)) }
        }
        return 0
    }

    /// `memory`, `cpu=500ms`.
    private static func pressure(_ text: String) throws(SandboxError) -> PressureThreshold {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let resource = PressureWatch.Resource(rawValue: parts[0]) else {
            throw SandboxError(
                .invalidInput, "--pressure: no such resource \"\(parts[0])\"",
                remedy: "cpu, memory or io, and a time such as memory=500ms")
        }
        let stall = try goDuration(parts.count == 2 ? parts[1] : "300ms", flag: "pressure")
        guard stall > .zero, stall <= PressureWatch.window else {
            throw SandboxError(.invalidInput, "--pressure: a time between 0s and 2s is needed, not \"\(parts[1])\"")
        }
        return PressureThreshold(resource: resource, stall: stall)
    }

    /// One event as the reference runtime writes it.
    private static func line(_ event: ContainerEvent, _ id: String) -> String {
        let document: JSON =
            switch event {
            case .statistics(let figures):
                .object([
                    JSON.Member("type", .string("stats")), JSON.Member("id", .string(id)),
                    JSON.Member("data", figures.json),
                ])
            case .pressure(let resource, let figures):
                .object([
                    JSON.Member("type", .string("pressure")), JSON.Member("id", .string(id)),
                    JSON.Member("data", .object([JSON.Member(resource.rawValue, figures.json)])),
                ])
            case .outOfMemory: .object([JSON.Member("type", .string("oom")), JSON.Member("id", .string(id))])
            }
        return String(decoding: document.encoded(), as: UTF8.self) + "\n"
    }
}
