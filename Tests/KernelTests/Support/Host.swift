import Foundation
import Testing

/// The suite that all kernel tests belong to: one at a time, since they count processes and mounts, and each
/// within a minute.
@Suite("kernel", .serialized, .timeLimit(.minutes(1)))
enum Kernel {}

/// What this host lets tests do. Each has a reason to print when it is missing.
enum Host {
    static let hasOrdinaryUser = Caller.ordinary != nil
    static let isRoot = getuid() == 0

    /// An ordinary user may make a user namespace (user_namespaces(7); some distributions forbid it).
    static let hasUserNamespaces: Bool = {
        guard let caller = Caller.ordinary ?? Caller.root else { return false }
        return succeeds(caller.wrap(["unshare", "--user", "--mount", "true"]))
    }()

    /// /dev/fuse is open to everyone the tests run as.
    static let hasFuse = Caller.all.allSatisfy { caller in
        succeeds(caller.wrap(["sh", "-c", "exec 3<>/dev/fuse"]))
    }

    static func has(_ tool: String) -> Bool { path(of: tool) != nil }

    /// A tool's place on PATH and in the sbin folders.
    static func path(of tool: String) -> String? {
        searchPath.split(separator: ":").map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }

    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private static func succeeds(_ arguments: [String]) -> Bool {
        let invocation = Invocation(arguments: arguments, environment: ["PATH": searchPath], directory: "/")
        // A tool that cannot be started is one that the host does not have.
        guard let child = try? Child(invocation) else { return false }
        return child.finish().isSuccess
    }
}

extension Trait where Self == ConditionTrait {
    static var needsUserNamespaces: Self {
        .enabled(
            if: Host.hasUserNamespaces, "user namespaces are not to be had here: sandbox doctor says what forbids them")
    }
    static var needsFuse: Self {
        .enabled(if: Host.hasFuse, "/dev/fuse is missing or closed to ordinary users: chmod 0666 /dev/fuse")
    }
    static var needsRoot: Self { .enabled(if: Host.isRoot, "the tests do not run as root") }
    static var needsOrdinaryUser: Self {
        .enabled(
            if: Host.hasOrdinaryUser, "root has no ordinary user with subordinate ids to run as: SANDBOX_TEST_USER")
    }
    static func needs(_ tool: String, package: String) -> Self {
        .enabled(if: Host.has(tool), "\(tool) is not installed: apt-get install \(package)")
    }
}

extension Kernel {
    @Suite("the tests' host") struct HostTests {
        /// A run as root alone says nothing of rootless use: the skip makes that visible.
        @Test("ordinary users are tested", .needsOrdinaryUser) func ordinaryUser() throws {
            let caller = try #require(Caller.ordinary)
            #expect(caller.uid != 0)
            #expect(Caller.all.contains(caller))
        }

        @Test("the executable under test starts") func executable() throws {
            let scene = try Scene(.current)
            let outcome = try scene.sandbox("--version")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.text.contains("sandbox"), "\(outcome)")
        }
    }
}
