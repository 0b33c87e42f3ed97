import ContainerPlan
import LinuxKernel
import RuntimeSpec

/// What a host has to connect a sandbox's own network by programs in user mode; read only where one is asked for.
package struct NetworkFacts: Equatable, Sendable {
    /// Where the programs are.
    package var programs: [NetworkConnection.Program: String] = [:]
    /// Why `/dev/net/tun` cannot be opened.
    package var openTun: Errno?
    /// The host's resolv.conf(5).
    package var resolver = ""
    package var hasIPv6 = false
    /// This machine is a container of another engine.
    package var isContainer = false

    package init() {}

    package static func read(path: String?, files: some HostFiles) -> NetworkFacts {
        var facts = NetworkFacts()
        let named = fields(path ?? "").filter { $0.utf8.first == UInt8(ascii: "/") }
        for program in NetworkConnection.Program.allCases {
            facts.programs[program] = (named + folders).lazy.map { Paths.join($0, program.rawValue) }
                .first { files.privilege(of: $0) != nil }
        }
        facts.isContainer = RemedyFacts.isContainer(files)
        facts.openTun = files.errorOpening("/dev/net/tun")
        facts.resolver = files.text("/etc/resolv.conf") ?? ""
        facts.hasIPv6 = files.kind("/proc/sys/net/ipv6/conf") == .directory
        return facts
    }

    /// Where they are on systems whose users' PATH leaves them out.
    private static let folders = [
        "/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/usr/local/sbin", "/sbin", "/run/current-system/sw/bin",
    ]

    /// The program that is taken; nil when none is there, or none would work.
    package var program: NetworkConnection.Program? {
        openTun == nil ? NetworkConnection.Program.allCases.first { programs[$0] != nil } : nil
    }

    /// The line that mends what keeps `/dev/net/tun` from being opened.
    package static func remedy(openTun error: Errno, isContainer: Bool) -> String {
        if isContainer { return "start the outer container with --device /dev/net/tun" }
        return error == .permissionDenied || error == .notPermitted
            ? "sudo chmod 0666 /dev/net/tun" : "sudo modprobe tun"
    }
}

/// The network of another sandbox, for `--net join:NAME`.
package struct JoinedNetwork: Equatable, Sendable {
    package var name: String
    /// Paths of its namespaces. A network namespace is its user namespace's, so both are entered.
    package var network: String
    package var user: String?
    package var users: [Spec.Linux.IDMapping]
    package var groups: [Spec.Linux.IDMapping]
    /// What is laid over its files for name lookups.
    package var laidFiles: [LaidFile]

    package init(
        name: String, network: String, user: String?, users: [Spec.Linux.IDMapping], groups: [Spec.Linux.IDMapping],
        laidFiles: [LaidFile]
    ) {
        self.name = name
        self.network = network
        self.user = user
        self.users = users
        self.groups = groups
        self.laidFiles = laidFiles
    }
}
