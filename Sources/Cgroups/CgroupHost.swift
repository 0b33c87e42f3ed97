import Diagnostics
import LinuxKernel

/// What this machine offers in control groups, as a read-only snapshot.
///
/// `read()` costs two file reads (`/proc/self/mountinfo` and `/proc/self/cgroup`) and one or two stats; for a process
/// with euid 0 it also reads `/proc/self/uid_map`, since a user namespace's root has no more rights than its owner.
package struct CgroupHost: Equatable, Sendable {
    /// cgroups(7): which versions are mounted.
    package enum Mode: String, Sendable {
        /// Nothing is mounted.
        case none
        /// Version 1 alone.
        case legacy
        /// Version 1 controllers, and a version 2 tree that has few or none.
        case hybrid
        /// Version 2 alone.
        case unified
    }

    /// One mounted hierarchy.
    package struct Hierarchy: Equatable, Sendable {
        /// Version 2.
        package var unified: Bool
        /// Version 1: the names as in `/proc/self/cgroup` (`cpu`, `cpuacct`, `name=systemd`). Version 2: empty, the
        /// controllers differ from group to group.
        package var controllers: [String]
        package var mountPoint: String
        /// The group that is visible at the mount point, as `/proc/self/mountinfo` gives it.
        package var root: String
        /// The group this process is in, as `/proc/self/cgroup` gives it.
        package var own: String

        package init(unified: Bool, controllers: [String], mountPoint: String, root: String, own: String) {
            self.unified = unified
            self.controllers = controllers
            self.mountPoint = mountPoint
            self.root = root
            self.own = own
        }
    }

    package var hierarchies: [Hierarchy]
    package var euid: UInt32
    /// Whether this process lacks the rights of the host's root: an ordinary user, or root of a user namespace.
    package var rootless: Bool
    /// Whether systemd runs the machine (sd_booted(3): `/run/systemd/system` is there).
    package var systemd: Bool
    /// Addresses of the D-Bus sockets on which a service manager answers, best first.
    package var userBus: [String]
    package var systemBus: [String]

    package init(
        hierarchies: [Hierarchy], euid: UInt32 = 0, rootless: Bool = false, systemd: Bool = false,
        userBus: [String] = [], systemBus: [String] = []
    ) {
        self.hierarchies = hierarchies
        self.euid = euid
        self.rootless = rootless
        self.systemd = systemd
        self.userBus = userBus
        self.systemBus = systemBus
    }

    package var mode: Mode {
        switch (hierarchies.contains { $0.unified }, hierarchies.contains { !$0.unified }) {
        case (false, false): .none
        case (false, true): .legacy
        case (true, false): .unified
        case (true, true): .hybrid
        }
    }

    /// The version 2 hierarchy, alone or beside version 1.
    package var unified: Hierarchy? { hierarchies.first { $0.unified } }

    /// The version 1 hierarchy with `controller`.
    package func legacy(_ controller: String) -> Hierarchy? {
        hierarchies.first { !$0.unified && $0.controllers.contains(controller) }
    }
}

extension CgroupHost {
    /// Takes the snapshot.
    package static func read(environment: (String) -> String? = environmentValue) throws(SandboxError) -> CgroupHost {
        let mounts = try attempt("read /proc/self/mountinfo") { () throws(Errno) in
            try readText("/proc/self/mountinfo")
        }
        let groups = try attempt("read /proc/self/cgroup") { () throws(Errno) in try readText("/proc/self/cgroup") }
        let euid = geteuid()
        return CgroupHost(
            hierarchies: parseHierarchies(mountinfo: mounts, cgroup: groups), euid: euid,
            rootless: euid != 0 || inUserNamespace(), systemd: fileExists("/run/systemd/system"),
            userBus: userBusAddresses(euid: euid, environment: environment),
            systemBus: systemBusAddresses(environment: environment))
    }

    /// Whether ids are mapped: the initial user namespace has the one line `0 0 4294967295` (user_namespaces(7)).
    private static func inUserNamespace() -> Bool {
        do {
            let fields = try readText("/proc/self/uid_map").split(whereSeparator: \.isWhitespace)
            return fields != ["0", "0", "4294967295"]
        } catch {
            return false  // a kernel without user namespaces has no such file
        }
    }

    /// The session bus, then the user manager's own socket, which is there without a session bus too.
    static func userBusAddresses(euid: UInt32, environment: (String) -> String?) -> [String] {
        var addresses: [String] = []
        if let bus = environment("DBUS_SESSION_BUS_ADDRESS"), !bus.isEmpty { addresses.append(bus) }
        let runtime = environment("XDG_RUNTIME_DIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/run/user/\(euid)"
        for path in ["\(runtime)/bus", "\(runtime)/systemd/private"] where !addresses.contains("unix:path=\(path)") {
            addresses.append("unix:path=\(path)")
        }
        return addresses
    }

    static func systemBusAddresses(environment: (String) -> String?) -> [String] {
        let given = environment("DBUS_SYSTEM_BUS_ADDRESS").flatMap { $0.isEmpty ? nil : $0 }
        return [given ?? "unix:path=/run/dbus/system_bus_socket", "unix:path=/run/systemd/private"]
    }
}

/// getenv(3).
package func environmentValue(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}
