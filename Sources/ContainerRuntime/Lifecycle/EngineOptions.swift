import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What engines say to `create` and `run`.
package struct EngineOptions {
    package var bundle = ""
    package var consoleSocket: String?
    package var pidFile: String?
    package var pidfdSocket: String?
    package var pivots = true
    package var newKeyring = true
    package var preservedDescriptors: CInt = 0
    package var keep = false
    package var becomesSubreaper = true
    package var detach = false
    /// The signal mask the command starts with; nil: this process's present one.
    package var commandMask: SignalSet?

    package init() {}
}

/// The runtime as one engine call sees it.
package struct Engine {
    package let store: StateStore
    package let facts: HostFacts
    /// `--systemd-cgroup`.
    package let usesSystemdCgroup: Bool
    package let warn: (String) -> Void

    package init(store: StateStore, facts: HostFacts, usesSystemdCgroup: Bool = false, warn: @escaping (String) -> Void)
    {
        self.store = store
        self.facts = facts
        self.usesSystemdCgroup = usesSystemdCgroup
        self.warn = warn
    }
}

extension Engine {
    /// The record of a container.
    package func record(_ id: String) throws(SandboxError) -> ContainerRecord {
        try store.read(id)
    }

    /// The records of all containers, sorted by id; one that cannot be read is reported and left out.
    package func records() throws(SandboxError) -> [ContainerRecord] {
        var records: [ContainerRecord] = []
        for id in try store.ids() {
            do { records.append(try record(id)) } catch { warn("\(error)") }
        }
        return records
    }
}
