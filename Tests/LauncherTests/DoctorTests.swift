import Launcher
import LinuxKernel
import RuntimeSpec
import Testing

@testable import SandboxCLI

private func healthy(_ host: FakeHost = workstation(), _ caller: LaunchHost.Caller = developer()) -> DoctorFacts {
    let account = Account(name: "dev", uid: caller.uid, gid: caller.gid, home: "/home/dev", shell: "/bin/sh")
    var facts = DoctorFacts(
        identity: LaunchHost.identity(account, caller, host), remedies: .read(account: account, files: host))
    facts.release = "6.8.0-45-generic"
    facts.landlock = 4
    facts.cgroups = .unified
    facts.cgroupIsDelegated = true
    facts.networkPrograms = ["/usr/bin/pasta"]
    facts.helperStatus = ["newuidmap": 0, "newgidmap": 0]
    return facts
}

private func check(_ facts: DoctorFacts, _ id: String) -> DoctorCheck? { facts.checks().first { $0.id == id } }

@Suite("sandbox doctor")
struct DoctorTests {
    @Test("a healthy host has nothing to mend")
    func healthyHost() {
        let checks = healthy().checks()
        #expect(checks.count == 12 && checks.allSatisfy { $0.status == .ok && $0.mend == nil })
        #expect(DoctorReport(checks).text.hasSuffix("sandbox run works here\n"))
    }

    @Test("each of a host's refusals has its mend")
    func refusals() {
        var host = workstation()
        host.nodes["/proc/sys/user/max_user_namespaces"] = .file("0\n")
        var facts = healthy(host)
        facts.userNamespace = .noSpace
        #expect(check(facts, "user-namespaces")?.status == .fail)
        #expect(check(facts, "user-namespaces")?.mend == "sudo sysctl user.max_user_namespaces=28633")
        // What cannot be tried is not reported.
        #expect(check(facts, "mounts") == nil && check(facts, "proc") == nil)
    }

    @Test("Debian's and Ubuntu's switches are named")
    func switches() {
        var host = workstation()
        host.nodes["/proc/sys/kernel/unprivileged_userns_clone"] = .file("0\n")
        var facts = healthy(host)
        facts.userNamespace = .notPermitted
        #expect(check(facts, "user-namespaces")?.mend == "sudo sysctl kernel.unprivileged_userns_clone=1")
        host.nodes["/proc/sys/kernel/unprivileged_userns_clone"] = nil
        host.nodes["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = .file("1\n")
        facts = healthy(host)
        facts.mountNamespace = .permissionDenied
        let mounts = check(facts, "mounts")
        #expect(mounts?.status == .fail && mounts?.why?.contains("AppArmor") == true)
        #expect(mounts?.mend == "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    }

    @Test("less than everything is a warning, not a failure")
    func warnings() {
        var facts = healthy()
        facts.openFuse = .noSuchFileOrDirectory
        facts.freshProc = .notPermitted
        facts.landlock = 0
        facts.missingCalls = [.mountSetAttributes]
        facts.networkPrograms = []
        facts.helperStatus["newgidmap"] = 1
        facts.cgroupIsDelegated = false
        let checks = facts.checks()
        #expect(!checks.contains { $0.status == .fail })
        let warned = checks.filter { $0.status == .warn }
        #expect(
            warned.map(\.id) == [
                "map-helpers", "proc", "fuse", "kernel", "landlock", "cgroups", "network-programs",
            ])
        #expect(warned.allSatisfy { $0.mend?.isEmpty == false && $0.why?.isEmpty == false })
        #expect(DoctorReport(checks).text.contains("with 7 limits"))
    }

    @Test("limits come from the user's service manager, of what it was given")
    func managedLimits() {
        var host = workstation()
        #expect(DoctorFacts.controllersOfManager(1000, host) == nil)
        host.nodes["/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers"] = .file(
            "memory pids\n")
        var facts = healthy()
        facts.cgroupIsDelegated = false
        #expect(check(facts, "cgroups")?.mend?.contains("enable-linger dev") == true)
        facts.managedControllers = DoctorFacts.controllersOfManager(1000, host)
        #expect(check(facts, "cgroups")?.status == .warn)
        #expect(check(facts, "cgroups")?.what.hasSuffix("but not of cpu, cpuset, io") == true)
        #expect(check(facts, "cgroups")?.mend?.contains("Delegate=cpu cpuset io memory pids") == true)
        facts.managedControllers = ["cpu", "cpuset", "io", "memory", "pids"]
        #expect(check(facts, "cgroups")?.status == .ok)
    }

    @Test("an old kernel and one without filters fail", arguments: ["4.19.0", "5.3.18-lp", "x", ""])
    func oldKernel(release: String) {
        var facts = healthy()
        facts.release = release
        facts.hasSeccompFilters = false
        #expect(check(facts, "kernel")?.status == .fail && check(facts, "seccomp")?.status == .fail)
    }

    @Test("in a container the outer one is what must change")
    func container() {
        var host = workstation()
        host.nodes["/.dockerenv"] = .file("")
        var facts = healthy(host)
        facts.userNamespace = .notPermitted
        facts.openFuse = .noSuchFileOrDirectory
        #expect(check(facts, "user-namespaces")?.mend?.contains("--security-opt seccomp=unconfined") == true)
        #expect(check(facts, "fuse")?.mend?.contains("--device /dev/fuse") == true)
    }

    @Test(
        "the command that installs something is the distribution's",
        arguments: [
            ("ID=debian", "sudo apt-get install uidmap"),
            ("ID=\"pop\"\nID_LIKE=\"ubuntu debian\"", "sudo apt-get install uidmap"),
            ("ID=fedora", "sudo dnf install shadow-utils"), ("ID=alpine", "sudo apk add shadow-uidmap"),
            ("ID=\"opensuse-tumbleweed\"", "sudo zypper install shadow"), ("ID=arch", "sudo pacman -S shadow"),
            ("ID=mine", "install the package with shadow"), ("", "install the package with shadow"),
        ])
    func distributions(text: String, command: String) {
        #expect(Distribution(osRelease: text).install(.mapHelpers) == command)
    }

    @Test("an error nobody knows has no made-up explanation")
    func unknown() {
        let facts = RemedyFacts(uid: 1000, userName: "dev")
        #expect(explain(.userNamespace, errno: .ioError, facts: facts) == nil)
        #expect(explain(.mountNamespace, errno: .invalidArgument, facts: facts) == nil)
        #expect(explain(.openFuse, errno: .ioError, facts: facts) == nil)
    }

    @Test("the report as JSON says what the text says")
    func json() throws {
        var facts = healthy()
        facts.userNamespace = .notPermitted
        let checks = facts.checks()
        let json = try JSON(parsing: Array(DoctorReport(checks).json.utf8))
        #expect(json["works"] == .bool(false))
        guard case .array(let list)? = json["checks"] else {
            Issue.record("no checks")
            return
        }
        #expect(list.count == checks.count && list[0]["status"] == .string("fail"))
    }
}

@Suite("sandbox doctor --fix")
struct DoctorFixTests {
    private struct Recorder: CommandOutput {
        var text = ""
        var errors = ""
        mutating func out(_ more: String) { text += more }
        mutating func error(_ more: String) { errors += more }
    }

    private let broken = DoctorCheck("x", .fail, "x is missing", mend: "sudo apt-get install x")

    @Test("only commands are run, without sudo by root, and packages without another question")
    func commands() {
        func script(_ mend: String?, _ status: DoctorCheck.Status = .warn, isRoot: Bool = false) -> String? {
            DoctorFix(DoctorCheck("x", status, "x", mend: mend), isRoot: isRoot)?.script
        }
        #expect(script("sudo chmod 0666 /dev/fuse") == "sudo chmod 0666 /dev/fuse")
        #expect(script("sudo chmod 0666 /dev/fuse", isRoot: true) == "chmod 0666 /dev/fuse")
        #expect(script("sudo apt-get install uidmap") == "sudo apt-get install -y uidmap")
        #expect(script("sudo pacman -S shadow", isRoot: true) == "pacman -S --noconfirm shadow")
        #expect(script("loginctl enable-linger dev") == "loginctl enable-linger dev")
        #expect(script("use a newer kernel") == nil && script(nil) == nil && script("sudo x", .ok) == nil)
        #expect(DoctorFix.all([broken, broken], isRoot: false).count == 1)
    }

    private func run(
        _ words: [String], answer: Bool? = nil, status: Int32 = 0
    ) -> (status: Int32, ran: [String], output: Recorder) {
        let ran = Ran()
        let fixed = DoctorCheck("x", .ok, "x is there")
        var verb = DoctorVerb(
            output: Recorder(), look: { ran.scripts.isEmpty || status != 0 ? [broken] : [fixed] },
            mend: { fix in
                ran.scripts.append(fix.mend)
                return status
            }, ask: { _ in answer })
        let result = verb.run(words)
        return (result, ran.scripts, verb.output)
    }

    private final class Ran { var scripts: [String] = [] }

    @Test("each is run after a yes, and the host looked at again")
    func asks() {
        let yes = run(["--fix"], answer: true)
        #expect(
            yes.status == 0 && yes.ran == ["sudo apt-get install x"] && yes.output.text.contains("ok    x is there"))
        let no = run(["--fix"], answer: false)
        #expect(no.status == 1 && no.ran.isEmpty && no.output.text.contains("FAIL"))
        let nobody = run(["--fix"])
        #expect(nobody.status == 125 && nobody.ran.isEmpty && nobody.output.errors.contains("--yes"))
        #expect(run(["--fix", "--yes"]).ran.count == 1)
        let failed = run(["--fix", "--yes"], status: 3)
        #expect(failed.status == 1 && failed.output.errors.contains("status 3"))
        #expect(run(["--yes"]).status == 125)
        #expect(run(["--fix", "--yes", "--json"]).output.text.contains("\"works\": true"))
    }
}
