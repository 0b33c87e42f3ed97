import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec
import Testing

private func mount(_ launch: Launch, at path: String) -> Spec.Mount? {
    (launch.spec.mounts ?? []).first { $0.destination == path }
}

@Suite("what a launch is asked for")
struct RequestTests {
    private func fails(
        _ pattern: String, _ host: FakeHost = workstation(), sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout LaunchSpec) -> Void
    ) {
        let error = #expect(throws: SandboxError.self, sourceLocation: sourceLocation) {
            try decide(host, developer(), change)
        }
        #expect(
            error?.description.contains(pattern) == true, "\(error?.description ?? "")", sourceLocation: sourceLocation)
    }

    @Test("binds go where they are told, read-only when asked")
    func binds() throws {
        let launch = try decide {
            $0.binds = [
                .init(source: "/home/dev/notes", destination: "/data", readOnly: true),
                .init(source: "/home/dev/notes", destination: "/home/dev/notes", readOnly: false),
            ]
        }
        #expect(mount(launch, at: "/data")?.options == ["rbind", "rnosuid", "rnodev", "rro"])
        #expect(mount(launch, at: "/data")?.source == "/home/dev/notes")
        #expect(mount(launch, at: "/home/dev/notes")?.options?.contains("rro") == false)
    }

    @Test("a missing source names the option and the path")
    func missing() {
        fails("--ro-bind \"/nope\": no such file") {
            $0.binds = [.init(source: "/nope", destination: "/nope", readOnly: true)]
        }
        fails("--rootfs \"/nope\"") { $0.rootfs = "/nope" }
        fails("--writable \"/nope\"") { $0.writable = ["/nope"] }
    }

    @Test("two options for one place are an error", arguments: ["/data", "/tmp"])
    func twice(place: String) {
        fails("both lay something at \(place)") {
            $0.binds = [.init(source: "/opt", destination: place, readOnly: true)]
            $0.memoryFolders = [.init(destination: place, sizeBytes: nil)]
        }
    }

    @Test("the kernel's folders stay the kernel's", arguments: ["/", "/proc", "/proc/sys", "/sys/fs", "/dev"])
    func taken(place: String) {
        fails("nothing can be laid at \(place)") { $0.memoryFolders = [.init(destination: place, sizeBytes: nil)] }
    }

    @Test("an option at a default's place replaces it")
    func replaces() throws {
        let launch = try decide { $0.binds = [.init(source: "/opt", destination: "/tmp", readOnly: false)] }
        #expect((launch.spec.mounts ?? []).filter { $0.destination == "/tmp" }.map(\.type) == ["bind"])
    }

    @Test("a shared home shows no secrets, wherever it is laid")
    func secretsInBind() throws {
        let launch = try decide { $0.binds = [.init(source: "/home/dev", destination: "/h", readOnly: true)] }
        #expect(launch.spec.linux?.maskedPaths?.suffix(3) == ["/h/.aws", "/h/.bash_history", "/h/.ssh"])
    }

    @Test("a secret behind a link is hidden where it really is")
    func linkedSecret() throws {
        var host = workstation()
        host.nodes["/home/dev/.ssh/id_ed25519"] = nil
        host.nodes["/home/dev/.ssh"] = .link("notes/ssh")
        host.nodes["/home/dev/notes/ssh/id_ed25519"] = .file("key")
        let launch = try decide(host) {
            $0.binds = [.init(source: "/home/dev/notes", destination: "/n", readOnly: true)]
        }
        #expect(launch.spec.linux?.maskedPaths?.last == "/n/ssh")
    }

    @Test("a secret by its own name is refused unless it is allowed")
    func secretByName() throws {
        let bind = LaunchSpec.Bind(source: "/home/dev/.ssh", destination: "/home/dev/.ssh", readOnly: true)
        fails("--allow-secret /home/dev/.ssh") { $0.binds = [bind] }
        let launch = try decide {
            $0.binds = [bind]
            $0.allowedSecrets = ["/home/dev/.ssh"]
        }
        #expect(mount(launch, at: "/home/dev/.ssh")?.type == "bind")
        #expect(launch.walls.contains { $0.name == "secrets" && !$0.stands })
    }

    @Test("allowing a part of a secret does not show the rest")
    func partOfSecret() throws {
        let launch = try decide {
            $0.binds = [.init(source: "/home/dev", destination: "/h", readOnly: true)]
            $0.allowedSecrets = ["/home/dev/.ssh/id_ed25519"]
        }
        #expect(launch.spec.linux?.maskedPaths?.contains("/h/.ssh") == true)
    }

    @Test("an agent's socket that a variable names does not show")
    func agentSocket() throws {
        var host = workstation()
        host.nodes["/tmp/ssh-x/agent.1"] = .socket
        let launch = try decide(host) { $0.binds = [.init(source: "/tmp", destination: "/t", readOnly: true)] }
        #expect(launch.spec.linux?.maskedPaths?.last == "/t/ssh-x/agent.1")
        #expect(launch.spec.process?.env?.contains { $0.hasPrefix("SSH_AUTH_SOCK") } == false)
    }

    @Test("a folder shared writable at another place is no way around the project's guards")
    func aliases() throws {
        let launch = try decide { $0.binds = [.init(source: "/home/dev", destination: "/alias", readOnly: false)] }
        let git = "/alias/src/app/.git"
        for name in ["config", "hooks"] {
            #expect(mount(launch, at: "\(git)/\(name)")?.options?.contains("rro") == true)
            #expect(mount(launch, at: "\(git)/\(name)")?.source == "/home/dev/src/app/.git/\(name)")
        }
        for pinned in ["/alias/src", "/alias/src/app", git] {
            #expect(mount(launch, at: pinned)?.options?.contains("rro") == false, "\(pinned)")
        }
        let readOnly = try decide { $0.binds = [.init(source: "/home/dev", destination: "/alias", readOnly: true)] }
        #expect(mount(readOnly, at: "/alias/src") == nil)
    }

    @Test("another work tree that is shared writable is guarded like the project")
    func secondWorkTree() throws {
        var host = workstation()
        host.nodes["/home/dev/other/.git/HEAD"] = .file("x")
        host.nodes["/home/dev/other/.git/config"] = .file("")
        let launch = try decide(host) {
            $0.binds = [.init(source: "/home/dev/other", destination: "/o", readOnly: false)]
        }
        #expect(mount(launch, at: "/o/.git/config")?.options?.contains("rro") == true)
        #expect(mount(launch, at: "/o/.git/hooks")?.options?.contains("rro") == true)
        #expect(mount(launch, at: "/o/.git")?.options?.contains("rro") == false)
        #expect(launch.prepare == ["/home/dev/other/.git/hooks"])
        #expect(mount(launch, at: "/o/.git/commondir")?.options?.contains("rro") == true)
        #expect(launch.placeholders.contains(PlaceholderFile(path: "/home/dev/other/.git/commondir", text: ".\n")))
    }

    @Test("nothing is laid where the host would have to be changed for it")
    func mountPoints() throws {
        let notes = "/home/dev/notes"
        fails("--writable /opt lets it be made") {
            $0.binds = [.init(source: notes, destination: "/opt/new", readOnly: true)]
        }
        fails("make it on the host first") {
            $0.memoryFolders = [.init(destination: "/home/dev/src/app/cache", sizeBytes: nil)]
        }
        fails("there is no /home/dev/notes/x") {
            $0.binds = [.init(source: notes, destination: "/n", readOnly: false)]
            $0.memoryFolders = [.init(destination: "/n/x", sizeBytes: nil)]
        }
        let launch = try decide {
            $0.binds = [
                .init(source: notes, destination: "/opt/new", readOnly: true),
                .init(source: notes, destination: "/home/dev/src/app/lib", readOnly: true),
                .init(source: notes, destination: "/etc/new", readOnly: true),
            ]
            $0.writable = ["/opt"]
        }
        #expect(["/opt/new", "/home/dev/src/app/lib", "/etc/new"].allSatisfy { mount(launch, at: $0) != nil })
    }

    @Test("a guard that an option lifts is told of")
    func liftedGuard() throws {
        let hooks = "/home/dev/src/app/.git/hooks"
        let launch = try decide { $0.binds = [.init(source: hooks, destination: hooks, readOnly: false)] }
        #expect(mount(launch, at: hooks)?.options?.contains("rro") == false)
        #expect(launch.notes.contains { $0.hasPrefix(hooks + " is writable") })
    }

    @Test("--writable leaves the whole native folder to the overlay")
    func writable() throws {
        let launch = try decide { $0.writable = ["/usr/lib"] }
        #expect(mount(launch, at: "/usr") == nil && mount(launch, at: "/opt") != nil)
        #expect(launch.notes == ["--writable /usr/lib: all of /usr is copy on write"])
        fails("not part of the copy-on-write root") { $0.writable = ["/home/dev"] }
    }

    @Test("--rootfs has nothing of the host's tree but the project")
    func rootfs() throws {
        var host = workstation()
        host.nodes["/images/alpine/bin/sh"] = .file("")
        let launch = try decide(host) { $0.rootfs = "/images/alpine" }
        var overlay = OverlayRoot(
            lower: ["/images/alpine"], upper: .memory(sizeBytes: nil), enforcesPermissions: false)
        overlay.driver = .kernelOrFuse
        #expect(launch.root == .overlay(overlay))
        let binds = (launch.spec.mounts ?? []).filter { $0.type == "bind" }.map(\.destination)
        #expect(binds.allSatisfy { Paths.isInside($0, "/home/dev/src/app") } && !binds.isEmpty)
        #expect(
            launch.spec.process?.env?.contains("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
                == true)
        #expect(launch.spec.process?.env?.contains("SHELL=/bin/sh") == true)
    }

    @Test("--keep puts the changes under its name in the state folder")
    func keep() throws {
        let launch = try decide { $0.keep = "a+b_1.2-c" }
        let folder = "/home/dev/.local/state/sandbox/overlays/a+b_1.2-c"
        #expect(
            launch.root
                == .overlay(
                    OverlayRoot(
                        lower: ["/"], upper: .directory(upper: folder + "/upper", work: folder + "/work"),
                        enforcesPermissions: false)))
        #expect(launch.prepare == [folder + "/upper", folder + "/work"])
    }

    @Test("a kept name is a name", arguments: ["", ".", "..", "a/b", "../x", "a b", "ä", "a\0"])
    func badName(name: String) {
        fails("--keep") { $0.keep = name }
    }

    @Test("a host name is a host name", arguments: ["", "-x", "a b", "a_b", "a/b", String(repeating: "a", count: 65)])
    func badHostname(name: String) {
        fails("--hostname") { $0.hostname = name }
    }

    @Test("variables are set, passed and checked")
    func variables() throws {
        let launch = try decide {
            $0.environment = [
                .set(name: "A", value: "x=y"), .pass(name: "AWS_SECRET_ACCESS_KEY"), .pass(name: "ABSENT"),
                .set(name: "HOME", value: "/x"),
            ]
        }
        let env = launch.spec.process?.env ?? []
        #expect(env.contains("A=x=y") && env.contains("AWS_SECRET_ACCESS_KEY=secret") && env.contains("HOME=/x"))
        #expect(!env.contains { $0.hasPrefix("ABSENT") } && launch.notes == ["--env ABSENT: not set, so not passed"])
        fails("--env \"\"") { $0.environment = [.set(name: "", value: "x")] }
        fails("--env \"a=b\"") { $0.environment = [.pass(name: "a=b")] }
    }

    @Test("the start is the current folder when it shows, else the project, else the home")
    func workingDirectory() throws {
        #expect(try decide(workstation(), developer(in: "/etc")).spec.process?.cwd == "/etc")
        #expect(
            try decide(workstation(), developer(in: "/srv/www")) { $0.project = .none }.spec.process?.cwd == "/home/dev"
        )
        let elsewhere = try decide(workstation(), developer(in: "/srv/www")) { $0.project = .folder("/home/dev/notes") }
        #expect(elsewhere.spec.process?.cwd == "/home/dev/notes")
        #expect(try decide { $0.workdir = "/var/new" }.spec.process?.cwd == "/var/new")
        var gone = developer()
        gone.currentFolder = nil
        #expect(try decide(workstation(), gone).spec.process?.cwd == "/home/dev")
    }

    @Test("tools of the home are shared read-only when asked, without their secrets")
    func homeTools() throws {
        var host = workstation()
        host.nodes["/home/dev/.cargo/bin/cargo"] = .file("")
        host.nodes["/home/dev/.cargo/credentials.toml"] = .file("token")
        host.nodes["/home/dev/.rustup/toolchains/x"] = .file("")
        #expect(mount(try decide(host), at: "/home/dev/.cargo") == nil)
        let launch = try decide(host) { $0.homeTools = true }
        #expect(mount(launch, at: "/home/dev/.cargo")?.options?.contains("rro") == true)
        #expect(mount(launch, at: "/home/dev/.rustup") != nil)
        #expect(launch.spec.linux?.maskedPaths?.last == "/home/dev/.cargo/credentials.toml")
    }

    @Test("a command that only the host's home has is told of")
    func missingCommand() throws {
        var files = workstation()
        files.nodes["/home/dev/.cargo/bin/cargo"] = .file("")
        let host = try LaunchHost.read(for: LaunchSpec(command: ["cargo"]), caller: developer(), files: files)
        #expect(hintForMissingCommand("cargo", host: host, files: files)?.contains("--home-tools") == true)
        #expect(hintForMissingCommand("carg", host: host, files: files) == nil)
        #expect(hintForMissingCommand("./cargo", host: host, files: files) == nil)
    }

    @Test("no command, and a profile that is not there, are errors")
    func others() {
        fails("no command") { $0.command = [] }
        fails("no command") { $0.command = [""] }
        fails("--profile \"strict\"") { $0.profile = "strict" }
    }
}
