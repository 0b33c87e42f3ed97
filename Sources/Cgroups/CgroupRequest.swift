import Diagnostics
import RuntimeSpec

/// What a container asks of control groups.
package struct CgroupRequest: Sendable {
    /// Who makes the group.
    package enum Driver: Sendable {
        /// This process, by making directories: the engine says so, or there is no systemd.
        case files
        /// systemd, as a transient scope (`--systemd-cgroup`).
        case systemd
        /// The launcher's choice: a scope that holds this process and, apart from it, the container, so that it ends
        /// with this process and the container's figures outlive the container; files where there is no systemd.
        case automatic
    }

    package var containerID: String
    /// `linux.cgroupsPath`: absolute, relative, or `slice:prefix:name` for systemd.
    package var path: String?
    package var resources: Spec.Linux.Resources?
    /// Only `org.systemd.property.*` are looked at.
    package var annotations: [String: String]
    package var driver: Driver
    /// Make a group although nothing is limited, if rights allow: engines count on it for pause, ps and kill.
    package var always: Bool

    package init(
        containerID: String, path: String? = nil, resources: Spec.Linux.Resources? = nil,
        annotations: [String: String] = [:], driver: Driver, always: Bool
    ) {
        self.containerID = containerID
        self.path = path
        self.resources = resources
        self.annotations = annotations
        self.driver = driver
        self.always = always
    }

    /// Whether any limit is asked for. Device rules do not count: every engine sends them.
    package var limited: Bool { resources?.hasLimits ?? false }

    /// Whether the answer is "no group" without a look at the host, which a run without limits is spared.
    package var asksForNothing: Bool { !always && !limited && (path ?? "").isEmpty }

    /// The launcher's own groups bear its name; an engine's are named by the container alone.
    var groupName: String { driver == .automatic ? "sandbox-\(containerID)" : containerID }

    /// An engine's `unified` is version 2's alone, as the spec says; people mean whatever file the host has.
    var takesLegacyFiles: Bool { driver == .automatic }

    /// Engines always filter devices; the launcher's commands can make none, and see those that were given to them.
    var filtersDevices: Bool { driver != .automatic || resources?.devices != nil }
}

/// What the host will be asked for; a value, made by `planCgroup`.
package struct CgroupPlan: Equatable, Sendable {
    package enum Placement: Equatable, Sendable {
        /// The container stays in this process's group.
        case inherit
        /// A directory in each hierarchy, made by this process.
        case files([CgroupDirectory])
        /// A transient scope with the container in it; its directories are known when it runs.
        case systemd(SystemdUnit)
        /// A transient scope with this process in it and the container in a group below; where no service manager
        /// answers, directories as for `files`.
        case supervised(SystemdUnit, otherwise: [CgroupDirectory])
    }

    package var placement: Placement
    package var rootless: Bool
    /// Whether something is limited, so that missing rights are an error and not a reason to go without.
    package var limited: Bool
    /// Whether its place was asked for, which is not done without either.
    package var isNamed = false
    /// Whether device rules are applied, the usual ones if none are given.
    package var filtersDevices = true
    /// Whether `unified` may name files of version 1's controllers, where the host has those.
    package var takesLegacyFiles = false
    /// What was asked for and has no meaning on this host, for the log.
    package var notes: [String] = []
}

/// A container's directory in one hierarchy.
package struct CgroupDirectory: Equatable, Sendable {
    package var unified: Bool
    package var controllers: [String]
    /// Absolute, on the host.
    package var path: String
    /// How far up the directory's ancestors exist for certain: the hierarchy's mount point.
    package var mountPoint: String
    package var unknown: [JSON.Member] = []

    package init(unified: Bool, controllers: [String], path: String, mountPoint: String) {
        self.unified = unified
        self.controllers = controllers
        self.path = path
        self.mountPoint = mountPoint
    }
}
