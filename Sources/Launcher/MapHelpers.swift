/// The setuid programs that write id maps for users (newuidmap(1), newgidmap(1)), as found on this host.
package struct MapHelpers: Equatable, Sendable {
    package struct Helper: Equatable, Sendable {
        package var path: String
        package var privilege: ExecutablePrivilege

        package init(path: String, privilege: ExecutablePrivilege) {
            self.path = path
            self.privilege = privilege
        }
    }

    package var newuidmap: Helper?
    package var newgidmap: Helper?

    package init(newuidmap: Helper? = nil, newgidmap: Helper? = nil) {
        self.newuidmap = newuidmap
        self.newgidmap = newgidmap
    }

    /// Folders of the system only: a helper found through the caller's PATH could be anyone's.
    static let folders = [
        "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/run/wrappers/bin", "/run/setuid-programs",
    ]

    package static func find(files: some HostFiles) -> MapHelpers {
        MapHelpers(newuidmap: find("newuidmap", files), newgidmap: find("newgidmap", files))
    }

    /// The first that gains privileges, else the first that exists.
    private static func find(_ name: String, _ files: some HostFiles) -> Helper? {
        let found = folders.lazy.compactMap { folder -> Helper? in
            let path = Paths.join(folder, name)
            return files.privilege(of: path).map { Helper(path: path, privilege: $0) }
        }
        return found.first { $0.privilege == .setuidRoot || $0.privilege == .fileCapability } ?? found.first
    }
}
