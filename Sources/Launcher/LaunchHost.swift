import RuntimeSpec

/// A read-only snapshot of what a launch needs to know of its host.
package struct LaunchHost: Equatable, Sendable {
    /// A path that an option names: where it leads, and what is there.
    package struct Source: Equatable, Sendable {
        package var canonical: String
        package var kind: FileKind

        package init(_ canonical: String, _ kind: FileKind) {
            self.canonical = canonical
            self.kind = kind
        }
    }

    package enum CgroupMode: String, Sendable {
        case unified, hybrid, legacy, none
    }

    package var identity: IdentityFacts
    /// The caller's home without links where it exists; `/` when the caller has none of its own.
    package var home: String
    /// All folders that are homes of the caller (`$HOME` and passwd(5) may differ), without links.
    package var homes: [String]
    package var shell: String { identity.account.shell }
    /// Without links; nil when it has been deleted or has no UTF-8 name.
    package var currentFolder: String?
    package var environment: NameTable<String> = [:]
    /// Whether standard input, output and error are terminals.
    package var terminals = [false, false, false]
    package var project: ProjectFinding
    package var secrets: [Secret] = []
    /// What stands in `/`, links not followed.
    package var topLevel: NameTable<FileKind> = [:]
    /// Folders that become private, without links; only those that exist.
    package var privateFolders: [String] = []
    /// Paths given in options, as given; one that is missing here does not exist.
    package var sources: NameTable<Source> = [:]
    /// Who owns the folder of `--rootfs`.
    package var rootfsOwner: UInt32?
    /// Whether the changes of `--keep` were ever served by the FUSE overlay.
    package var isKeptByFuse = false
    /// Places of mounts that the host has, in its own tree and in what is bound.
    package var existing: [String] = []
    /// What is guarded of the git work trees that options share writable, each with links resolved.
    package var boundTrees: [GuardedTree] = []
    /// Files under `/run` that name resolution reads (`/etc/resolv.conf` is a link to one).
    package var resolverFiles: [String] = []
    /// Parts of `/run` that are the system itself (NixOS).
    package var systemInRun: [String] = []
    /// Folders of the home that hold tools PATH names.
    package var homeTools: [String] = []
    package var cgroups = CgroupMode.none
    /// What limits need to know; nil for a launch without any.
    package var limits: LimitFacts?
    /// `/dev/fuse` can be opened, so the root can be our overlay.
    package var hasFuse = true
    /// mount_setattr(2): a mount and all below it can be made read-only at once.
    package var hasRecursiveReadOnly = true
    /// For the remedy when ids are missing; read only then.
    package var distribution = Distribution.other
    package var firstFreeID: UInt32 = 100_000
    /// What lies on parts of this process's own `/proc`; the kernel then gives no uncovered one. Read for
    /// explanations only.
    package var coveredProc: [String] = []
    /// Of landlock(7), 0 for a kernel without it. Read for explanations only.
    package var landlockVersion: Int?
    /// The text of each file of variables that can be read.
    package var environmentFiles: [String: String] = [:]
    package var git = GitIdentity()
    /// What can connect a network; nil for a launch that needs none.
    package var network: NetworkFacts?
    /// Where kept overlays are.
    package var stateFolder: String

    package init(identity: IdentityFacts, home: String, project: ProjectFinding, stateFolder: String) {
        self.identity = identity
        self.home = home
        homes = [home]
        self.project = project
        self.stateFolder = stateFolder
    }
}
