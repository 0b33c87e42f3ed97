import Diagnostics
import RuntimeSpec

extension ResourcePlan {
    /// The writes for a host: each resource through the version its controller is mounted with. On a hybrid host that
    /// is version 1 for most, and version 2 for what was left to it.
    ///
    /// - Parameter takesLegacyFiles: `unified` may name files of version 1's controllers; else such a key is
    ///   `.unsupported`, as for every runtime.
    package static func make(
        _ resources: Spec.Linux.Resources, directories: [CgroupDirectory], takesLegacyFiles: Bool = false
    ) throws(SandboxError) -> ResourcePlan {
        let legacy = Set(directories.filter { !$0.unified }.flatMap(\.controllers))
        let hasUnified = directories.contains { $0.unified }
        if legacy.isEmpty || legacy == ["name=systemd"] { return try .unified(resources) }
        var forLegacy = resources
        var forUnified = resources
        let files = resources.unified ?? [:]
        forLegacy.unified = files.filter { !hasUnified || legacy.contains(legacyController($0.key)) }
        forUnified.unified = files.filter { forLegacy.unified?[$0.key] == nil }
        var plan = try ResourcePlan.legacy(forLegacy)
        if hasUnified {
            forUnified.network = nil
            forUnified.cpu?.realtimeRuntime = nil
            forUnified.cpu?.realtimePeriod = nil
            plan.divide(with: try .unified(forUnified), legacy)
        }
        for (key, value) in (forLegacy.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard takesLegacyFiles else { throw onlyUnified(key) }
            try plan.legacyFile(key, value)
        }
        return plan
    }

    /// What no version 1 hierarchy has goes to the version 2 tree; the write there fails when that lacks the controller
    /// too.
    private mutating func divide(with unified: ResourcePlan, _ legacy: Set<String>) {
        let here: (ResourceWrite) -> Bool = { legacy.contains($0.controller == "io" ? "blkio" : $0.controller) }
        let rest = writes.filter { !here($0) && ["net_cls", "net_prio"].contains($0.controller) }
        writes = writes.filter(here) + unified.writes.filter { !here($0) } + rest
    }

    /// A file of version 1, by the same rules as version 2's: `tasks`, `release_agent` and `notify_on_release` have no
    /// controller in their name. What devices may be used, and whether processes go on, is no limit.
    private mutating func legacyFile(_ file: String, _ value: String) throws(SandboxError) {
        let asked = "linux.resources.unified[\"\(file)\"]"
        try checkUnifiedKey(file)
        let controller = Self.legacyController(file)
        guard !["devices", "freezer"].contains(controller) else {
            throw SandboxError(.refused, "\(asked): is no limit")
        }
        for line in value.split(separator: "\n") { add(.init(controller, file, String(line), asked: asked)) }
    }

    private static func legacyController(_ file: String) -> String {
        let name = String(file.prefix { $0 != "." })
        return name == "io" ? "blkio" : name
    }

    private static func onlyUnified(_ key: String) -> SandboxError {
        SandboxError(
            .unsupported,
            "linux.resources.unified[\"\(key)\"]: invalid configuration: only cgroup v2 has it, "
                + "and this host uses cgroup v1",
            remedy: "boot with systemd.unified_cgroup_hierarchy=1, or use the spec's own property")
    }
}
