import LinuxKernel
import RuntimeSpec

/// A process that is told from a later one with the same number by its start time (proc_pid_stat(5), field 22).
package struct ProcessIdentity: SpecObject {
    package var pid: Int32
    package var startTime: UInt64
    package var unknown: [JSON.Member] = []

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// A process that exists now; nil when it has ended.
    package init?(running pid: pid_t) {
        guard let status = processStatus(pid) else { return nil }
        self.init(pid: pid, startTime: status.startTime)
    }

    package static var blank: Self { Self(pid: 0, startTime: 0) }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("pid", &pid)
        properties.required("startTime", &startTime)
    }

    package var isAlive: Bool {
        guard let status = processStatus(pid), status.startTime == startTime else { return false }
        return status.letter != "Z" && status.letter != "X"
    }

    /// A descriptor of the process; ESRCH when it has ended, also when its number has gone to another one.
    package func open() throws(Errno) -> Descriptor {
        let process = try openProcess(pid)
        guard isAlive else { throw .noSuchProcess }
        return process
    }
}

/// What is known of a sandbox that has a name: `sandbox.json` in its folders.
package struct SandboxRecord: SpecObject {
    /// Who stays with the sandbox.
    package enum Kind: String, JSONChoice {
        /// The terminal or script that started it.
        case foreground
        /// A process in the background (`--detach`).
        case detached
        /// A process in the background, until the last terminal has left.
        case shell

        package static let noun = "kind of sandbox"
    }

    /// The layout's version; a newer one is refused with its number.
    package static let currentVersion: UInt32 = 1

    package var version = currentVersion
    package var name: String
    package var kind: Kind
    /// The process that stays with the sandbox; its end is the sandbox's.
    package var supervisor: ProcessIdentity
    /// Process 1 inside, as the host sees it.
    package var initial: ProcessIdentity?
    /// The supervisor's descriptors of the sandbox's namespaces, by their names in `/proc/PID/ns`.
    package var namespaces: [String: Int32] = [:]
    package var command: [String]
    /// The project's folder on the host.
    package var project: String?
    package var profile: String
    /// Whether the command has a terminal that `attach` joins.
    package var hasTerminal = false
    /// RFC 3339, UTC.
    package var created: String
    package var finished: String?
    /// In the shell's convention: 128 + N after signal N.
    package var exitStatus: Int32?
    /// The sandbox's own cgroup, as its manager wrote it; nil: it is in the caller's.
    package var cgroup: JSON?
    package var unknown: [JSON.Member] = []

    package init(name: String, kind: Kind, command: [String], project: String?, profile: String) {
        self.name = name
        self.kind = kind
        self.command = command
        self.project = project
        self.profile = profile
        supervisor = .blank
        created = currentTimestamp()
    }

    package static var blank: Self { Self(name: "", kind: .foreground, command: [], project: nil, profile: "") }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("version", &version)
        properties.required("name", &name)
        properties.required("kind", &kind)
        properties.required("supervisor", &supervisor)
        properties.optional("init", &initial)
        properties.required("namespaces", &namespaces)
        properties.required("command", &command)
        properties.optional("project", &project)
        properties.required("profile", &profile)
        properties.required("hasTerminal", &hasTerminal)
        properties.required("created", &created)
        properties.optional("finished", &finished)
        properties.optional("exitStatus", &exitStatus)
        properties.optional("cgroup", &cgroup)
    }
}

extension SandboxRecord {
    package enum Status: Equatable, Sendable {
        /// The supervisor has it, and its command does not run yet.
        case starting
        case running
        case exited(Int32)
        /// The supervisor was killed, or the machine went down: nobody saw the end.
        case lost
    }

    package var status: Status {
        if let exitStatus { return .exited(exitStatus) }
        guard supervisor.isAlive else { return .lost }
        return initial == nil ? .starting : .running
    }
}
