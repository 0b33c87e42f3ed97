import RuntimeSpec

/// Everything that will be done to make a container, decided before anything is done.
///
/// A plan is no security check: its paths are resolved inside the container's root, by descriptor, when it is executed.
package struct Plan: Equatable, Sendable {
    package var id: String
    package var namespaces: NamespacePlan
    /// Nil when the container makes no user namespace of its own.
    package var idMaps: IDMaps?
    package var root: RootPlan
    /// Mounts, devices and links below the root, in order; executed before pivot_root.
    package var steps: [Step]
    /// What is done inside the new root, in this order: sysctls, read-only paths, masked paths.
    package var sysctls: [Sysctl]
    package var readOnlyPaths: [String]
    package var maskedPaths: [String]
    package var hostname: String?
    package var domainname: String?
    /// Moved into the container's network namespace, in this order.
    package var networkDevices: [NetworkDevicePlan]
    /// Cache and memory bandwidth (resctrl).
    package var intelRdt: Spec.Linux.IntelRdt?
    /// Nil for a bundle without `process`: it can be created, not started.
    package var process: ProcessPlan?
    package var supervision: Supervision
    package var hooks: Spec.Hooks
}

/// Who is process 1 of the container.
package enum Supervision: Equatable, Sendable {
    /// The command itself, as engines expect.
    case none
    /// An init of ours that reaps orphans and forwards signals; it and the sandbox die with their supervisor.
    case reaper
    /// The same init without a command: processes join, and it stays until it is told to end.
    case holder
}

package struct NamespacePlan: Equatable, Sendable {
    package struct Joined: Equatable, Sendable {
        package var kind: Spec.Linux.Namespace.Kind
        package var path: String

        package init(kind: Spec.Linux.Namespace.Kind, path: String) {
            self.kind = kind
            self.path = path
        }
    }

    /// Made new with the process.
    package var new: [Spec.Linux.Namespace.Kind]
    /// Entered by path; the user namespace, when among them, decides which of the others need its rights.
    package var joined: [Joined]
    /// Clock offsets for a new time namespace, as lines of `/proc/PID/timens_offsets`.
    package var timeOffsets: [String]

    package func makes(_ kind: Spec.Linux.Namespace.Kind) -> Bool { new.contains(kind) }
    package func joins(_ kind: Spec.Linux.Namespace.Kind) -> Bool { joined.contains { $0.kind == kind } }
    /// Whether the container has a namespace of this kind other than the caller's.
    package func has(_ kind: Spec.Linux.Namespace.Kind) -> Bool { makes(kind) || joins(kind) }
}

package struct IDMaps: Equatable, Sendable {
    package var uids: [Spec.Linux.IDMapping]
    package var gids: [Spec.Linux.IDMapping]

    package init(uids: [Spec.Linux.IDMapping], gids: [Spec.Linux.IDMapping]) {
        self.uids = uids
        self.gids = gids
    }
}

package struct RootPlan: Equatable, Sendable {
    /// Absolute host path of the root filesystem; with an overlay source, only a name for messages.
    package var path: String
    package var source: RootSource
    package var isReadOnly: Bool
    /// Propagation of the container's root; nil: private to the container, events of the host still arrive.
    package var propagation: Propagation?
    package var propagationIsRecursive: Bool
    /// False: chroot instead of pivot_root, for hosts whose root is a ramfs (`--no-pivot`).
    package var pivots: Bool
}

extension RootPlan {
    /// Whether a path of the host leads into the container's root, as text.
    package func holds(_ source: String) -> Bool {
        let folder = normalized(path)
        return source != path && folder != "/" && normalized(source).hasPrefix(folder + "/")
    }
}

/// One thing that is done below the root.
package enum Step: Equatable, Sendable {
    case bind(BindMount)
    case fileSystem(FileSystemMount)
    /// The container's view of its cgroups.
    case cgroup(FileSystemMount)
    case device(DeviceNode)
    /// A symbolic link, left alone when something is there already.
    case link(path: String, target: String)
    /// A change to a mount that is there already (`remount`).
    case remount(path: String, options: MountOptions)
}

package struct BindMount: Equatable, Sendable {
    /// Absolute host path.
    package var source: String
    package var destination: String
    package var options: MountOptions
    /// Own maps of an id-mapped mount; nil with `options.idMap`: the container's.
    package var idMaps: IDMaps?
    /// `mounts[3]`, for messages.
    package var origin: String
}

package struct FileSystemMount: Equatable, Sendable {
    package var type: String
    package var source: String
    package var destination: String
    package var options: MountOptions
    package var origin: String
    /// SELinux label of the files (`linux.mountLabel`).
    package var label: String?

    package init(
        type: String, source: String, destination: String, options: MountOptions, origin: String, label: String? = nil
    ) {
        self.label = label
        self.type = type
        self.source = source
        self.destination = destination
        self.options = options
        self.origin = origin
    }
}

package struct DeviceNode: Equatable, Sendable {
    package enum Kind: Character, Equatable, Sendable {
        case character = "c"
        case block = "b"
        case fifo = "p"
    }

    package var path: String
    package var kind: Kind
    package var major: UInt32
    package var minor: UInt32
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// Bind mount the host's node, because mknod(2) is refused in a user namespace.
    package var isBound: Bool
}

package struct Sysctl: Equatable, Sendable {
    /// As given: `net.ipv4.ip_forward`.
    package var key: String
    package var value: String
    /// Relative to `/proc/sys`.
    package var path: String
}

package struct ProcessPlan: Equatable, Sendable {
    package var arguments: [String]
    package var environment: [String]
    package var workingDirectory: String
    package var uid: UInt32
    package var gid: UInt32
    package var additionalGids: [UInt32]
    package var umask: UInt32?
    package var hasTerminal: Bool
    package var consoleSize: TerminalSize?
    package var noNewPrivileges: Bool
    package var capabilities: Spec.Process.Capabilities?
    package var limits: [Spec.Process.RLimit]
    package var oomScoreAdjustment: Int?
    package var scheduler: Spec.Process.Scheduler?
    package var ioPriority: Spec.Process.IOPriority?
    package var personality: Spec.Linux.Personality?
    package var memoryPolicy: MemoryPolicyPlan?
    /// Only for one more process in a running container.
    package var execAffinity: ExecAffinity?
    package var seccomp: Spec.Linux.Seccomp?
    package var appArmorProfile: String?
    package var seLinuxLabel: String?
}

package struct TerminalSize: Equatable, Sendable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}
