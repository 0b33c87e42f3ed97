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
            .word("stats", help: "print the figures once"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "events")
        let interval = try goDuration(flags.value("interval") ?? "5s", flag: "interval")
        guard interval > .zero else {
            throw SandboxError(.invalidInput, "--interval: the duration interval must be greater than 0")
        }
        if flags.has("stats") {
            printOut(line(.statistics(try context.engine.statistics(id)), id))
        } else {
            try context.engine.watch(id, every: interval) { printOut(line($0, id)) }
        }
        return 0
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
            case .outOfMemory: .object([JSON.Member("type", .string("oom")), JSON.Member("id", .string(id))])
            }
        return String(decoding: document.encoded(), as: UTF8.self) + "\n"
    }
}
