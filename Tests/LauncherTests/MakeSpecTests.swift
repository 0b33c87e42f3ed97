import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec
import Testing

/// Decides a launch of `sh` on the workstation.
func decide(
    _ host: FakeHost = workstation(), _ caller: LaunchHost.Caller = developer(),
    _ change: (inout LaunchSpec) -> Void = { _ in }
) throws(SandboxError) -> Launch {
    var request = LaunchSpec(command: ["sh", "-c", "true"])
    change(&request)
    return try makeSpec(request, host: LaunchHost.read(for: request, caller: caller, files: host))
}

/// `destination type source options`, one mount a line.
func mountTable(_ launch: Launch) -> String {
    (launch.spec.mounts ?? []).map { mount in
        "\(mount.destination) \(mount.type ?? "") \(mount.source ?? "") \((mount.options ?? []).joined(separator: ","))"
    }.joined(separator: "\n")
}

private func mounts(_ launch: Launch, at path: String) -> [Spec.Mount] {
    (launch.spec.mounts ?? []).filter { $0.destination == path }
}

@Suite("the spec of a launch")
struct MakeSpecTests {
    @Test("an ordinary user in a git work tree")
    func ordinary() throws {
        let launch = try decide()
        #expect(
            mountTable(launch) == """
                /dev tmpfs tmpfs nosuid,strictatime,mode=755,size=67108864
                /dev/mqueue mqueue mqueue nosuid,noexec,nodev
                /dev/pts devpts devpts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5
                /dev/shm tmpfs tmpfs nosuid,nodev,mode=1777
                /home tmpfs tmpfs nosuid,nodev,mode=0755
                /home/dev tmpfs tmpfs nosuid,nodev,mode=0700,uid=1000,gid=1000
                /home/dev/src/app bind /home/dev/src/app rbind,rnosuid,rnodev
                /home/dev/src/app/.git bind /home/dev/src/app/.git rbind,rnosuid,rnodev
                /home/dev/src/app/.git/commondir bind /home/dev/src/app/.git/commondir rbind,rnosuid,rnodev,rro
                /home/dev/src/app/.git/config bind /home/dev/src/app/.git/config rbind,rnosuid,rnodev,rro
                /home/dev/src/app/.git/hooks bind /home/dev/src/app/.git/hooks rbind,rnosuid,rnodev,rro
                /opt bind /opt rbind,rnosuid,rnodev,rro
                /proc proc proc nosuid,noexec,nodev
                /run tmpfs tmpfs nosuid,nodev,mode=0755
                /srv tmpfs tmpfs nosuid,nodev,mode=0755
                /sys sysfs sysfs nosuid,noexec,nodev,ro
                /sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev,relatime,ro
                /tmp tmpfs tmpfs nosuid,nodev,mode=1777
                /usr bind /usr rbind,rnosuid,rnodev,rro
                /var/tmp tmpfs tmpfs nosuid,nodev,mode=1777
                """)
        let process = try #require(launch.spec.process)
        #expect(process.user == Spec.Process.User(uid: 1000, gid: 1000, additionalGids: []))
        #expect(process.cwd == "/home/dev/src/app/lib" && process.args == ["sh", "-c", "true"])
        #expect(process.noNewPrivileges == true && process.terminal == false)
        #expect(
            process.capabilities
                == Spec.Process.Capabilities(bounding: [], effective: [], inheritable: [], permitted: [], ambient: []))
        #expect(
            process.env == [
                "HOME=/home/dev", "LC_ALL=C.UTF-8", "LOGNAME=dev", "PATH=/home/dev/.cargo/bin:/usr/bin",
                "PWD=/home/dev/src/app/lib", "SHELL=/bin/zsh", "TERM=xterm", "USER=dev", "container=sandbox",
            ])
        #expect(
            launch.root
                == .overlay(
                    OverlayRoot(lower: ["/"], upper: .memory(sizeBytes: nil), enforcesPermissions: false)))
        #expect(
            launch.spec.linux?.namespaces?.map(\.kind) == [.user, .mount, .pid, .ipc, .uts, .cgroup, .network])
        #expect(launch.spec.linux?.rootfsPropagation == .private && launch.spec.hostname == "sandbox")
        #expect(launch.spec.linux?.maskedPaths == LaunchProfile.kernelPaths.maskedPaths)
        #expect(launch.spec.linux?.readonlyPaths == LaunchProfile.kernelPaths.readonlyPaths)
        #expect(launch.notes.isEmpty && launch.prepare.isEmpty)
        #expect(launch.walls.filter { !$0.stands }.map(\.name) == ["system calls"])
    }

    @Test("the spec is a valid document that reads back the same")
    func roundTrip() throws {
        let launch = try decide()
        #expect(try Spec(json: launch.spec.json) == launch.spec)
    }

    @Test("root keeps its id, loses its powers and sees no shadow file")
    func root() throws {
        var host = workstation()
        host.unreadable = []
        host.nodes["/etc/shadow"] = .file("root:$6$…")
        host.nodes["/var/lib/docker/x"] = .file("")
        let launch = try decide(host, administrator())
        #expect(launch.spec.process?.user.uid == 0 && launch.spec.process?.capabilities?.bounding == [])
        #expect(launch.spec.linux?.uidMappings?.first == Spec.Linux.IDMapping(containerID: 0, hostID: 0, size: 1))
        #expect(mounts(launch, at: "/root").first?.options?.contains("mode=0700") == true)
        #expect(launch.spec.linux?.maskedPaths?.suffix(2) == ["/etc/shadow", "/var/lib/docker"])
        #expect(mounts(launch, at: "/srv/www").first?.type == "bind")
    }

    @Test("--as-root is uid 0 with a small set of capabilities, at home in /root")
    func asRoot() throws {
        let launch = try decide { $0.asRoot = true }
        let process = try #require(launch.spec.process)
        #expect(process.user.uid == 0 && process.user.gid == 0)
        #expect(process.capabilities?.effective?.contains("CAP_CHOWN") == true)
        #expect(process.capabilities?.bounding == process.capabilities?.permitted)
        #expect(process.capabilities?.inheritable == [] && process.capabilities?.ambient == [])
        for power in ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_DAC_READ_SEARCH"] {
            #expect(process.capabilities?.bounding?.contains(power) == false)
        }
        #expect(process.env?.contains("HOME=/root") == true && process.env?.contains("USER=root") == true)
        #expect(mounts(launch, at: "/root").first?.options?.contains("uid=0") == true)
        // The caller's own home is still private, and belongs to root inside.
        #expect(mounts(launch, at: "/home/dev").first?.options?.contains("uid=0") == true)
    }

    @Test("without subordinate ids one id is left, and both walls that fall say how to mend it")
    func noSubordinateIDs() throws {
        var host = workstation()
        host.nodes["/etc/subuid"] = .file("other:100000:65536\n")
        let launch = try decide(host)
        #expect(launch.spec.linux?.uidMappings == [Spec.Linux.IDMapping(containerID: 1000, hostID: 1000, size: 1)])
        #expect(launch.mapWriter == .direct)
        #expect(!mountTable(launch).contains("gid=5"))
        let fallen = launch.walls.filter { !$0.stands && $0.name != "system calls" }
        #expect(fallen.map(\.name) == ["ids", "groups"])
        #expect(
            fallen.allSatisfy {
                $0.remedy == "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 dev"
            })
    }

    @Test("in the home there is no project, and one line says so")
    func home() throws {
        let launch = try decide(workstation(), developer(in: "/home/dev"))
        #expect(mounts(launch, at: "/home/dev").map(\.type) == ["tmpfs"])
        #expect(launch.notes.count == 1 && launch.notes[0].hasPrefix("no project: "))
        #expect(launch.spec.process?.cwd == "/home/dev")
    }

    @Test("the home as the project is shared without its secrets")
    func homeProject() throws {
        let launch = try decide(workstation(), developer(in: "/home/dev")) { $0.project = .folder("/home/dev") }
        #expect(mounts(launch, at: "/home/dev").map(\.type) == ["bind"])
        #expect(
            launch.spec.linux?.maskedPaths?.suffix(3) == [
                "/home/dev/.aws", "/home/dev/.bash_history", "/home/dev/.ssh",
            ])
        #expect(launch.notes.contains { $0.contains("next shell") })
    }

    @Test("the host's network brings its resolver's file, its sysfs and a fallen wall")
    func hostNetwork() throws {
        var host = workstation()
        host.nodes["/etc/resolv.conf"] = .link("../run/systemd/resolve/stub-resolv.conf")
        host.nodes["/run/systemd/resolve/stub-resolv.conf"] = .file("nameserver 127.0.0.53\n")
        let launch = try decide(host) { $0.network = .host }
        #expect(launch.spec.linux?.namespaces?.contains { $0.kind == .network } == false)
        #expect(mounts(launch, at: "/run/systemd/resolve/stub-resolv.conf").first?.options?.contains("rro") == true)
        #expect(mounts(launch, at: "/sys").first?.options == ["rbind", "rnosuid", "rnodev", "rro", "rnoexec"])
        #expect(launch.walls.contains { $0.name == "network" && !$0.stands })
        let alone = try decide(host)
        #expect(mounts(alone, at: "/run/systemd/resolve/stub-resolv.conf").isEmpty)
    }

    @Test("a home behind a link is private where it really is")
    func linkedHome() throws {
        var host = FakeHost([
            "/home": .link("var/home"), "/var/home/dev/p/.git/HEAD": .file("x"), "/tmp": .directory,
            "/etc/passwd": .file("dev:x:1000:1000::/home/dev:/bin/sh\n"),
        ])
        host.owners = [:]
        let launch = try decide(host, developer(in: "/var/home/dev/p"))
        #expect(mounts(launch, at: "/home").isEmpty)
        #expect(mounts(launch, at: "/var/home").map(\.type) == ["tmpfs"])
        #expect(launch.spec.process?.env?.contains("HOME=/var/home/dev") == true)
    }

    @Test("an account without a home of its own gets one", arguments: ["/", "/nonexistent", "/usr", "/etc"])
    func noHome(home: String) throws {
        var caller = developer(in: "/opt")
        caller.environment["HOME"] = home
        let launch = try decide(workstation(), caller)
        #expect(launch.spec.process?.env?.contains("HOME=/home/dev") == true)
        #expect(mounts(launch, at: "/home/dev").map(\.type) == ["tmpfs"])
        #expect(mounts(launch, at: "/usr").map(\.type) == ["bind"])
    }

    @Test("without /dev/fuse every folder is read-only, and what needs the overlay is refused")
    func withoutFuse() throws {
        var caller = developer()
        caller.hasFuse = false
        let launch = try decide(workstation(), caller)
        #expect(launch.root == .directory && launch.spec.root == Spec.Root(path: "/", readonly: true))
        for folder in ["/etc", "/usr", "/opt", "/var"] {
            #expect(mounts(launch, at: folder).first?.options?.contains("rro") == true, "\(folder)")
        }
        #expect(throws: SandboxError.self) { try decide(workstation(), caller) { $0.keep = "x" } }
        #expect(throws: SandboxError.self) { try decide(workstation(), caller) { $0.writable = ["/usr"] } }
    }

    @Test("a kernel without mount_setattr gets plain flags, and a wall says what that costs")
    func oldKernel() throws {
        var caller = developer()
        caller.hasRecursiveReadOnly = false
        let launch = try decide(workstation(), caller)
        #expect(mounts(launch, at: "/usr").first?.options == ["rbind", "nosuid", "nodev", "ro"])
        #expect(launch.walls.contains { $0.name == "mounts below" && !$0.stands })
    }

    @Test("what covers parts of /proc is a fallen wall in an explanation")
    func coveredProc() throws {
        var host = workstation()
        host.nodes["/proc/self/mountinfo"] = .file(
            """
            22 1 0:21 / /proc rw - proc proc rw
            23 22 0:31 / /proc/sys/fs/binfmt_misc rw - autofs x rw
            24 22 0:32 /null /proc/kcore rw - tmpfs tmpfs rw
            25 22 0:33 / /proc\\040x rw - tmpfs tmpfs rw

            """)
        let request = LaunchSpec(command: ["sh"])
        let facts = try LaunchHost.read(for: request, caller: developer(), files: host, forExplanation: true)
        #expect(facts.coveredProc == ["/proc/kcore"])
        let wall = try makeSpec(request, host: facts).walls.first { $0.name == "processes" }
        #expect(wall?.stands == false && wall?.detail.contains("/proc/kcore") == true)
    }

    @Test("a terminal on any of the three streams asks for one")
    func terminal() throws {
        var caller = developer()
        caller.terminals = [false, false, true]
        let launch = try decide(workstation(), caller)
        #expect(launch.spec.process?.terminal == true && launch.terminals == [false, false, true])
    }

    @Test("parents are mounted before what is in them, each place once")
    func order() throws {
        let launch = try decide {
            $0.binds = [.init(source: "/home/dev/notes", destination: "/tmp/a/b", readOnly: true)]
            $0.memoryFolders = [
                .init(destination: "/tmp/a", sizeBytes: 1024), .init(destination: "/tmp", sizeBytes: 4096),
            ]
        }
        let places = (launch.spec.mounts ?? []).map(\.destination)
        for (index, place) in places.enumerated() {
            #expect(!places[..<index].contains { Paths.isInside($0, place) }, "\(place) would cover an earlier mount")
        }
        #expect(mounts(launch, at: "/tmp").first?.options?.contains("size=4096") == true)
    }
}
