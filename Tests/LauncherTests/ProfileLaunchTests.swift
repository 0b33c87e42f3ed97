import Diagnostics
import Launcher
import RuntimeSpec
import Testing

/// Decides a launch of `sh` on the workstation under a profile.
private func decide(
    _ caller: LaunchHost.Caller = developer(), change: (inout LaunchSpec) -> Void = { _ in },
    profile: (inout LaunchProfile) -> Void
) throws -> Launch {
    var request = LaunchSpec(command: ["sh"])
    var own = LaunchProfile.kernelPaths
    change(&request)
    profile(&own)
    return try makeSpec(
        request, host: LaunchHost.read(for: request, caller: caller, files: workstation()), profile: own)
}

@Suite("a profile's part of a launch")
struct ProfileLaunchTests {
    @Test("variables go in by the profile's patterns")
    func environment() throws {
        var caller = developer()
        caller.environment["CARGO_HOME"] = "/x"
        caller.environment["CARGO"] = "no"
        let launch = try decide(caller) { $0.environment = ["CARGO_*"] }
        let names = (launch.spec.process?.env ?? []).map { $0.prefix { $0 != "=" } }
        #expect(names.contains("CARGO_HOME") && !names.contains("CARGO") && !names.contains("TERM"))
        #expect(names.contains("PATH"), "it is set, whatever goes in")
        let all = try decide(caller) { $0.environment = ["*"] }.spec.process?.env ?? []
        #expect(all.contains("AWS_SECRET_ACCESS_KEY=secret"))
    }

    @Test("an option's limit wins over the profile's of the same kind")
    func limits() throws {
        let core = Spec.Process.RLimit(kind: .core, hard: 0, soft: 0)
        let files = Spec.Process.RLimit(kind: .noFile, hard: 64, soft: 64)
        let own = Spec.Process.RLimit(kind: .core, hard: 9, soft: 9)
        let launch = try decide(change: { $0.rlimits = [own] }) { $0.rlimits = [core, files] }
        #expect(launch.spec.process?.rlimits == [files, own])
    }

    @Test("namespaces are the profile's, the network's follows its mode; without uts the host keeps its name")
    func namespaces() throws {
        let launch = try decide(change: { $0.network = .host }) { $0.namespaces = [.user, .mount, .pid, .network] }
        #expect(launch.spec.linux?.namespaces?.map(\.kind) == [.user, .mount, .pid])
        #expect(launch.spec.hostname == nil)
        #expect(launch.spec.mounts?.contains { $0.destination == "/dev/mqueue" } == false)
        let closed = try decide { $0.namespaces = [.user, .mount, .pid] }
        #expect(closed.spec.linux?.namespaces?.map(\.kind) == [.user, .mount, .pid, .network])
    }

    @Test("a profile without a user namespace is for root: nothing is mapped")
    func withoutUsers() throws {
        let launch = try decide(administrator()) { $0.namespaces = [.mount, .pid] }
        #expect(launch.spec.linux?.uidMappings?.isEmpty ?? true)
        #expect(launch.walls.first?.stands == false)
        let error = #expect(throws: SandboxError.self) { try decide { $0.namespaces = [.mount, .pid] } }
        #expect(error?.kind == .refused && error?.remedy != nil)
    }

    @Test("what an option adds is ambient for an ordinary user, for whom nothing else survives execve")
    func addedCapabilities() throws {
        let sets = try decide(change: { $0.addedCapabilities = ["CAP_NET_RAW"] }) { _ in }.spec.process?.capabilities
        let one = ["CAP_NET_RAW"]
        #expect(sets?.bounding == one && sets?.permitted == one && sets?.effective == one)
        #expect(sets?.inheritable == one && sets?.ambient == one)
        let root = try decide(
            change: {
                $0.asRoot = true
                $0.addedCapabilities = one
            }, profile: { _ in }
        ).spec.process?.capabilities
        #expect(root?.bounding?.contains("CAP_NET_RAW") == true && root?.bounding?.contains("CAP_CHOWN") == true)
        #expect(root?.ambient == [] && root?.inheritable == [])
    }

    @Test("what an option drops is in no set; ALL leaves what is added")
    func droppedCapabilities() throws {
        func sets(_ change: (inout LaunchSpec) -> Void) throws -> Spec.Process.Capabilities? {
            try decide(
                change: {
                    $0.asRoot = true
                    change(&$0)
                }, profile: { _ in }
            ).spec.process?.capabilities
        }
        let fewer = try sets { $0.droppedCapabilities = ["CAP_CHOWN"] }
        #expect(fewer?.permitted?.contains("CAP_CHOWN") == false && fewer?.permitted?.contains("CAP_KILL") == true)
        let one = try sets {
            $0.droppedCapabilities = ["ALL"]
            $0.addedCapabilities = ["CAP_KILL"]
        }
        #expect(one?.bounding == ["CAP_KILL"] && one?.permitted == ["CAP_KILL"])
        #expect(throws: SandboxError.self) {
            try sets {
                $0.droppedCapabilities = ["CAP_KILL"]
                $0.addedCapabilities = ["CAP_KILL"]
            }
        }
    }

    @Test("file rules of Landlock mirror the mounts: what is read-only has no way in, also below a folder of the root")
    func mirror() throws {
        let wall = try decide { $0.landlock.restrictsFiles = true }.secondWall
        #expect(wall.readable == ["/"])
        let writable = try #require(wall.writable)
        #expect(writable.contains("/home") && writable.contains("/etc") && writable.contains("/proc"))
        #expect(!writable.contains { $0 == "/" || $0 == "/usr" || $0 == "/opt" || $0.hasPrefix("/usr/") })
        #expect(!writable.contains("/home/dev"), "/home covers it")
    }

    @Test("a read-only share below a folder of the root does not close that folder")
    func share() throws {
        let wall = try decide(
            change: { $0.binds = [LaunchSpec.Bind(source: "/opt", destination: "/etc/opt", readOnly: true)] },
            profile: { $0.landlock.restrictsFiles = true }
        ).secondWall
        #expect(wall.writable?.contains("/etc") == true)
    }

    @Test("root inside has no file rules, and a profile's own places are resolved")
    func ownPlaces() throws {
        let root = try decide(change: { $0.asRoot = true }, profile: { $0.landlock.restrictsFiles = true })
        #expect(!root.secondWall.restrictsFiles && root.secondWall.writable == nil)
        let wall = try decide {
            $0.landlock.readable = ["/usr", "~/.cache"]
            $0.landlock.writable = ["./out"]
        }.secondWall
        #expect(wall.restrictsFiles)
        #expect(wall.readable == ["/usr", "/home/dev/.cache"] && wall.writable == ["/home/dev/src/app/out"])
    }
}
