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
    /// All that the command inherits after 0, 1 and 2.
    package var preservedDescriptors: CInt = 0
    /// How many of them, from 3 on, are sockets that a service manager listens at (sd_listen_fds(3)).
    package var listenDescriptors: CInt = 0
    /// Their names, `LISTEN_FDNAMES`.
    package var listenNames: String?
    package var keep = false
    package var becomesSubreaper = true
    package var detach = false
    /// The signal mask the command starts with; nil: this process's present one.
    package var commandMask: SignalSet?

    package init() {}
}

/// Who makes the containers' cgroups (`--cgroup-manager`).
package enum CgroupManager: String, Sendable {
    case files = "cgroupfs"
    case systemd
    /// Nobody: containers stay in the caller's.
    case disabled
}

/// The runtime as one engine call sees it.
package struct Engine {
    package let store: StateStore
    package let facts: HostFacts
    package var cgroupManager = CgroupManager.files
    /// `--rootless`: whether cgroups that may not be made are done without; nil: as the caller's rights are.
    package var rootlessCgroups: Bool?
    /// `NOTIFY_SOCKET`: the service manager that waits for the container.
    package var notifySocket: String?
    /// `--criu`.
    package var criu: String?
    package let warn: (String) -> Void
    /// Tells what goes on, when it is wanted (`--debug`).
    package var debug: (() -> String) -> Void = { _ in }

    package init(store: StateStore, facts: HostFacts, warn: @escaping (String) -> Void) {
        self.store = store
        self.facts = facts
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
